"""`{% error_summary %}` and `{% error_prefix %}`: what was refused, at the top of the page and before its title.

Both find every refused form in the page's context by themselves, and the words in its `notice`. A page that shows its
summary elsewhere, or whose notice has another name, says so:

    {% block refused %}{% error_prefix hint %}{% endblock %}
    {% block problems %}{% endblock %} … {% error_summary customer_form form notice=hint %}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import template
from django.core.exceptions import ValidationError
from django.forms import BaseForm, BoundField
from django.template.context import Context
from django.utils.translation import gettext as _

register = template.Library()

# Errors that any field may have: their words name none.
OF_ANY_FIELD = {"max_length", "min_length", "max_value", "min_value", "null_characters_not_allowed", "invisible"}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: words that are understood without the field beside them, and the field's id."""

    words: str
    target: str = ""


@register.simple_tag(takes_context=True)
def error_prefix(context: Context, notice: Any = "") -> str:
    """What a screen reader says before the title of a page that was refused, else nothing."""
    return f"{_('Error:')} " if notice or context.get("notice") or refused_in(context) else ""


@register.inclusion_tag("govuk/error_summary.html", takes_context=True)
def error_summary(context: Context, *forms: Any, notice: Any = "") -> dict[str, Any]:
    """GOV.UK's summary, or nothing. `forms` are in the order of the page; without them, those of the context."""
    shown = [form for form in forms if isinstance(form, BaseForm)] if forms else refused_in(context)
    notice = notice or context.get("notice")
    said = [Fault(str(notice))] if notice else []
    return {"faults": said + [fault for form in shown for fault in faults(form)]}


def refused_in(context: Context) -> list[BaseForm]:
    """The forms in a page's context that were filled in and refused, each once."""
    found = {id(value): value for layer in context.dicts for value in layer.values() if isinstance(value, BaseForm)}
    return [form for form in found.values() if form.is_bound and form.errors]


def faults(form: BaseForm) -> Iterator[Fault]:
    """What is wrong with a form: first as a whole, then by field in the order of the fields."""
    yield from (Fault(str(words)) for words in form.non_field_errors())
    found = [
        (bound, " ".join(map(str, error.messages)), is_clear_alone(bound, error))
        for bound in form
        for error in form.errors.as_data().get(bound.name, ())
    ]
    often = Counter(words for _bound, words, _clear in found)
    for bound, words, clear in found:
        target = "" if bound.is_hidden else bound.id_for_label
        yield Fault(words if clear and often[words] == 1 else f"{bound.label}: {words}", target)


def is_clear_alone(bound: BoundField, error: ValidationError) -> bool:
    """Whether an error's words say which field they are about: ours are written so, Django's never do."""
    return error.code not in OF_ANY_FIELD and str(error.message) not in set(_words_of_django(type(bound.field)))


def _words_of_django(field: type[Any]) -> Iterable[str]:
    for kind in field.__mro__:
        if kind.__module__.startswith("django."):
            yield from map(str, vars(kind).get("default_error_messages", {}).values())

"""The base of all forms of ours, and fields that are made from a model's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import TextChoices

from govuk.fields import TextField


class GovukForm(forms.BaseForm):
    """What plain forms and forms of a model share: no `required` attributes, and a cursor where it is wanted."""

    use_required_attribute = False

    def focus(self, first: str = "") -> None:
        """Put the cursor on the first field that was refused, or else on `first`."""
        name = next((name for name in self.fields if name in self.errors), first)
        if name:
            self.fields[name].widget.attrs["autofocus"] = True


class PlainForm(GovukForm, forms.Form):
    """A form of no model."""


class RecordForm(GovukForm, forms.ModelForm):
    """A form with fields of a model; it saves nothing.

    Its choices are checked by its fields, and the constraints are left to the database: asking for each takes a query.
    """

    def _post_clean(self) -> None:
        """Build and validate no instance: actions do, from the cleaned values."""

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data


def narrative_field(model: type[Any], name: str, **kwargs: Any) -> TextField:
    """A text area for a sealed text of a model."""
    field = model._meta.get_field(name)
    return TextField(
        label=kwargs.pop("label", field.verbose_name),
        max_length=field.max_length,
        widget=forms.Textarea(attrs={"rows": kwargs.pop("rows", 3)}),
        **kwargs,
    )


def choice(label: Any, choices: type[TextChoices], *, none: Any, exclude: str = "") -> forms.ChoiceField:
    """A field of one of `choices`, or (where `none` says what that means) of none."""
    offered = [pair for pair in choices.choices if pair[0] != exclude]
    if none is not None:
        offered.insert(0, ("", none))
    return forms.ChoiceField(label=label, choices=offered, required=none is None)

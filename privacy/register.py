"""The data register: every table, in words, from the policies. The record of processing of UK GDPR article 30."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import override

from privacy.policy import Category, Policy, is_operational_by_type, our_models

HEADING = """# Data register

What the system holds, for how long, and why. Written by `manage.py data_register` from the `data_policy` beside each
model's fields; the tests fail while it is stale.
"""


def render() -> str:
    """The register as Markdown, in English."""
    with override("en-gb"):
        return "\n".join([HEADING, *_ours(), *_others()]).rstrip() + "\n"


def undecided_tables(tables: set[str]) -> set[str]:
    """Of the database's tables those that neither a policy nor TABLES_OF_OTHERS decides."""
    ours = {model._meta.db_table for model in our_models()}
    return tables - ours - set(import_string(settings.TABLES_OF_OTHERS))


def _ours() -> Iterator[str]:
    for model in our_models():
        policy: Policy = model.data_policy  # type: ignore[attr-defined]
        yield f"## {model._meta.label}\n"
        yield (model.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ") + "\n"
        yield f"* Pinned name: {policy.name}"
        yield f"* Kept: {_period(policy)}"
        if policy.subject:
            yield f"* About: {'this person' if policy.subject == 'self' else policy.subject}"
        if policy.why:
            yield f"* Why: {policy.why}"
        yield f"* Audited: {'yes, personal values withheld' if policy.audited else 'no'}"
        yield "\n| category | fields |\n| --- | --- |"
        for category, names in policy.holds.items():
            yield f"| {Category(category).label} | {', '.join(names)} |"
        placed = {name for names in policy.holds.values() for name in names}
        fields = [field for field in model._meta.concrete_fields if field.name not in placed]
        if known := [field.name for field in fields if is_operational_by_type(model, field)]:
            yield f"| {Category.OPERATIONAL.label}, by type | {', '.join(known)} |"
        yield ""


def _period(policy: Policy) -> str:
    if policy.follows:
        return f"as long as its {policy.follows}"
    if policy.keep:
        return f"{policy.keep} from {policy.since}"
    return "no period of its own"


def _others() -> Iterator[str]:
    yield "## Tables of the libraries used\n\n| table | decision |\n| --- | --- |"
    for table, decision in sorted(import_string(settings.TABLES_OF_OTHERS).items()):
        yield f"| {table} | {decision} |"
    names = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    missing = undecided_tables(names)
    for table in sorted(missing):
        yield f"| {table} | **undecided** |"
    yield "\n## Outside the database\n\n| what | decision |\n| --- | --- |"
    for what, decision in import_string(settings.OUTSIDE_THE_DATABASE).items():
        yield f"| {what} | {decision} |"

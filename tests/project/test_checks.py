"""What `manage.py check` refuses, asked as it asks, with words that say what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.checks import registry, run_checks

from drafts import pages as draft_pages
from drafts.pages import DraftedForm, PageKind
from privacy import checks as privacy_checks
from privacy.policy import Category, our_models
from retention.canary_makers import makers_by_model
from retention.marks import Marks
from sharing.access import PERMISSIONS
from staff.menu import pages
from visits.models import Customer, Enquiry, EnquiryEntry

OURS = ("privacy", "retention", "drafts", "sharing")


def errors() -> list[Any]:
    """What the whole check says of our own."""
    return [message for message in run_checks() if str(message.id).split(".")[0] in OURS]


def test_site_as_it_is_has_no_errors():
    assert errors() == []


def test_checks_are_registered():
    assert set(OURS) <= registry.registry.tags_available()


def policy_of(monkeypatch: pytest.MonkeyPatch, model: Any, **other: Any) -> None:
    monkeypatch.setattr(model, "data_policy", replace(model.data_policy, **other))


def held_without(name: str) -> dict[Category, list[str]]:
    return {
        category: [each for each in names if each != name] for category, names in Customer.data_policy.holds.items()
    }


def nameless(patch: pytest.MonkeyPatch) -> None:
    policy_of(patch, Customer, name="")


def name_of_two(patch: pytest.MonkeyPatch) -> None:
    policy_of(patch, Customer, name="enquiry")


def retired_name(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(privacy_checks, "RETIRED_NAMES", frozenset({"customer"}))


def name_that_cannot_be_pinned(patch: pytest.MonkeyPatch) -> None:
    policy_of(patch, Customer, name="Customer 2")


def without_a_policy(patch: pytest.MonkeyPatch) -> None:
    patch.delattr(Customer, "data_policy")


def undecided_field(patch: pytest.MonkeyPatch) -> None:
    policy_of(patch, Customer, holds=held_without("language"))


def field_that_is_not_sealed(patch: pytest.MonkeyPatch) -> None:
    holds = held_without("language")
    policy_of(patch, Customer, holds=holds | {Category.IDENTITY: [*holds[Category.IDENTITY], "language"]})


def without_the_constraint_of_its_base(patch: pytest.MonkeyPatch) -> None:
    kept = [each for each in Enquiry._meta.constraints if each.name != "enquiry_canary_not_held"]
    patch.setattr(Enquiry._meta, "constraints", kept)


def without_the_index_of_its_base(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(EnquiryEntry._meta, "indexes", [])


def page_without_a_permission(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pages()["visits:enquiry_today"].view, "permission", "")


def page_of_nobody(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(PERMISSIONS, "visits.amend_enquiry", frozenset())


def entry_of_nobody(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(PERMISSIONS, "services.view_services", frozenset())


def page_kind_of_no_form(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(draft_pages, "KINDS", dict(draft_pages.KINDS))
    patch.setitem(_kinds(), "stray", PageKind("stray", "visits:counter"))


def _kinds() -> dict[str, PageKind]:
    from drafts import checks

    return checks.KINDS


def form_of_no_page(patch: pytest.MonkeyPatch) -> None:
    form = next(form for form in draft_pages.FORMS if form.__name__ == "EnquiryForm")
    patch.setattr(form, "page_kinds", ())


def canary_with_an_empty_field(patch: pytest.MonkeyPatch) -> None:
    really = Marks.of
    patch.setattr(
        Marks, "of", lambda marks, field, kind: "" if field.name == "postcode" else really(marks, field, kind)
    )


def record_without_a_canary(patch: pytest.MonkeyPatch) -> None:
    patch.delitem(makers_by_model, EnquiryEntry)


REFUSED = [
    (nameless, "privacy.E009", "visits.Customer"),
    (name_that_cannot_be_pinned, "privacy.E009", "'Customer 2'"),
    (name_of_two, "privacy.E010", "visits.Customer, visits.Enquiry"),
    (retired_name, "privacy.E011", "visits.Customer"),
    (without_a_policy, "privacy.E001", "visits.Customer"),
    (undecided_field, "privacy.E002", "visits.Customer.language"),
    (field_that_is_not_sealed, "privacy.E006", "visits.Customer.language"),
    (without_the_constraint_of_its_base, "retention.E002", "enquiry_canary_not_held"),
    (without_the_index_of_its_base, "retention.E002", "enquiryentry_held"),
    (page_without_a_permission, "sharing.E001", "visits:enquiry_today"),
    (page_of_nobody, "sharing.E002", "visits.amend_enquiry"),
    (entry_of_nobody, "sharing.E003", "services.view_services"),
    (page_kind_of_no_form, "drafts.E001", "'stray'"),
    (form_of_no_page, "drafts.E002", "EnquiryForm"),
    (record_without_a_canary, "retention.E001", "enquiry_entry"),
    (canary_with_an_empty_field, "retention.E003", "customer.postcode"),
]


@pytest.mark.parametrize(("breaking", "code", "words"), REFUSED, ids=[each[0].__name__ for each in REFUSED])
def test_check_refuses(monkeypatch, breaking: Callable[[pytest.MonkeyPatch], None], code, words):
    breaking(monkeypatch)

    found = [message for message in errors() if message.id == code]

    assert found, [(message.id, message.msg) for message in errors()]
    assert words in found[0].msg
    assert len(found[0].hint or "") > 20, "say what to do"
    assert found[0].is_serious()


def test_every_check_says_what_to_do():
    """Each kind of error that our checks can give is among those above, or given elsewhere with its test."""
    elsewhere = {f"privacy.E00{number}" for number in (3, 4, 5, 7, 8)}
    codes = {code for _, code, _ in REFUSED} | elsewhere

    assert codes == {f"privacy.E{number:03}" for number in range(1, 12)} | {
        *(f"retention.E00{number}" for number in (1, 2, 3)),
        *(f"sharing.E00{number}" for number in (1, 2, 3)),
        *(f"drafts.E00{number}" for number in (1, 2)),
    }


def test_forms_and_models_were_looked_at():
    assert {Customer, Enquiry, EnquiryEntry} <= set(our_models())
    assert [form for form in draft_pages.FORMS if issubclass(form, DraftedForm)]

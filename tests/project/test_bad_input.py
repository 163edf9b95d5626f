"""What somebody forgot is refused by `manage.py check`, with words that say what to do."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core import checks
from django.core.checks.registry import registry
from django.db import models
from django.test.utils import isolate_apps

from drafts import pages as draft_pages
from drafts.checks import check_page_kinds
from drafts.pages import PageKind
from privacy import checks as privacy_checks
from privacy.checks import name_errors, policy_errors
from privacy.dates import days
from privacy.policy import Category, Policy
from privacy.sealed import SealedField, SealedTextField
from retention import canary_makers
from retention.checks import base_errors
from retention.models import Retained
from sharing.checks import page_errors
from staff.menu import Entry, Group, Page


def say(found: list[checks.CheckMessage], code: str, *words: str) -> None:
    """The messages are one error of this number, with these words, and say what to do."""
    assert [error.id for error in found] == [code]
    assert all(error.hint and len(error.hint) > 20 for error in found)
    assert [word for word in words if word not in found[0].msg] == []


def named(name: str, label: str = "app.Model") -> SimpleNamespace:
    return SimpleNamespace(data_policy=Policy(name, why="made up"), _meta=SimpleNamespace(label=label))


def test_checks_are_registered():
    assert {"privacy", "retention", "drafts", "sharing"} <= registry.tags_available()


@pytest.mark.parametrize("name", ["", "Enquiry", "visits.enquiry", "x", "an enquiry"])
def test_policy_without_a_name_that_can_be_pinned(name):
    say(name_errors([named(name)]), "privacy.E009", "app.Model")


def test_two_policies_with_one_name():
    say(name_errors([named("clip", "a.Clip"), named("clip", "b.Clip")]), "privacy.E010", "clip", "a.Clip", "b.Clip")


def test_name_that_another_model_had(monkeypatch):
    monkeypatch.setattr(privacy_checks, "RETIRED_NAMES", frozenset({"clip"}))

    say(name_errors([named("clip")]), "privacy.E011", "clip")
    assert name_errors([named("clips")]) == []


@isolate_apps("visits")
def test_field_that_nobody_decided():
    class Told(models.Model):
        amount = models.IntegerField()
        data_policy = Policy("told", why="made up")

        class Meta:
            app_label = "visits"

    say(policy_errors(Told), "privacy.E002", "visits.Told.amount")


@isolate_apps("visits", "retention")
def test_retained_model_without_its_bases_constraints():
    class Bare(Retained):
        ended_on = models.DateField()
        data_policy = Policy("bare", keep=days(1), since="ended_on")

        class Meta:
            app_label = "visits"
            constraints = []
            indexes = []

    class Whole(Retained):
        ended_on = models.DateField()
        data_policy = Policy("whole", keep=days(1), since="ended_on")

        class Meta(Retained.Meta):
            app_label = "visits"

    lacking = base_errors(Bare)
    assert {error.id for error in lacking} == {"retention.E002"}
    assert [error.msg.split()[2] for error in lacking] == [
        "bare_sealed_until_due",
        "bare_canary_not_held",
        "bare_seal_id",
        "bare_held",
    ]
    assert all("Retained.Meta" in error.hint for error in lacking)
    assert base_errors(Whole) == []


def a_page(name: str = "visits:some_page", *, permission: str = "", menu: Entry | None = None) -> Page:
    def view(request: object) -> None: ...

    view.__module__ = "visits.views.some"
    view.permission, view.menu = permission, menu  # type: ignore[attr-defined]
    return Page(name, view)


def test_page_without_a_permission():
    say(page_errors([a_page()]), "sharing.E001", "visits:some_page")


def test_page_whose_permission_no_role_has():
    say(page_errors([a_page(permission="visits.fly")]), "sharing.E002", "visits:some_page", "visits.fly")


def test_menu_entry_whose_permission_no_role_has():
    page = a_page(permission="visits.fly", menu=Entry(1, Group.DESK))

    say(page_errors([page]), "sharing.E003", "menu entry", "visits.fly")


def test_page_with_a_permission_that_a_role_has_and_pages_of_libraries_pass():
    login = Page("account_login", SimpleNamespace(__module__="allauth.account.views"))

    assert page_errors([a_page(permission="visits.use_counter"), login]) == []


def test_draft_page_kind_that_no_form_declares(monkeypatch):
    monkeypatch.setattr(draft_pages, "KINDS", dict(draft_pages.KINDS))
    monkeypatch.setattr("drafts.checks.KINDS", draft_pages.KINDS)
    assert check_page_kinds(None) == []

    PageKind("nowhere", "visits:counter")

    say(check_page_kinds(None), "drafts.E001", "nowhere")


def test_drafted_form_that_names_no_page_kind(monkeypatch):
    class Lost:
        page_kinds = ()

    monkeypatch.setattr("drafts.checks.FORMS", [*draft_pages.FORMS, Lost])

    say(check_page_kinds(None), "drafts.E002", "Lost")


def test_canary_that_leaves_a_field_empty(monkeypatch):
    class Unheard(SealedField):
        """A kind of sealed field that has no mark."""

    picture = Unheard()

    class Model:
        data_policy = Policy("unheard", keep=days(1), since="day", holds={Category.IMAGE: ["picture"]})
        _meta = SimpleNamespace(concrete_fields=[picture], label="visits.Unheard")

    picture.name, picture.model = "picture", Model
    monkeypatch.setattr(canary_makers, "retained_models", lambda: [Model])
    monkeypatch.setitem(canary_makers.makers_by_model, Model, None)

    say(canary_makers.check_makers(None), "retention.E003", "unheard.picture")


def test_model_of_which_no_canary_is_made(monkeypatch):
    text = SealedTextField()
    text.name = "text"

    class Model:
        data_policy = Policy("silent", keep=days(1), since="day")
        _meta = SimpleNamespace(concrete_fields=[text], label="visits.Silent")

    text.model = Model
    monkeypatch.setattr(canary_makers, "retained_models", lambda: [Model])

    say(canary_makers.check_makers(None), "retention.E001", "silent")

"""Guardians: keys point down, every table is decided, the register is fresh, tasks are handed no person."""

from __future__ import annotations

import inspect
import tomllib
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import isolate_apps

from contactwrexham.celery import app as celery
from contactwrexham.tables import DECIDED
from privacy import register
from privacy.policy import our_models

# --- foreign keys point down ------------------------------------------------------------------------------------------


def heights() -> dict[str, int]:
    """How high each app stands, from the import contract; strangers stand alike."""
    contracts = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]
    layers = next(contract["layers"] for contract in contracts["contracts"] if contract["type"] == "layers")
    return {
        app.strip(): height
        for height, layer in enumerate(reversed(layers))
        for app in layer.replace(":", "|").split("|")
    }


HEIGHTS = heights()
# An audit entry names the kind of its record as django-auditlog does.
TO_LIBRARIES = {("staff.AuditEntry", "contenttypes")}


def points_down(source: str, target: str) -> bool:
    """Whether a model of the app `source` may name one of `target`: the same app, or one below."""
    return source == target or HEIGHTS[source] > HEIGHTS[target]


def relations(model: Any) -> list[tuple[str, str]]:
    """The fields of a model that name another, with the app they name; string references are resolved by now."""
    return [
        (field.name, field.related_model._meta.app_label)
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created
    ]


def test_contract_knows_every_app_of_ours():
    assert set(HEIGHTS) - {"contactwrexham"} == set(settings.OUR_APPS)
    for above, below in pairwise(["demo", "visits", "sharing", "drafts", "retention", "staff", "govuk", "privacy"]):
        assert HEIGHTS[above] > HEIGHTS[below]
    assert HEIGHTS["drafts"] == HEIGHTS["services"]


@pytest.mark.parametrize("model", list(our_models()), ids=lambda model: model._meta.label)
def test_foreign_keys_point_down(model):
    for name, target in relations(model):
        if (model._meta.label, target) in TO_LIBRARIES:
            continue
        assert target in HEIGHTS, f"{name} names a table of a library"
        assert points_down(model._meta.app_label, target), name


def test_some_foreign_keys_were_looked_at():
    found = {(model._meta.app_label, target) for model in our_models() for _, target in relations(model)}

    assert {("visits", "retention"), ("visits", "staff"), ("sharing", "staff"), ("retention", "staff")} <= found


@pytest.mark.parametrize(
    ("source", "target"),
    [("privacy", "visits"), ("drafts", "services"), ("retention", "sharing"), ("staff", "sharing")],
)
def test_key_that_points_up_or_beside_would_be_found(source, target):
    assert not points_down(source, target)
    assert points_down("visits", target)


@isolate_apps("staff", "visits")
def test_string_reference_would_be_found():
    class Above(models.Model):
        class Meta:
            app_label = "visits"

    class Below(models.Model):
        above = models.ForeignKey("visits.Above", on_delete=models.PROTECT)

        class Meta:
            app_label = "staff"

    assert relations(Below) == [("above", "visits")]
    assert not points_down("staff", "visits")


# --- every table is decided -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_every_table_of_the_database_is_decided():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind IN ('r', 'p', 'm', 'f', 'v') AND nspname !~ '^(pg_|information_schema)'"
        )
        tables = {name for (name,) in cursor}

    assert {"visits_customer", "django_session", "staff_auditentry"} <= tables
    assert register.undecided_tables(tables) == set()


@pytest.mark.django_db
def test_no_decision_is_about_a_table_that_is_not_there():
    tables = set(connection.introspection.table_names())

    assert set(DECIDED) <= tables
    assert not set(DECIDED) & {model._meta.db_table for model in our_models()}


def test_new_table_would_be_undecided():
    assert register.undecided_tables({"visits_customer", "auth_group", "surprise"}) == {"surprise"}


def test_every_app_of_this_project_is_among_ours():
    here = {config.label for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR}

    assert here == set(settings.OUR_APPS) == set(HEIGHTS) - {"contactwrexham"}


# --- the register -----------------------------------------------------------------------------------------------------


def test_data_register_is_fresh():
    call_command("data_register", check=True)


def test_stale_data_register_is_refused(settings, tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "data-register.md").write_text(register.render() + "and a word", encoding="utf-8")
    settings.BASE_DIR = tmp_path

    with pytest.raises(CommandError, match="stale"):
        call_command("data_register", check=True)
    call_command("data_register")
    call_command("data_register", check=True)


def test_data_register_names_every_model_field_and_table():
    text = register.render()

    assert "undecided" not in text
    for model in our_models():
        assert f"## {model._meta.label}\n" in text
        for names in model.data_policy.holds.values():
            assert ", ".join(names) in text
    for table in DECIDED:
        assert f"| {table} |" in text


# --- tasks are handed no person ---------------------------------------------------------------------------------------


celery.autodiscover_tasks(force=True)
OURS = {name: task for name, task in sorted(celery.tasks.items()) if name.split(".")[0] in settings.OUR_APPS}


def suspicious(run: Any) -> list[str]:
    """The parameters of a task that could carry more than a number."""
    return [
        name
        for name, parameter in inspect.signature(run).parameters.items()
        if parameter.annotation not in (int, "int")
        or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]


def test_tasks_take_numbers_only():
    assert {"privacy.mend_search", "staff.clear_sessions"} <= set(OURS)
    assert {name: suspicious(task.run) for name, task in OURS.items()} == {name: [] for name in OURS}


def test_tasks_give_back_counts_only():
    for name, task in OURS.items():
        assert inspect.signature(task.run).return_annotation in (int, None, "int", "None"), name


@pytest.mark.parametrize(
    "run", [lambda name: 0, lambda *args: 0, lambda **kwargs: 0], ids=["untyped", "positional", "keywords"]
)
def test_task_that_takes_more_would_be_found(run):
    def typed(pk: int, name: str) -> None: ...

    assert suspicious(run)
    assert suspicious(typed) == ["name"]


def test_every_scheduled_task_is_there_and_handed_nothing():
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        assert entry["task"] in OURS, name
        assert not entry.get("args")
        assert not entry.get("kwargs")


def test_broker_carries_json_and_keeps_no_results():
    conf = SimpleNamespace(
        **{key: celery.conf[key] for key in ("task_serializer", "accept_content", "task_ignore_result")}
    )

    assert conf == SimpleNamespace(task_serializer="json", accept_content=["json"], task_ignore_result=True)

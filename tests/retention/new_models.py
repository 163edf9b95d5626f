"""Models that exist in a test only: made, renamed and moved as a migration would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models

from privacy import policy
from privacy.dates import days
from privacy.policy import Category, Policy
from privacy.sealed import SealedTextField
from retention import relations
from retention.models import Retained


def define(name: str, *, app: str = "visits", table: str = "", pinned: str = "") -> Any:
    """Define a retained model with words, a file and a day; its table, and its policy's name, as given."""
    pinned = pinned or name.lower()
    meta = type("Meta", (Retained.Meta,), {"app_label": app, "db_table": table or f"{app}_{name.lower()}"})
    holds = {Category.IMAGE: ["words", "file"], Category.OPERATIONAL: ["ended_on"]}
    fields = {
        "words": SealedTextField(),
        "file": models.FileField(blank=True),
        "ended_on": models.DateField(),
        "data_policy": Policy(pinned, holds=holds, keep=days(14), since="ended_on"),
        "Meta": meta,
        "__module__": __name__,
        "__str__": lambda record: f"{pinned} {record.pk}",
    }
    model = type(name, (Retained,), fields)
    forget()
    return model


def undefine(model: Any) -> None:
    """Take a model out of the registry; its table stays."""
    del apps.all_models[model._meta.app_label][model._meta.model_name]
    apps.clear_cache()
    forget()


@contextmanager
def made(name: str, **more: Any) -> Iterator[Any]:
    """A model with a table, unknown to everything else."""
    model = define(name, **more)
    with connection.schema_editor() as editor:
        editor.create_model(model)
    try:
        yield model
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(model)
        if model._meta.model_name in apps.all_models[model._meta.app_label]:
            undefine(model)


def forget() -> None:
    """Have retention look at the models anew."""
    for known in (relations.purged_models, relations.followers, relations.referrers, policy._categories):
        known.cache_clear()

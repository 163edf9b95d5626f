"""Guardian: what somebody did and when are written down together, and the database sees to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import models
from django.test.utils import isolate_apps

from privacy.policy import our_models

# Pairs of which one may be filled without the other, and why.
DECIDED = {
    "retention.Hold.placed": "placed again after a restore that has lost the account, by nobody",
    "retention.Hold.released": "the system releases too: a time without a person, never a person without a time",
}


MOMENT = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


def pairs(model: Any) -> list[str]:
    """The stems of `X_at` and `X_by` fields of which one at least may be empty."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    stems = [name.removesuffix("_at") for name in fields if name.endswith("_at")]
    return [
        stem for stem in stems if f"{stem}_by" in fields and (fields[f"{stem}_at"].null or fields[f"{stem}_by"].null)
    ]


def refuses(model: Any, stem: str, *, at: dt.datetime | None, by: int | None) -> bool:
    """Whether a constraint of `model` that is about this pair alone refuses the two values."""
    values = {
        f"{stem}_at": models.Value(at, output_field=models.DateTimeField()),
        f"{stem}_by": models.Value(by, output_field=models.IntegerField()),
    }
    return any(
        not constraint.condition.check(values)
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
        and {path.partition("__")[0] for path, _ in leaves(constraint.condition)} <= set(values)
    )


def leaves(condition: models.Q) -> list[Any]:
    """The conditions on one column each that a Q is made of."""
    found = []
    for child in condition.children:
        found += leaves(child) if isinstance(child, models.Q) else [child]
    return found


def unpaired(model: Any) -> list[str]:
    """The pairs of `model` of which the database lets one be filled without the other."""
    found = []
    for stem in pairs(model):
        if not (refuses(model, stem, at=MOMENT, by=None) and refuses(model, stem, at=None, by=1)):
            found.append(f"{model._meta.label}.{stem}")
    return found


@pytest.mark.django_db
def test_who_and_when_are_paired_by_a_constraint():
    found = {name for model in our_models() for name in unpaired(model)}

    assert found == set(DECIDED), "pair them with a check constraint, or decide here"


@pytest.mark.django_db
def test_nobody_releases_a_hold_without_a_time():
    hold = next(model for model in our_models() if model._meta.label == "retention.Hold")

    assert refuses(hold, "released", at=None, by=1)


@pytest.mark.django_db
@isolate_apps("privacy")
def test_guardian_sees_a_pair_without_a_constraint():
    class Signed(models.Model):
        signed_at = models.DateTimeField(null=True)
        signed_by = models.IntegerField(null=True)
        seen_at = models.DateTimeField()
        seen_by = models.IntegerField()

        class Meta:
            app_label = "privacy"

    class Half(models.Model):
        signed_at = models.DateTimeField(null=True)
        signed_by = models.IntegerField(null=True)

        class Meta:
            app_label = "privacy"
            constraints = [
                models.CheckConstraint(
                    condition=models.Q(signed_at__isnull=False) | models.Q(signed_by__isnull=True), name="half"
                )
            ]

    assert unpaired(Signed) == ["privacy.Signed.signed"]
    assert unpaired(Half) == ["privacy.Half.signed"]

"""The category of everything that a page may ask of a record."""

from __future__ import annotations

import pytest
from django.db import models
from django.test.utils import isolate_apps

from privacy.policy import Category, Policy, category_of, our_models
from visits.models import Enquiry


@isolate_apps("visits")
def test_display_has_the_category_of_its_field():
    class Told(models.Model):
        wealth = models.CharField(max_length=5, choices=[("some", "Some"), ("none", "None")])
        state = models.CharField(max_length=5, choices=[("new", "New")])
        data_policy = Policy(
            "told", holds={Category.FINANCIAL: ["wealth"], Category.OPERATIONAL: ["state"]}, why="made up"
        )

        class Meta:
            app_label = "visits"

    assert category_of(Told, "get_wealth_display") == category_of(Told, "wealth") == Category.FINANCIAL
    assert category_of(Told, "get_state_display") == Category.OPERATIONAL
    assert category_of(Told, "get_id_display") is None


@pytest.mark.parametrize("name", ["customer", "seal_id", "started_at", "reference", "contact_on", "expires_on"])
def test_keys_uuids_moments_reference_and_since_are_operational_by_type(name):
    assert category_of(Enquiry, name) == Category.OPERATIONAL


def test_amounts_flags_choices_dates_and_text_are_never_decided_by_type():
    by_hand = (models.BooleanField, models.IntegerField, models.TextField, models.DateField)
    for model in our_models():
        decided = {name for names in model.data_policy.holds.values() for name in names}
        for field in model._meta.concrete_fields:
            by_type = category_of(model, field.name) == Category.OPERATIONAL and field.name not in decided
            if by_type and isinstance(field, by_hand) and not isinstance(field, models.DateTimeField):
                assert (
                    field.primary_key
                    or field.name in {"expires_on", "sealed_until", "is_canary"}
                    or (field.name == model.data_policy.since)
                ), f"{model._meta.label}.{field.name}"

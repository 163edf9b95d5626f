"""Constraints that many models have: choices, and pairs."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps

from privacy.constraints import one_of, one_of_or_blank, together

pytestmark = pytest.mark.django_db


class Colour(models.TextChoices):
    RED = "red"
    BLUE = "blue"


@pytest.fixture
def thing():
    with isolate_apps("visits"):

        class Thing(models.Model):
            colour = models.CharField(max_length=5, choices=Colour, default="red")
            trim = models.CharField(max_length=5, choices=Colour, blank=True)
            done_at = models.DateTimeField(null=True)
            done_by = models.IntegerField(null=True)

            class Meta:
                app_label = "visits"
                constraints = [
                    *one_of(colour=Colour),
                    *one_of_or_blank(trim=Colour),
                    together("done_at", "done_by"),
                ]

        with connection.schema_editor() as editor:
            editor.create_model(Thing)
        yield Thing


def test_names_tell_class_and_field(thing):
    names = [constraint.name for constraint in thing._meta.constraints]

    assert names == ["thing_colour_known", "thing_trim_known", "thing_done_at_paired"]


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"colour": "green"}, "thing_colour_known"),
        ({"colour": ""}, "thing_colour_known"),
        ({"trim": "green"}, "thing_trim_known"),
        ({"done_by": 1}, "thing_done_at_paired"),
    ],
)
def test_what_is_not_known_or_half_is_refused(thing, wrong, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        thing.objects.create(**wrong)


@pytest.mark.parametrize("right", [{}, {"colour": "blue"}, {"trim": ""}, {"trim": "red"}])
def test_what_is_known_is_taken(thing, right):
    thing.objects.create(**right)

"""Canaries, and what the search for each found."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from privacy.policy import Category, Policy
from retention.stores import KINDS


def random_token() -> str:
    """32 random hexadecimal digits."""
    return secrets.token_hex(16)


class CanaryRun(models.Model):
    """One canary: a synthetic person, made to be purged on a day and then looked for in every store."""

    class State(models.TextChoices):
        ALIVE = "alive", _("Alive")
        SEARCHING = "searching", _("Being searched for")
        CLEAN = "clean", _("Gone")
        FOUND = "found", _("Found after its purge")
        BLIND = "blind", _("The search did not find what is there")

    identity = models.UUIDField(default=uuid.uuid4, unique=True)
    # Its marks are computed from the seed and stand nowhere else but in its own fields.
    seed = models.CharField(max_length=64, default=random_token)
    # Stands here, in the ledger and for a moment in Valkey, so that a search can show that it sees.
    control = models.CharField(max_length=64, default=random_token)
    due_on = models.DateField(unique=True)
    made_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=10, choices=State, default=State.ALIVE)
    gone_at = models.DateTimeField(null=True)
    searched_at = models.DateTimeField(null=True)
    stores = models.JSONField(default=list)  # what the search found so far, a dictionary for each store, in order
    position = models.JSONField(default=dict)  # where in the store it goes on
    left = models.PositiveIntegerField(default=0)
    keys_left = models.PositiveIntegerField(default=0)

    data_policy = Policy(
        name="canary_run",
        holds={
            Category.OPERATIONAL: [
                *("identity", "seed", "control", "due_on", "made_at", "state", "gone_at", "searched_at"),
                *("stores", "position", "left", "keys_left"),
            ]
        },
        audited=False,
        why="Evidence that a purge leaves nothing behind: about a person who never was. Stays.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["alive", "searching", "clean", "found", "blind"]),
                name="canary_run_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(searched_at__isnull=False, state__in=["clean", "found", "blind"])
                | models.Q(searched_at__isnull=True, state__in=["alive", "searching"]),
                name="canary_run_searched_if_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"canary {self.identity}"

    @property
    def hits(self) -> int:
        """In how many places a mark or a key of its day was found."""
        return sum(store["hits"] for store in self.stores)

    @property
    def stores_in_words(self) -> list[dict[str, Any]]:
        """What was found in each store, with the title of its kind."""
        return [kept | {"title": KINDS[kept["kind"]]} for kept in self.stores]

    @property
    def has_failed(self) -> bool:
        """Whether anything of it was found, even by a search that goes on, or the search did not find its control."""
        return self.state in (self.State.FOUND, self.State.BLIND) or self.hits > 0

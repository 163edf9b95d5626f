"""Purges: their runs, what each deleted by kind of record, and the files that are still to be removed."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from privacy.policy import Category, Policy
from staff.models import staff_key


class Refusal(models.TextChoices):
    """Why a purge did not begin. Those in CONFIRMABLE a person may overrule."""

    CLOCKS_DIFFER = "clocks_differ", _("The clocks of database and application differ by more than five minutes")
    CLOCK_BEHIND = "clock_behind", _("The date is before that of the last purge")
    CLOCK_AHEAD = "clock_ahead", _("The date is more than seven days after that of the last purge")
    FAR_MORE_DUE = "far_more_due", _("Far more is due than was foreseen a week before")
    KEYS_UNAVAILABLE = "keys_unavailable", _("The key directories cannot all be read and written")
    KEYS_MISSING = "keys_missing", _("Keys of days to come are missing: records under them cannot be read")
    LEDGER_UNAVAILABLE = "ledger_unavailable", _("The ledger cannot be read or written")
    LEDGER_DAMAGED = "ledger_damaged", _("The copies of the ledger are not alike, or one was edited")
    LEDGER_SHORT = (
        "ledger_short",
        _("The last purge is not in the ledger: part of it was lost, or an old copy was put back"),
    )
    DATABASE_BEHIND = "database_behind", _("The database is older than the ledger: it was restored from a backup")


CONFIRMABLE = frozenset({Refusal.CLOCK_AHEAD, Refusal.FAR_MORE_DUE})


class PurgeRunQuerySet(models.QuerySet["PurgeRun"]):
    """Selections of purges."""

    def newest_first(self) -> Self:
        """All, the one that began last first."""
        return self.order_by("-started_at", "-pk")

    def refused(self) -> Self:
        """The one that was refused, if there is one: at most one is unfinished."""
        return self.filter(state=PurgeRun.State.REFUSED)


class PurgeRun(models.Model):
    """One run of the purge, of everything due up to its cut-off."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        REFUSED = "refused", _("Refused")
        DONE = "done", _("Done")

    identity = models.UUIDField(default=uuid.uuid4, unique=True)
    cut_off = models.DateField(_("records due up to"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    refusal = models.CharField(_("refused because"), max_length=20, choices=Refusal, blank=True)
    policy_version = models.CharField(_("policy version"), max_length=16)
    started_at = models.DateTimeField(_("started"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True)
    confirmed_by = staff_key(_("confirmed by"), null=True)
    confirmed_at = models.DateTimeField(null=True)
    keys_destroyed = models.PositiveIntegerField(_("keys destroyed"), default=0)
    left = models.PositiveIntegerField(_("left behind"), default=0)
    passed_over = models.PositiveIntegerField(_("sealed for a day that cannot be"), default=0)
    forecast = models.JSONField(default=dict)
    head = models.CharField(_("hash of the newest ledger entry"), max_length=64, blank=True)

    objects = PurgeRunQuerySet.as_manager()

    data_policy = Policy(
        name="purge_run",
        holds={
            Category.OPERATIONAL: [
                *("identity", "cut_off", "state", "refusal", "policy_version", "started_at", "finished_at"),
                *("confirmed_by", "confirmed_at", "keys_destroyed", "left", "passed_over", "forecast", "head"),
            ]
        },
        audited=False,
        why="Evidence that what was due is gone: counts and days only. Stays.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["running", "refused", "done"]), name="purge_run_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(refusal__in=["", *Refusal.values])
                & (models.Q(state="refused", refusal__gt="") | ~models.Q(state="refused")),
                name="purge_run_refusal_known",
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at__isnull=False, state="done")
                | models.Q(finished_at__isnull=True, state__in=["running", "refused"]),
                name="purge_run_finished_if_done",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="purge_run_confirmed_by_somebody",
            ),
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(finished_at__isnull=True), name="purge_run_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"purge {self.identity}"

    @property
    def deleted(self) -> int:
        """How many records were deleted. Prefetch `counts`."""
        return sum(count.deleted for count in self.counts.all())

    @property
    def may_be_confirmed(self) -> bool:
        """Whether it was refused for a reason that a person may overrule."""
        return self.state == self.State.REFUSED and self.refusal in CONFIRMABLE


class PurgeCount(models.Model):
    """What one purge did to one kind of record, counted in the transactions that deleted."""

    run = models.ForeignKey(PurgeRun, on_delete=models.PROTECT, related_name="counts")
    record_type = models.CharField(max_length=100)
    due = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)

    data_policy = Policy(
        name="purge_count",
        holds={Category.OPERATIONAL: ["run", "record_type", "due", "held", "deleted"]},
        audited=False,
        why="Part of a purge's evidence. Stays.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "record_type"], name="purge_count_once")]

    def __str__(self) -> str:
        return f"purge count {self.pk}"


class DeletedFile(models.Model):
    """A file of a deleted record that is still to be removed from its store."""

    record_type = models.CharField(max_length=100)
    field = models.CharField(max_length=100)
    name = models.CharField(max_length=500)
    noted_at = models.DateTimeField(db_default=Now())

    data_policy = Policy(
        name="deleted_file",
        holds={Category.OPERATIONAL: ["record_type", "field", "name", "noted_at"]},
        audited=False,
        why="Names of files to be removed, which are random and say nothing; each row goes with its file.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record_type", "field", "name"], name="deleted_file_once")]

    def __str__(self) -> str:
        return f"deleted file {self.pk}"

"""What every retained record has: its due date, the day it is sealed for, perhaps a hold; and what purges did."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now, TruncDate
from django.utils.translation import gettext_lazy as _

from privacy.dates import LONDON, DueDay, london_today
from privacy.policy import Category, Policy, years
from privacy.sealed import NotSealed, sealed_field_names
from retention.stores import KINDS

# A reference: letters, digits, spaces, / . and -, with a digit among them. No sentence, and hardly a person.
AUTHORITY = r"^[A-Za-z0-9/ .-]*[0-9][A-Za-z0-9/ .-]*$"
# A review is announced so long ahead, and once it is overdue so often.
REMIND_AHEAD = dt.timedelta(days=14)
REMIND_AGAIN = dt.timedelta(days=7)


class HoldQuerySet(models.QuerySet["Hold"]):
    """Which holds."""

    def in_force(self) -> Self:
        """Those that were not released."""
        return self.filter(released_at__isnull=True)

    def to_remind(self, today: dt.date) -> Self:
        """Those whose review is near and was not announced, or is overdue and was not asked for within a week."""
        near = models.Q(review_on__lte=today + REMIND_AHEAD, reminded_at__isnull=True)
        overdue = models.Q(review_on__lt=today)
        again = models.Q(reminded_on__lte=models.F("review_on")) | models.Q(reminded_on__lte=today - REMIND_AGAIN)
        return self.in_force().alias(reminded_on=TruncDate("reminded_at", tzinfo=LONDON)).filter(near | overdue & again)


class Hold(models.Model):
    """A stop on the purge of a record and what is kept with it, with the person who answers for it."""

    class Reason(models.TextChoices):
        LEGAL_CLAIM = "legal_claim", _("Legal claim")
        DISPUTE = "dispute", _("Complaint or dispute")
        POLICE = "police", _("Police request")
        RIGHTS = "rights", _("Open rights request")
        INCIDENT = "incident", _("Incident")

    identity = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    record_type = models.CharField(max_length=100, default="", editable=False)
    record_id = models.BigIntegerField(default=0, editable=False)
    record = models.CharField(_("record"), max_length=40, default="", editable=False)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    authority = models.CharField(_("authority"), max_length=60)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("responsible person"), on_delete=models.PROTECT, related_name="holds"
    )
    review_on = models.DateField(_("review date"))
    placed_at = models.DateTimeField(db_default=Now(), editable=False)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    reviewed_at = models.DateTimeField(db_default=Now(), editable=False)
    reminded_at = models.DateTimeField(null=True, editable=False)
    released_at = models.DateTimeField(null=True, editable=False)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )

    expires_on = models.GeneratedField(
        expression=DueDay("released_at", years=6), output_field=models.DateField(), db_persist=True
    )

    objects = HoldQuerySet.as_manager()

    data_policy = Policy(
        holds={
            Category.OPERATIONAL: [
                *("identity", "record_type", "record_id", "record", "reason", "authority", "responsible", "review_on"),
                *("placed_at", "placed_by", "reviewed_at", "reminded_at", "released_at", "released_by"),
            ],
        },
        keep=years(6),
        since="released_at",
        why="Says why records are kept, and why they were. The authority is a reference, not a person.",
    )

    class Meta:
        verbose_name = _("hold")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reason__in=["legal_claim", "dispute", "police", "rights", "incident"]),
                name="hold_reason_known",
            ),
            models.CheckConstraint(
                condition=models.Q(review_on__lte=DueDay("reviewed_at", years=1)), name="hold_reviewed_within_a_year"
            ),
            models.CheckConstraint(
                condition=models.Q(authority__regex=AUTHORITY), name="hold_authority_is_a_reference"
            ),
            models.UniqueConstraint(
                fields=["record_type", "record_id"],
                condition=models.Q(released_at__isnull=True),
                name="hold_once_while_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"

    @property
    def is_overdue(self) -> bool:
        """Whether its review should have been done by now."""
        return self.released_at is None and self.review_on < london_today()

    @property
    def is_review_near(self) -> bool:
        """Whether its review is to be done within the next days, and is not overdue."""
        return self.released_at is None and dt.timedelta(0) <= self.review_on - london_today() <= REMIND_AHEAD


class DueDateField(models.DateField):
    """The London date from whose start the record is gone, computed from its policy whenever it is saved."""

    def pre_save(self, model_instance: Any, add: bool) -> dt.date:
        due: dt.date = model_instance.data_policy.due_on(model_instance)
        setattr(model_instance, self.attname, due)
        return due


class SealDayField(models.DateField):
    """The day whose key seals the record: its due date, or later while a hold keeps it."""

    def pre_save(self, model_instance: Any, add: bool) -> dt.date:
        day: dt.date = model_instance.expires_on
        if model_instance.hold_id is not None and model_instance.sealed_until is not None:
            day = max(day, model_instance.sealed_until)
        setattr(model_instance, self.attname, day)
        return day


class RetainedQuerySet(models.QuerySet[Any]):
    """Which records may be seen, and which are due."""

    def update(self, **fields: Any) -> int:
        """As Django's, but not for sealed fields, whatever expression is given: only a record knows its day."""
        for name in fields.keys() & set(sealed_field_names(self.model)):
            raise NotSealed(f"{self.model._meta.label}.{name} is sealed: save the record instead.")
        return super().update(**fields)

    def living(self) -> Self:
        """The records that are not yet due, or held; canaries too."""
        return self.filter(models.Q(expires_on__gt=london_today()) | models.Q(hold__isnull=False))

    def real(self) -> Self:
        """The records of somebody: no canary."""
        return self.filter(is_canary=False)

    def current(self) -> Self:
        """The records a screen may show: not yet due, or held, and of somebody."""
        return self.living().real()

    def expired(self, on: dt.date) -> Self:
        """The records that are due on the day `on` and not held."""
        return self.filter(expires_on__lte=on, hold__isnull=True)


# A constraint of every retained model: what proves the purge must not be kept from it.
NO_CANARY_HELD = ~models.Q(is_canary=True, hold__isnull=False)


class Retained(models.Model):
    """The base of every record with a retention period.

    `expires_on` and `sealed_until` come first, so that they are known when the sealed fields after them are saved.
    """

    expires_on = DueDateField(editable=False, db_index=True)
    sealed_until = SealDayField(editable=False)
    hold = models.ForeignKey(
        Hold,
        verbose_name=_("hold"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    # A synthetic record that proves the purge (docs/decisions/0011): never shown, counted or held.
    is_canary = models.BooleanField(default=False, db_default=False, editable=False)

    objects: ClassVar[Any] = RetainedQuerySet.as_manager()

    data_policy: ClassVar[Policy]

    class Meta:
        abstract = True


class Refusal(models.TextChoices):
    """Why a purge did not begin. Of the two that only look wrong a person may say that they are right."""

    CLOCKS_DIFFER = "clocks_differ", _("The clocks of database and application differ by more than five minutes")
    CLOCK_BEHIND = "clock_behind", _("The date is before that of the last purge")
    CLOCK_AHEAD = "clock_ahead", _("The date is more than seven days after that of the last purge")
    FAR_MORE_DUE = "far_more_due", _("Far more is due than was foreseen a week before")
    KEYS_UNAVAILABLE = "keys_unavailable", _("The key directories cannot all be read and written")
    KEYS_MISSING = "keys_missing", _("Keys of days to come are missing: records under them cannot be read")
    LEDGER_UNAVAILABLE = "ledger_unavailable", _("The ledger cannot be read or written")
    LEDGER_DAMAGED = "ledger_damaged", _("The copies of the ledger are not alike, or one was edited")
    LEDGER_SHORT = "ledger_short", _("The ledger does not know the last purge: it was cut, or an old copy was put back")
    DATABASE_BEHIND = "database_behind", _("The database is older than the ledger: it was restored from a backup")


CONFIRMABLE = frozenset({Refusal.CLOCK_AHEAD, Refusal.FAR_MORE_DUE})


class PurgeRun(models.Model):
    """One purge: everything due up to its cut-off, and what became of it."""

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
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("confirmed by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    keys_destroyed = models.PositiveIntegerField(_("keys destroyed"), default=0)
    left = models.PositiveIntegerField(_("left behind"), default=0)
    forecast = models.JSONField(default=dict)
    head = models.CharField(_("head of the ledger"), max_length=64, blank=True)

    data_policy = Policy(
        holds={
            Category.OPERATIONAL: [
                *("identity", "cut_off", "state", "refusal", "policy_version", "started_at", "finished_at"),
                *("confirmed_by", "confirmed_at", "keys_destroyed", "left", "forecast", "head"),
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
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(finished_at__isnull=True), name="purge_run_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"purge {self.identity}"

    @property
    def deleted(self) -> int:
        """How many records went. Counts what was loaded with it: prefetch `counts`."""
        return sum(count.deleted for count in self.counts.all())

    @property
    def may_be_confirmed(self) -> bool:
        """Whether it was refused for a reason that a person can judge."""
        return self.state == self.State.REFUSED and self.refusal in CONFIRMABLE


class PurgeCount(models.Model):
    """What one purge did to one kind of record. Counted in the very transactions that deleted."""

    run = models.ForeignKey(PurgeRun, on_delete=models.PROTECT, related_name="counts")
    record_type = models.CharField(max_length=100)
    due = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)

    data_policy = Policy(
        holds={Category.OPERATIONAL: ["run", "record_type", "due", "held", "deleted"]},
        audited=False,
        why="Part of a purge's evidence. Stays.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "record_type"], name="purge_count_once")]

    def __str__(self) -> str:
        return f"purge count {self.pk}"


class DeletedFile(models.Model):
    """A file whose record is gone, until its store says that the file is gone too."""

    record_type = models.CharField(max_length=100)
    field = models.CharField(max_length=100)
    name = models.CharField(max_length=500)
    noted_at = models.DateTimeField(db_default=Now())

    data_policy = Policy(
        holds={Category.OPERATIONAL: ["record_type", "field", "name", "noted_at"]},
        audited=False,
        why="Names of files to be removed, which are random and say nothing; each row goes with its file.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record_type", "field", "name"], name="deleted_file_once")]

    def __str__(self) -> str:
        return f"deleted file {self.pk}"


def random_token() -> str:
    """A value that nothing else has ever said."""
    return secrets.token_hex(16)


class CanaryRun(models.Model):
    """One canary: a synthetic person, made to be purged on a day and then looked for in every store."""

    class State(models.TextChoices):
        ALIVE = "alive", _("Alive")
        SEARCHING = "searching", _("Being searched for")
        CLEAN = "clean", _("Gone")
        FOUND = "found", _("Found after its purge")
        BLIND = "blind", _("The search did not see what is there")

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
        """In how many places a mark, or a key of its day, was found."""
        return sum(store["hits"] for store in self.stores)

    @property
    def stores_in_words(self) -> list[dict[str, Any]]:
        """What was found in each store, with its kind as a page calls it."""
        return [kept | {"title": KINDS[kept["kind"]]} for kept in self.stores]

    @property
    def has_failed(self) -> bool:
        """Whether anything of it was found, even by a search that goes on, or the search saw nothing at all."""
        return self.state in (self.State.FOUND, self.State.BLIND) or self.hits > 0

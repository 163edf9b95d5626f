"""What is being typed, and what was sent."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from drafts.pages import Page, read_page, words_typed
from privacy.dates import database_now, london_date, london_today
from privacy.naming import model_of
from privacy.policy import Category, Policy, days
from privacy.sealed import SealedJSONField
from retention.models import Retained, RetainedQuerySet
from staff.models import staff_key

ABANDONED_AFTER = dt.timedelta(hours=24)
# Longer than any draft lives: nothing late can come of a page whose sending is forgotten.
SENT_KEPT = dt.timedelta(hours=48)


class DraftQuerySet(RetainedQuerySet):
    """Which drafts."""

    def of(self, adviser: Any) -> Self:
        """What `adviser` typed in the last 24 hours and has neither sent nor discarded, newest first."""
        recent = self.real().filter(adviser=adviser, updated_at__gt=Now() - ABANDONED_AFTER, discarded_at=None)
        return recent.filter(expires_on__gt=london_today()).order_by("-updated_at", "-pk")

    def abandoned(self) -> Self:
        """What nobody has touched for 24 hours."""
        return self.real().filter(updated_at__lte=Now() - ABANDONED_AFTER, hold__isnull=True)


class Draft(Retained):
    """What an adviser is typing on one page, so that nothing typed is ever lost.

    `submission` names the piece of work, in the page and when it is sent. `writer` is the opened page that saved last,
    and `revision` counts what that page saved: a page that was opened before another one wrote gets a draft of its own,
    with the same `root`.
    """

    submission = models.UUIDField(unique=True)
    root = models.UUIDField(default=uuid.uuid4, db_index=True)
    writer = models.UUIDField(default=uuid.uuid4)
    adviser = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    content = SealedJSONField(_("what was typed"))
    revision = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(default=database_now)
    updated_at = models.DateTimeField(default=database_now)
    discarded_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = DraftQuerySet.as_manager()

    data_policy = Policy(
        name="draft",
        holds={Category.NARRATIVE: ["content"], Category.OPERATIONAL: ["page", "revision"]},
        keep=days(2),
        since="updated_at",
        subject="whoever is being written about",
        audited=False,
        why="Deleted within the hour after 24 hours; its key, which has a day, goes in the night after those.",
    )

    class Meta(Retained.Meta):
        verbose_name = _("draft")
        indexes = [
            *Retained.Meta.indexes,
            models.Index(fields=["adviser", "page", "-updated_at"], name="draft_by_adviser"),
        ]

    def get_absolute_url(self) -> str:
        """Its page, filled with it."""
        page = self.typed_on
        return f"{page.get_absolute_url()}?draft={self.submission}" if page else "/"

    @property
    def typed_on(self) -> Page | None:
        """The page on which it was typed; None if there is no such page any more."""
        return read_page(self.page)

    @property
    def about_reference(self) -> str:
        """The reference of the customer or enquiry it is about, if any."""
        return self.page.partition(":")[2]

    @property
    def began_today(self) -> bool:
        return london_date(self.started_at) == london_today()

    @property
    def first_words(self) -> str:
        """The beginning of what was typed, for a list."""
        page = self.typed_on
        return Truncator(" ".join(words_typed(page.kind, self.content))).chars(60) if page else ""


class Sent(models.Model):
    """A page that was sent, and the record that came of it: the same page sent again answers as the first time."""

    submission = models.UUIDField(unique=True)
    by = staff_key(db_index=False)
    sent_at = models.DateTimeField(db_default=Now(), db_index=True)
    # Of all that was sent, under this site's secret: tells the same words from others, and no word.
    digest = models.BinaryField(max_length=32)
    record_type = models.CharField(max_length=40, blank=True)
    record_id = models.BigIntegerField(null=True)
    # The opened page that saved its draft last: what that one still saves is late, what another one saves is new.
    writer = models.UUIDField(null=True)

    data_policy = Policy(
        name="sent",
        holds={Category.OPERATIONAL: ["digest", "record_type", "record_id"]},
        audited=False,
        why="Which page made which record, for 48 hours, so that none is made twice. Numbers only.",
    )

    class Meta:
        verbose_name = _("sent page")

    def __str__(self) -> str:
        return f"sent {self.pk}"

    def record(self) -> Any:
        """The record that came of it; None when it was taken back or is no more."""
        return model_of(self.record_type)._default_manager.filter(pk=self.record_id).first()

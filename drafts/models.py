"""What is being typed."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from drafts.pages import read_page
from privacy.dates import database_now, london_today
from privacy.policy import Category, Policy, days
from privacy.sealed import SealedJSONField
from retention.models import Retained, RetainedQuerySet

ABANDONED_AFTER = dt.timedelta(hours=24)


class DraftQuerySet(RetainedQuerySet):
    """Which drafts."""

    def of(self, adviser: Any) -> Self:
        """What `adviser` typed in the last 24 hours and has not sent, newest first."""
        recent = self.real().filter(adviser=adviser, updated_at__gt=Now() - ABANDONED_AFTER)
        return recent.filter(expires_on__gt=london_today()).order_by("-updated_at", "-pk")

    def abandoned(self) -> Self:
        """What nobody has touched for 24 hours."""
        return self.real().filter(updated_at__lte=Now() - ABANDONED_AFTER, hold__isnull=True)


class Draft(Retained):
    """What an adviser is typing on one page, so that nothing typed is ever lost."""

    submission = models.UUIDField(unique=True)
    adviser = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    content = SealedJSONField()
    revision = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(default=database_now)
    updated_at = models.DateTimeField(default=database_now)

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
        page = read_page(self.page)
        return f"{page.get_absolute_url()}?draft={self.submission}" if page else "/"

    @property
    def about_reference(self) -> str:
        """The reference of the customer or enquiry it is about, if any."""
        return self.page.partition(":")[2]

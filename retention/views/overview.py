"""The overview: whether anything is past its date, what goes in the next 30 days, and the other pages in short."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from privacy.dates import london_today
from retention import stats
from retention.models import Hold, PurgeRun
from staff.access import requires
from staff.menu import Entry, Group


@require_safe
@requires("retention.view_retention", title=_("Retention"), menu=Entry(1000, Group.GOVERNANCE))
def overview(request: HttpRequest) -> HttpResponse:
    """Show the state of retention in figures."""
    now, today = timezone.now(), london_today()
    past, late = stats.past_their_date(now), stats.purge_is_late(now)
    context = {
        "here": reverse("retention:overview"),
        "now": now,
        "past": past,
        "late": late,
        "red": bool(past) or late,
        "waiting": PurgeRun.objects.refused().first(),
        "keys": stats.keys_held(),
        "ledger": stats.ledger_entries(),
        "files": stats.files_waiting(),
        "kinds": stats.kinds(today),
        "coming": stats.coming(today),
        "canary": stats.canary(now),
        "purge": PurgeRun.objects.newest_first().prefetch_related("counts").first(),
        "reviews": stats.reviews(list(Hold.objects.in_force())),
    }
    return render(request, "retention/overview.html", context)

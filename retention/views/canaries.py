"""The page of the canary: what the last search found in each store."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from retention import stats
from staff.access import requires


@require_safe
@requires("retention.view_retention", title=_("Canary"), menu="retention:overview")
def canary_list(request: HttpRequest) -> HttpResponse:
    """Show the last canary that was searched for, store by store, and those whose search is not finished."""
    context = {"here": reverse("retention:canary_list"), "canary": stats.canary(timezone.now())}
    return render(request, "retention/canaries.html", context)

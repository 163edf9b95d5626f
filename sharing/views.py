"""The access log, for the information governance officer."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from sharing.access import requires
from sharing.models import AccessEvent


@require_GET
@requires("sharing.view_access_log")
def access_log(request: HttpRequest) -> HttpResponse:
    """Who looked at which records, newest first; `record` narrows it to one record's number."""
    events = AccessEvent.objects.select_related("by").order_by("-at", "-pk")
    record = request.GET.get("record", "").strip()
    unknown = bool(record) and not (record.isdecimal() and len(record) < 19)
    if record:
        events = events.none() if unknown else events.filter(record_ids__contains=[int(record)])
    page = Paginator(events, 50).get_page(request.GET.get("page"))
    context = {"page": page, "record": record[:20], "unknown": unknown}
    return render(request, "sharing/access_log.html", context, status=422 if unknown else 200)

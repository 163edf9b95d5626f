"""The access log, for the information governance officer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from govuk.paging import part_of
from privacy.naming import kind_of
from privacy.policy import Category
from privacy.references import record_with
from sharing.forms import LookupForm
from sharing.models import AccessEvent
from sharing.naming import reference_of
from staff.access import requires
from staff.menu import Entry, Group, page_title

ROWS = 50


@require_safe
@requires("sharing.view_access_log", title=_("Access log"), menu=Entry(1500, Group.GOVERNANCE))
def access_log(request: HttpRequest) -> HttpResponse:
    """Who looked at which records, newest first; `record`, a reference, narrows it to one record."""
    events = AccessEvent.objects.select_related("by")
    reference = request.GET.get("record", "").replace("\x00", "").strip()[:30]
    record = record_with(reference) if reference else None
    if reference:
        events = events.about(*record) if record else events.none()
    part = part_of(request, events, by="-at", size=ROWS)
    references = reference_of(part.rows)
    rows = [
        {
            "event": event,
            "kind": kind_of(event.record_type),
            "place": page_title(event.place),
            "references": [references.get((event.record_type, pk), str(pk)) for pk in event.record_ids],
            "categories": [Category(name).label for name in event.categories if name != Category.OPERATIONAL],
        }
        for event in part.rows
    ]
    form = LookupForm({"record": reference})
    if form.is_valid() and reference and record is None:
        form.refuse(_("No record has this reference now."))
    context = {"part": part, "rows": rows, "form": form}
    return render(request, "sharing/access_log.html", context, status=422 if form.errors else 200)

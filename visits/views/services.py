"""The services and topics."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from staff.access import requires
from visits.models import Service


@require_GET
@requires("visits.view_services")
def service_list(request: HttpRequest) -> HttpResponse:
    """The services and topics, in both languages."""
    services = Service.objects.order_by("pk").prefetch_related("topics")
    return render(request, "visits/service_list.html", {"services": services})

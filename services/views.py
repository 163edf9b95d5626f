"""The services and topics."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from services.models import Service
from staff.access import requires
from staff.menu import Entry, Group
from staff.models import Role


@require_safe
@requires(
    "services.view_services",
    title=_("Services"),
    menu=Entry(2100, Group.SETTINGS, more_for=[Role.ADVISER, Role.MANAGER, Role.GOVERNANCE]),
)
def service_list(request: HttpRequest) -> HttpResponse:
    """The services and topics, in both languages: the page’s own language first."""
    services = Service.objects.order_by("pk").prefetch_related("topics")
    other = "en" if get_language() == "cy" else "cy"
    return render(request, "services/service_list.html", {"services": services, "other_language": other})

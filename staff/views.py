"""What somebody at the desk may set for themselves."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from staff import actions
from staff.access import requires


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staff.change_own_settings", title=_("Shortcuts"))
def shortcuts(request: HttpRequest) -> HttpResponse:
    """The keyboard shortcuts, and whether they work."""
    if request.method == "POST":
        actions.set_shortcuts(request.user, on=request.POST.get("on") == "1", by=request.user)
        return redirect("staff:shortcuts")
    return render(request, "staff/shortcuts.html")

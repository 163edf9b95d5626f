"""The real addresses, and `/bench/empty/`: what any signed-in page costs before it does anything."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path

from contactwrexham.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def empty(request: HttpRequest) -> HttpResponse:
    """Nothing, for whoever is signed in: session and account are loaded, as on every page."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return HttpResponse()


urlpatterns = [*urlpatterns, path("bench/empty/", empty)]

"""Promising to call somebody back, and what was promised."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from drafts.views import draft_context, draft_on, posted_submission
from sharing.actions import looking
from staff.access import requires
from staff.menu import Entry, Group
from visits import actions
from visits.forms import CallbackForm
from visits.models import Callback, Customer
from visits.pages import CALLBACK


@require_GET
@requires("visits.promise_callback", title=_("Callbacks"), menu=Entry(650, Group.DESK))
def callback_list(request: HttpRequest) -> HttpResponse:
    """The last promises, newest first."""
    callbacks = Callback.objects.current().order_by("-promised_on", "-pk")[:50]
    with looking(request) as viewer:
        return render(request, "visits/callback_list.html", {"callbacks": viewer.visible_list(callbacks)})


@require_GET
@requires("visits.promise_callback", title=_("Callback"), menu="visits:callback_list")
def callback_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One promise."""
    callback = get_object_or_404(Callback.objects.current().select_related("promised_by"), reference=reference)
    with looking(request) as viewer:
        context = {"callback": viewer.visible_fields(callback), "promised_by": callback.promised_by}
        return render(request, "visits/callback_detail.html", context)


@require_http_methods(["GET", "POST"])
@requires("visits.promise_callback", title=_("Promise a callback"), menu="visits:callback_list")
def callback_promise(request: HttpRequest, reference: str) -> HttpResponse:
    """Promise to call a customer back."""
    customer = get_object_or_404(Customer.objects.current(), reference=reference)
    page, draft, submission = CALLBACK.page(reference), None, None
    if request.method == "POST":
        form, submission = CallbackForm(request.POST), posted_submission(request)
        if form.is_valid() and submission:
            return redirect(
                actions.promise_callback(customer, **form.cleaned_data, submission=submission, by=request.user)
            )
    else:
        draft = draft_on(request, page)
        form = CallbackForm(initial=draft.content if draft else None)
    form.focus(first="phone")
    context = draft_context(request, page, draft, submission=submission) | {"form": form}
    with looking(request) as viewer:
        context["customer"] = viewer.visible_fields(customer)
        status = 422 if request.method == "POST" else 200
        return render(request, "visits/callback_promise.html", context, status=status)

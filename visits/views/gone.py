"""What is answered when the record that somebody was writing on is no more."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from govuk.fields import TextField


def gone(request: HttpRequest, *forms_sent: forms.BaseForm, title: Any) -> HttpResponse:
    """Answer 422: `title` says what is no more, and below it stands every text that was typed in the forms."""
    typed = [
        (field.label, field.value())
        for form in forms_sent
        for field in form
        if isinstance(field.field, TextField) and field.value()
    ]
    return render(request, "visits/gone.html", {"title": title, "typed": typed}, status=422)

"""Signing in."""

import time
from typing import Any

from allauth.account.forms import LoginForm
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from staff.validators import LONGEST


class SignInForm(LoginForm):
    """allauth's, which also notes when: a session ends with the working day, whatever is done in it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autofocus"] = True
        self.fields["login"].error_messages["required"] = _("Type your username.")
        self.fields["password"].error_messages["required"] = _("Type your password.")
        self.fields["password"].validators.append(MaxLengthValidator(LONGEST, _("No password here is so long.")))
        for name in ("login", "password"):  # the label says it, and stays while one types
            del self.fields[name].widget.attrs["placeholder"]

    def login(self, request: Any, redirect_url: str | None = None) -> Any:
        answer = super().login(request, redirect_url)
        request.session["signed_in_at"] = int(time.time())
        return answer

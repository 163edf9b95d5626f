"""What allauth may do here."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from staff import actions, limits
from staff.menu import first_page, may_open
from staff.models import User

logger = logging.getLogger("staff")


class StaffAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator, never by a visitor; whoever tries passwords is slowed."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def pre_authenticate(self, request: Any, **credentials: Any) -> None:
        """Count the try, before the password is looked at."""
        try:
            actions.count_try(limits.limits_of(request, credentials.get("username", "")))
        except actions.TooSoon as error:
            logger.warning("sign-in slowed: from %s", limits.address_of(request))
            message = _("Too many failed tries. Wait %(seconds)s seconds, then try again.")
            raise ValidationError(message % {"seconds": error.seconds}, code="too_soon") from None

    def authentication_failed(self, request: Any, **credentials: Any) -> None:
        """Log which account it was, if there is one, by its number: what was typed may be a password."""
        known = User.objects.filter(username__iexact=credentials.get("username", "")).values_list("pk", flat=True)
        logger.warning("sign-in failed: account %s, from %s", known.first(), limits.address_of(request))

    def post_login(self, request: Any, user: Any, **kwargs: Any) -> Any:
        """Go to the page that was asked for, if this role may, and know this machine from now on."""
        response = super().post_login(request, user, **kwargs)
        if not may_open(user, response.url):  # it was another's page
            response = redirect(first_page(user))
        actions.forget_tries(limits.limits_of(request, user.username)[-1:])
        limits.remember_device(request, response)
        return response

"""What a password may not be, besides Django's own rules."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 128


class NotTooLong:
    """Refuses passwords of more than 128 signs."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return _("Your password must have 128 characters at most.")


class NotRepeated:
    """Refuses a password that is one shorter piece written two or more times, whatever its case."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > LONGEST:
            return  # refused by NotTooLong
        folded = password.casefold()
        # A text is a repetition exactly when it is found in its own double before the second copy begins.
        if folded and (folded + folded).find(folded, 1) < len(folded):
            raise ValidationError(self.get_help_text(), code="password_repeated")

    def get_help_text(self) -> str:
        return _("Your password must not be one word or sign written several times.")

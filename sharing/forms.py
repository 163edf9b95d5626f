"""What the information governance officer may type to narrow the access log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class LookupForm(forms.Form):
    """The reference of one record."""

    record = forms.CharField(
        label=_("Reference"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def refuse(self, reason: Any) -> None:
        """Say beside the field why there is nothing to show, and put the cursor there."""
        self.add_error("record", reason)
        self.fields["record"].widget.attrs["autofocus"] = True

from visits.models import Callback  # noqa: E402
from visits.pages import CALLBACK  # noqa: E402


class CallbackForm(DraftedForm):
    """A promise to call somebody back."""

    page_kinds = (CALLBACK,)

    phone = PhoneField(label=_("Telephone"), max_length=30, error_messages={"required": _("Type the number to call.")})
    note = narrative_field(Callback, "note", label=_("Note"), required=False)

    class Meta:
        model = Callback
        fields = ("phone", "note")

from visits.models import Callback  # noqa: E402


# --- callbacks --------------------------------------------------------------------------------------------------------


@sent_once
def promise_callback(customer: Customer, *, phone: str, note: str, sending: Sending, by: Any) -> Callback:
    """Promise to call `customer` back."""
    customer = _touch_customer(customer, london_date(sending.now))
    return Callback.objects.create(
        reference=make_reference("CAL", sending.number),
        customer=customer,
        phone=phone,
        note=note,
        promised_on=london_date(sending.now),
        promised_by=by,
    )


@makes_canaries(Callback)
@transaction.atomic
def make_callback_canary(fields: CanaryFields, by: Any) -> None:
    """A callback promised to a synthetic person of its own."""
    customer = Customer.objects.create(
        reference=make_reference("CUS", next_number()), created_by=by, **fields.fill(Customer)
    )
    Callback.objects.create(
        reference=make_reference("CAL", next_number()), customer=customer, promised_by=by, **fields.fill(Callback)
    )

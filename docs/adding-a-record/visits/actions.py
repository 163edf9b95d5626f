from visits.models import Callback  # noqa: E402


# --- callbacks --------------------------------------------------------------------------------------------------------


@transaction.atomic
def promise_callback(customer: Customer, *, phone: str, note: str, submission: uuid.UUID, by: Any) -> Callback:
    """Promise to call `customer` back, and end the draft. Sent twice it is promised once."""
    earlier: Callback | None = Callback.objects.filter(submission=submission, promised_by=by).first()
    if earlier is not None:
        return earlier
    now, number, _began = finish_draft(submission, by=by)
    customer = _touch_customer(customer, london_date(now))
    return Callback.objects.create(
        reference=make_reference("CAL", number),
        submission=submission,
        customer=customer,
        phone=phone,
        note=note,
        promised_on=london_date(now),
        promised_by=by,
    )


@makes_canaries(Callback)
@transaction.atomic
def make_callback_canary(fields: CanaryFields, by: Any) -> None:
    """A callback promised to a synthetic person of its own."""
    numbers = [finish_draft(None, by=by).number for _ in range(2)]
    customer = Customer.objects.create(
        reference=make_reference("CUS", numbers[0]), created_by=by, **fields.fill(Customer)
    )
    Callback.objects.create(
        reference=make_reference("CAL", numbers[1]), customer=customer, promised_by=by, **fields.fill(Callback)
    )

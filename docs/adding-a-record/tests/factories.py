def make_callback(by: User | None = None, **fields: Any) -> Any:
    by = by or make_user()
    given = {"customer": fields.pop("customer", None) or make_customer(by=by), "phone": "01978 000000", "note": ""}
    return actions.promise_callback(**given | fields, submission=uuid.uuid4(), by=by)

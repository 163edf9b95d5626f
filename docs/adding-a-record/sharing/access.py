
PERMISSIONS["visits.promise_callback"] = frozenset({ADVISER, MANAGER})

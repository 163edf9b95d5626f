"""What is done to accounts and places."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models.functions import Now

from staff.limits import FORGOTTEN, Limit
from staff.models import Location, Role, SignInLimit, User

CANARY = "system:canary"


class TooSoon(Exception):
    """Another try to sign in must wait `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


# How many seconds after the last try the next one is taken.
WAIT = "CASE WHEN kept.tries < %(free)s THEN 0 ELSE least(%(longest)s, 2 ^ least(kept.tries - %(free)s, 16)) END"
TRY = f"""
INSERT INTO staff_signinlimit AS kept (key, tries, tried_at) VALUES (%(key)s, 1, statement_timestamp())
ON CONFLICT (key) DO UPDATE SET tried_at = statement_timestamp(), tries =
    CASE WHEN kept.tried_at < statement_timestamp() - make_interval(secs => %(forgotten)s) THEN 1
    ELSE kept.tries + 1 END
WHERE kept.tried_at + make_interval(secs => {WAIT}) <= statement_timestamp()
RETURNING tries
"""  # noqa: S608 - our own words
WAITS = f"""
SELECT ceil(extract(epoch FROM kept.tried_at + make_interval(secs => {WAIT}) - statement_timestamp()))
FROM staff_signinlimit AS kept WHERE key = %(key)s
"""  # noqa: S608 - our own words


@transaction.atomic
def count_try(limits: Iterable[Limit]) -> None:
    """Count a try to sign in, before the password is looked at. Raises TooSoon, and then counts nothing."""
    with connection.cursor() as cursor:
        for limit in limits:
            given: dict[str, Any] = {
                "key": limit.key,
                "free": limit.free,
                "longest": limit.longest,
                "forgotten": FORGOTTEN,
            }
            cursor.execute(TRY, given)
            if cursor.fetchone() is None:
                cursor.execute(WAITS, given)
                raise TooSoon(max(1, int(cursor.fetchone()[0])))


@transaction.atomic
def forget_tries(limits: Iterable[Limit]) -> None:
    """Count anew: somebody signed in."""
    SignInLimit.objects.filter(key__in=[limit.key for limit in limits]).delete()


@transaction.atomic
def forget_old_tries() -> int:
    """Delete what nobody has tried for a quarter of an hour; returns how many."""
    number, _ = SignInLimit.objects.filter(tried_at__lt=Now() - dt.timedelta(seconds=FORGOTTEN)).delete()
    return number


@transaction.atomic
def prove_writing() -> None:
    """Write a row and take it back: for whoever asks whether the database can be written."""
    SignInLimit.objects.create(key=b"", tries=0, tried_at=Now())
    transaction.set_rollback(True)


@transaction.atomic
def create_account(
    username: str,
    *,
    name: str,
    role: Role,
    password: str,
    email: str = "",
    location: Location | None = None,
    is_demonstration: bool = False,
) -> User:
    """Make an account that can sign in; a demonstration account only where DEMO=1."""
    user = User(
        username=username, name=name, email=email, role=role, location=location, is_demonstration=is_demonstration
    )
    user.set_password(password)
    user.save()
    return user


@transaction.atomic
def canary_account() -> User:
    """The account that the synthetic records of the nightly proof name as their author. Nobody can sign in with it."""
    known = User.objects.filter(username=CANARY).first()
    if known is None:
        known = User(username=CANARY, name="Canary", role=Role.ADVISER, is_active=False)
        known.set_unusable_password()
        known.save()
    return known


@transaction.atomic
def create_location(name_en: str, *, name_cy: str) -> Location:
    """Add a place where customers are served."""
    return Location.objects.create(name_en=name_en, name_cy=name_cy)


@transaction.atomic
def set_shortcuts(user: User, *, on: bool, by: User) -> User:
    """Turn the keyboard shortcuts on or off for `user` (WCAG 2.1.4)."""
    user.has_shortcuts = on
    user.save(update_fields=["has_shortcuts"])
    return user


def clear_sessions() -> None:
    """Delete sessions that have ended."""
    call_command("clearsessions", verbosity=0)

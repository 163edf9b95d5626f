"""What is done to accounts and places."""

from __future__ import annotations

from django.core.management import call_command
from django.db import transaction

from staff.models import Location, Role, User

CANARY = "system:canary"


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

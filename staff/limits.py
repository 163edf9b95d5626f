"""How often somebody may try to sign in: slower and slower, and never shut out.

Who tries from a machine on which somebody has signed in before is counted for that machine alone: whatever others do, a
known desk is not slowed. Everybody else is counted by the account they try, whatever the address, and by their address,
so that many accounts cannot be tried at once.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "device"
COOKIE_AGE = 365 * 24 * 60 * 60
# A quarter of an hour without a try, and counting begins anew.
FORGOTTEN = 15 * 60

_signer = Signer(salt="staff.device")


@dataclass(frozen=True)
class Limit:
    """After `free` tries each one waits, twice as long as the one before, `longest` seconds at most."""

    key: bytes
    free: int
    longest: int


def limits_of(request: HttpRequest, username: str) -> list[Limit]:
    """What counts a try to sign in to this account from where the request comes from."""
    account = username.strip().lower()
    if device := known_device(request):
        return [Limit(_digest("device", device, account), free=5, longest=30)]
    return [
        Limit(_digest("address", address_of(request)), free=60, longest=1),
        Limit(_digest("account", account), free=5, longest=30),
    ]


def _digest(*parts: str) -> bytes:
    return salted_hmac("staff.limits", "\0".join(parts), algorithm="sha256").digest()


def address_of(request: HttpRequest) -> str:
    """The address of whoever asks, as the last proxy that is ours saw it."""
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    number = settings.TRUSTED_PROXIES
    if number and len(forwarded) >= number:
        return forwarded[-number]
    return str(request.META.get("REMOTE_ADDR", ""))


def known_device(request: HttpRequest) -> str:
    """The name of the machine, if somebody has signed in on it before; else nothing."""
    try:
        return _signer.unsign(request.COOKIES.get(COOKIE, ""))
    except BadSignature:
        return ""


def remember_device(request: HttpRequest, response: HttpResponse) -> None:
    """Let the machine be known from now on: by a random name, that says nothing of it or of who works at it."""
    if not known_device(request):
        response.set_cookie(
            COOKIE,
            _signer.sign(uuid.uuid4().hex),
            max_age=COOKIE_AGE,
            path="/accounts/",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )

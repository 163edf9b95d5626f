"""Who changed which record when, through django-auditlog; never what a personal field said."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models.signals import pre_save

from privacy.policy import our_models

WITHHELD = "withheld"

_actor: ContextVar[Any] = ContextVar("audit_actor", default=None)
_request_id: ContextVar[str] = ContextVar("audit_request_id", default="")


def withhold(value: str) -> str:
    """Stand in for every personal value, old or new: not a letter of it, nor its length, enters the audit."""
    return WITHHELD


def request_id() -> str:
    """The id this server gave the current request or task; never one that a client sent."""
    return _request_id.get()


@contextmanager
def acting(user: Any) -> Iterator[str]:
    """Name `user` (or None) as the actor of all audit entries made inside; gives the id of the request or task."""
    identity = request_id() or uuid.uuid4().hex
    actor, request = _actor.set(user), _request_id.set(identity)
    try:
        yield identity
    finally:
        _actor.reset(actor)
        _request_id.reset(request)


def _name_actor(sender: Any, instance: Any, **kwargs: Any) -> None:
    user = _actor.get()
    if user is not None and user.is_authenticated and instance.actor_id is None:
        instance.actor_id = user.pk


def register_models() -> None:
    """Register every audited model of ours, with its personal fields masked whole."""
    from auditlog import get_logentry_model
    from auditlog.registry import auditlog

    for model in our_models():
        policy = getattr(model, "data_policy", None)
        if policy is not None and policy.audited:
            fields = [field.name for field in model._meta.concrete_fields]
            auditlog.register(model, include_fields=fields, mask_fields=policy.personal_fields())
    pre_save.connect(_name_actor, sender=get_logentry_model(), dispatch_uid="name_actor")

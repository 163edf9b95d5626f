"""Who works here, and where; and who of them changed what."""

from __future__ import annotations

from typing import Any

from auditlog.models import AbstractLogEntry
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import _user_has_module_perms, _user_has_perm  # type: ignore[attr-defined]
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from privacy.constraints import one_of
from privacy.dates import DueDay
from privacy.policy import Category, Policy, years


class Role(models.TextChoices):
    """What somebody works as. `sharing.access` says what each may do."""

    ADVISER = "adviser", _("Adviser")
    MANAGER = "manager", _("Team manager")
    ADMINISTRATOR = "administrator", _("Administrator")
    GOVERNANCE = "governance", _("Information governance officer")


def staff_key(verbose_name: Any = None, **kwargs: Any) -> Any:
    """A key to an account of a member of staff, not editable: who did it. Nothing leads back from the account."""
    given = {"on_delete": models.PROTECT, "related_name": "+", "editable": False} | kwargs
    return models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=verbose_name, **given)


class Location(models.Model):
    """A place where customers are served. The desk has moved before: places are data."""

    name_en = models.CharField(_("name in English"), max_length=100)
    name_cy = models.CharField(_("name in Welsh"), max_length=100)
    is_active = models.BooleanField(_("in use"), default=True)

    data_policy = Policy(
        name="location",
        holds={Category.OPERATIONAL: ["name_en", "name_cy", "is_active"]},
        why="Configuration: describes no person.",
    )

    def __str__(self) -> str:
        return self.name_cy if (get_language() or "").startswith("cy") else self.name_en


class UserManager(BaseUserManager["User"]):
    """Finds accounts by user name, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """An account of a member of staff."""

    username = models.CharField(_("user name"), max_length=150, unique=True)
    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("work e-mail"), blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    location = models.ForeignKey(Location, verbose_name=_("location"), on_delete=models.PROTECT, null=True, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_demonstration = models.BooleanField(_("demonstration account"), default=False, editable=False)
    has_shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    data_policy = Policy(
        name="staff",
        holds={
            Category.IDENTITY: ["username", "name", "password"],
            Category.CONTACT: ["email"],
            Category.OPERATIONAL: ["role", "is_active", "is_demonstration", "has_shortcuts"],
        },
        subject="self",
        why="Staff, not customers: an account stays as long as a record names it as author.",
    )

    class Meta:
        constraints = [
            *one_of(role=Role),
            models.UniqueConstraint(Lower("username"), name="user_username_whatever_case"),
        ]

    def __str__(self) -> str:
        return f"staff {self.pk}"

    def has_perm(self, permission: str, obj: object = None) -> bool:
        """Whether the account's role has `permission` (`app.verb_noun`). No queries."""
        return bool(self.is_active and _user_has_perm(self, permission, obj))

    def has_perms(self, permissions: list[str], obj: object = None) -> bool:
        """Whether it has all of them."""
        return all(self.has_perm(permission, obj) for permission in permissions)

    def has_module_perms(self, app_label: str) -> bool:
        """Asked by Django; decided by the same table."""
        return bool(self.is_active and _user_has_module_perms(self, app_label))


class AuditEntry(AbstractLogEntry):
    """Who changed which record when, by numbers and field names; personal values are withheld."""

    # As in auditlog, without an index for each: an entry is looked up by its record, and goes by its day.
    content_type = models.ForeignKey(
        "contenttypes.ContentType", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    object_pk = models.CharField(max_length=255)
    object_id = models.BigIntegerField(null=True)
    action = models.PositiveSmallIntegerField(choices=AbstractLogEntry.Action.choices)
    cid = models.CharField(max_length=32, blank=True)
    timestamp = models.DateTimeField(db_default=Now())
    # What auditlog could also keep, and we do not.
    changes_text = remote_addr = remote_port = actor_email = additional_data = None
    expires_on = models.GeneratedField(
        expression=DueDay("timestamp", years=6), output_field=models.DateField(), db_persist=True
    )

    data_policy = Policy(
        name="audit_entry",
        holds={
            Category.OPERATIONAL: [
                *("object_pk", "object_id", "object_repr", "serialized_data", "action", "changes", "cid")
            ]
        },
        keep=years(6),
        since="timestamp",
        audited=False,
        why="Shows who changed what; personal values are withheld before they are written.",
    )

    class Meta:
        verbose_name = _("audit entry")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(action__in=[action for action, name in AbstractLogEntry.Action.choices]),
                name="audit_entry_action_known",
            )
        ]
        indexes = [
            models.Index(fields=["content_type", "object_id"], name="audit_entry_record"),
            BrinIndex(fields=["expires_on"], name="audit_entry_due", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"audit entry {self.pk}"


class SignInLimit(models.Model):
    """How often somebody tried to sign in to one account from one place, without success since."""

    # Of the account and the device or address, under this site's secret: names neither.
    key = models.BinaryField(max_length=32, unique=True)
    tries = models.PositiveIntegerField()
    tried_at = models.DateTimeField()

    data_policy = Policy(
        name="sign_in_limit",
        holds={Category.OPERATIONAL: ["key", "tries"]},
        audited=False,
        why="Counts of tries to sign in, without a name. Deleted a quarter of an hour after the last one.",
    )

    class Meta:
        verbose_name = _("limit of tries to sign in")

    def __str__(self) -> str:
        return f"limit {self.pk}"

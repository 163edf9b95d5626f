"""Who works here, and where."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import _user_has_module_perms, _user_has_perm  # type: ignore[attr-defined]
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from privacy.policy import Category, Policy


class Role(models.TextChoices):
    """What somebody works as. `sharing.access` says what each may do."""

    ADVISER = "adviser", _("Adviser")
    MANAGER = "manager", _("Team manager")
    ADMINISTRATOR = "administrator", _("Administrator")
    GOVERNANCE = "governance", _("Information governance officer")


class Location(models.Model):
    """A place where customers are served. The desk has moved before: places are data."""

    name_en = models.CharField(_("name in English"), max_length=100)
    name_cy = models.CharField(_("name in Welsh"), max_length=100)
    is_active = models.BooleanField(_("in use"), default=True)

    data_policy = Policy(
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
        holds={
            Category.IDENTITY: ["username", "name", "password"],
            Category.CONTACT: ["email"],
            Category.OPERATIONAL: [
                "role",
                "location",
                "is_active",
                "is_demonstration",
                "has_shortcuts",
                "last_login",
                "created_at",
            ],
        },
        subject="self",
        why="Staff, not customers: an account stays as long as a record names it as author.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
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

"""The council services that the desk handles, and what people come to them about."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from privacy.constraints import one_of
from privacy.policy import Category, Policy


class LegalBasis(models.TextChoices):
    """UK GDPR article 6(1)(c) and (e): the two that the notice names."""

    LEGAL_OBLIGATION = "legal_obligation", _("Legal obligation")
    PUBLIC_TASK = "public_task", _("Public task")


class Named(models.Model):
    """Something with a name in both languages."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name_en = models.CharField(_("name in English"), max_length=100)
    name_cy = models.CharField(_("name in Welsh"), max_length=100)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_cy if (get_language() or "").startswith("cy") else self.name_en

    @property
    def other_name(self) -> str:
        return self.name_en if (get_language() or "").startswith("cy") else self.name_cy


class Service(Named):
    """A council service that the desk handles, such as Council Tax."""

    legal_basis = models.CharField(_("usual legal basis"), max_length=20, choices=LegalBasis)

    data_policy = Policy(
        name="service",
        holds={Category.OPERATIONAL: ["code", "name_en", "name_cy", "is_active", "legal_basis"]},
        why="Configuration: describes no person.",
    )

    class Meta:
        verbose_name = _("service")
        constraints = one_of(legal_basis=LegalBasis)


class Topic(Named):
    """What people come to a service about."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="topics")
    words = models.TextField(_("other words for it"), blank=True)

    data_policy = Policy(
        name="topic",
        holds={Category.OPERATIONAL: ["code", "name_en", "name_cy", "is_active", "words"]},
        why="Configuration: describes no person.",
    )

    class Meta:
        verbose_name = _("topic")

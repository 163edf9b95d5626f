"""System checks of retained models."""

from __future__ import annotations

from typing import Any

from django.core import checks

from retention.models import Retained
from retention.relations import retained_models


@checks.register("retention")
def check_bases(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every retained model has the constraints and the index of its base, and the base itself."""
    return [error for model in retained_models() for error in base_errors(model)]


def base_errors(model: Any) -> list[checks.CheckMessage]:
    """What one retained model lacks of its base."""
    names = {"class": model.__name__.lower()}
    meta = {
        "constraints": {constraint.name for constraint in model._meta.constraints},
        "indexes": {index.name for index in model._meta.indexes},
    }
    wanted = {
        "constraints": [constraint.name % names for constraint in Retained._meta.constraints],
        "indexes": [index.name % names for index in Retained._meta.indexes],
    }
    missing = [(kind, name) for kind, known in wanted.items() for name in known if name not in meta[kind]]
    return [
        checks.Error(
            f"{model._meta.label} lacks {name} of its base.",
            hint=f"class Meta(Retained.Meta), with {kind} = [*Retained.Meta.{kind}, …].",
            obj=model,
            id="retention.E002",
        )
        for kind, name in missing
    ]

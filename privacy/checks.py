"""System checks: no field of ours without a category, nothing personal unsealed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core import checks

from privacy.policy import MACHINERY, Policy, our_models
from privacy.sealed import SealedField


@checks.register("privacy")
def check_policies(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every concrete field of our models is in exactly one category, and personal ones with a period are sealed."""
    return [error for model in our_models() for error in policy_errors(model)]


def policy_errors(model: Any) -> list[checks.CheckMessage]:
    """What is wrong with one model's policy."""
    policy = getattr(model, "data_policy", None)
    if not isinstance(policy, Policy):
        return [checks.Error(f"{model._meta.label} has no data_policy.", obj=model, id="privacy.E001")]
    errors: list[checks.CheckMessage] = []
    concrete = {field.name: field for field in model._meta.concrete_fields}
    placed = Counter(name for names in policy.holds.values() for name in names)
    for name in sorted(concrete.keys() - placed.keys() - MACHINERY):
        errors.append(checks.Error(f"{model._meta.label}.{name} is in no category.", obj=model, id="privacy.E002"))
    for name in sorted(placed.keys() - concrete.keys()):
        errors.append(checks.Error(f"{model._meta.label} has no field {name}.", obj=model, id="privacy.E003"))
    for name in sorted(name for name, times in placed.items() if times > 1):
        errors.append(checks.Error(f"{model._meta.label}.{name} is in two categories.", obj=model, id="privacy.E004"))
    named = [*policy.search, *filter(None, (policy.since, policy.follows))]
    named += [name for names in policy.shows.values() for name in names]
    for name in sorted(name for name in named if name not in concrete and not hasattr(model, name)):
        errors.append(checks.Error(f"{model._meta.label} knows no {name}.", obj=model, id="privacy.E007"))
    period = policy.keep is not None or bool(policy.follows)
    if not period and not policy.why:
        errors.append(checks.Error(f"{model._meta.label} has no period and no why.", obj=model, id="privacy.E005"))
    if period and "expires_on" not in concrete:
        errors.append(checks.Error(f"{model._meta.label} has no expires_on.", obj=model, id="privacy.E008"))
    for name in policy.personal_fields() if period else ():
        if name in concrete and not isinstance(concrete[name], SealedField):
            errors.append(checks.Error(f"{model._meta.label}.{name} is not sealed.", obj=model, id="privacy.E006"))
    return errors

"""System checks: every model of ours has a policy with a pinned name of its own, and nothing personal is unsealed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.core import checks

from privacy.policy import RETIRED_NAMES, Policy, is_operational_by_type, our_models
from privacy.sealed import SealedField

NAME = re.compile(r"[a-z][a-z_]{1,58}[a-z]")
DECIDE = "Put it in a category of `holds` in the model's data_policy: does it say something about a person?"


@checks.register("privacy")
def check_policies(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every concrete field of our models is in exactly one category, and personal ones with a period are sealed."""
    models = list(our_models())
    return [*(error for model in models for error in policy_errors(model)), *name_errors(models)]


def name_errors(models: Iterable[Any]) -> list[checks.CheckMessage]:
    """What is wrong with the pinned names of the models' policies."""
    errors: list[checks.CheckMessage] = []
    bearers: dict[str, list[Any]] = {}
    for model in models:
        if isinstance(policy := getattr(model, "data_policy", None), Policy):
            bearers.setdefault(policy.name, []).append(model)
    for name, bearing in bearers.items():
        if not NAME.fullmatch(name):
            errors.append(
                checks.Error(
                    f"The policy of {bearing[0]._meta.label} has no name, or one that cannot be pinned: {name!r}.",
                    hint='Give it a name of small letters and _ that no other model has: Policy(name="enquiry", …).',
                    obj=bearing[0],
                    id="privacy.E009",
                )
            )
        elif len(bearing) > 1:
            labels = ", ".join(sorted(model._meta.label for model in bearing))
            errors.append(
                checks.Error(
                    f"The pinned name {name!r} is borne by {labels}.",
                    hint="Sealed values, holds and logs would speak of both: name the newer one otherwise.",
                    obj=bearing[-1],
                    id="privacy.E010",
                )
            )
        elif name in RETIRED_NAMES:
            errors.append(
                checks.Error(
                    f"The pinned name {name!r} of {bearing[0]._meta.label} belonged to a model that is no more.",
                    hint="Ledgers and logs still speak of that one: choose another name.",
                    obj=bearing[0],
                    id="privacy.E011",
                )
            )
    return errors


def policy_errors(model: Any) -> list[checks.CheckMessage]:
    """What is wrong with one model's policy."""
    policy = getattr(model, "data_policy", None)
    label = model._meta.label

    def error(number: int, text: str, hint: str) -> checks.CheckMessage:
        return checks.Error(text, hint=hint, obj=model, id=f"privacy.E{number:03}")

    if not isinstance(policy, Policy):
        return [error(1, f"{label} has no data_policy.", "Declare one beside its fields: docs/adding-a-record.md.")]
    errors: list[checks.CheckMessage] = []
    concrete = {field.name: field for field in model._meta.concrete_fields}
    placed = Counter(name for names in policy.holds.values() for name in names)
    decided = placed.keys() | {name for name, field in concrete.items() if is_operational_by_type(model, field)}
    for name in sorted(concrete.keys() - decided):
        errors.append(error(2, f"{label}.{name} is in no category.", DECIDE))
    for name in sorted(placed.keys() - concrete.keys()):
        errors.append(error(3, f"{label} has no field {name}.", "Take it out of `holds`, or put it in `shows`."))
    for name in sorted(name for name, times in placed.items() if times > 1):
        errors.append(error(4, f"{label}.{name} is in two categories.", "Leave it in the one that fits best."))
    period = policy.keep is not None or bool(policy.follows)
    if not period and not policy.why:
        errors.append(error(5, f"{label} has no period and no why.", "Say how long it is kept, or why without end."))
    for name in policy.personal_fields() if period else ():
        if name in concrete and not isinstance(concrete[name], SealedField):
            errors.append(error(6, f"{label}.{name} is not sealed.", "Use a sealed field (privacy.sealed)."))
    named = [*policy.search, *filter(None, (policy.since, policy.follows))]
    named += [name for names in policy.shows.values() for name in names]
    for name in sorted(name for name in named if name not in concrete and not hasattr(model, name)):
        errors.append(error(7, f"{label} knows no {name}.", "Correct its name in the data_policy."))
    if period and "expires_on" not in concrete:
        errors.append(error(8, f"{label} has no expires_on.", "Let it be a retention.models.Retained."))
    return errors

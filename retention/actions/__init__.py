"""Everything that is done to the days of records: moving them, purging what is due, holding what must stay."""

from retention.actions.canary import canary_if_due, make_canary, search_canary
from retention.actions.days import move_due_date
from retention.actions.holding import (
    AlreadyHeld,
    AlreadyReleased,
    RecordGone,
    place_hold,
    release_hold,
    reseal_held,
    review_hold,
    what_is_kept,
)
from retention.actions.purging import NotConfirmable, confirm_purge, destroy_again, purge, purge_if_due

__all__ = [
    "AlreadyHeld",
    "AlreadyReleased",
    "NotConfirmable",
    "RecordGone",
    "canary_if_due",
    "confirm_purge",
    "destroy_again",
    "make_canary",
    "move_due_date",
    "place_hold",
    "purge",
    "purge_if_due",
    "release_hold",
    "reseal_held",
    "review_hold",
    "search_canary",
    "what_is_kept",
]

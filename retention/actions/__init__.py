"""Everything that is done to the days of records: moving them, purging what is due, holding what must stay."""

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
from retention.actions.reminding import remind_of_reviews

__all__ = [
    "AlreadyHeld",
    "AlreadyReleased",
    "NotConfirmable",
    "RecordGone",
    "confirm_purge",
    "destroy_again",
    "move_due_date",
    "place_hold",
    "purge",
    "purge_if_due",
    "release_hold",
    "remind_of_reviews",
    "reseal_held",
    "review_hold",
    "what_is_kept",
]

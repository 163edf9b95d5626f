"""Every write of retention: due days, purges, holds, reminders, canaries, replay after a restore."""

from retention.actions.canaries import canary_if_due, make_canary, search_canary
from retention.actions.days import move_due_date
from retention.actions.files import remove_files
from retention.actions.holds import (
    AlreadyHeld,
    AlreadyReleased,
    RecordGone,
    StillInForce,
    hold_together,
    lock_holds,
    place_hold,
    release_hold,
    renew_hold,
    reseal_held,
    review_hold,
    what_is_kept,
)
from retention.actions.purges import NotConfirmable, confirm_purge, destroy_again, purge, purge_if_due
from retention.actions.reminders import remind_of_reviews
from retention.actions.replay import HoldsLost, Replay, ReplayRefused, replay_purges

__all__ = [
    "AlreadyHeld",
    "AlreadyReleased",
    "HoldsLost",
    "NotConfirmable",
    "RecordGone",
    "Replay",
    "ReplayRefused",
    "StillInForce",
    "canary_if_due",
    "confirm_purge",
    "destroy_again",
    "hold_together",
    "lock_holds",
    "make_canary",
    "move_due_date",
    "place_hold",
    "purge",
    "purge_if_due",
    "release_hold",
    "remind_of_reviews",
    "remove_files",
    "renew_hold",
    "replay_purges",
    "reseal_held",
    "review_hold",
    "search_canary",
    "what_is_kept",
]

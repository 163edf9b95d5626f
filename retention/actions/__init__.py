"""Everything that is done to the days of records: moving them, purging what is due, holding what must stay."""

from retention.actions.days import move_due_date
from retention.actions.purging import (
    NotConfirmable,
    confirm_purge,
    destroy_again,
    purge,
    purge_if_due,
)

__all__ = ["NotConfirmable", "confirm_purge", "destroy_again", "move_due_date", "purge", "purge_if_due"]

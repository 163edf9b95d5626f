"""The models of retention: the base of retained records, holds, purges, canaries."""

from retention.models.canaries import CanaryRun, random_token
from retention.models.holds import AUTHORITY, Hold
from retention.models.purges import CONFIRMABLE, DeletedFile, PurgeCount, PurgeRun, Refusal
from retention.models.retained import DueDateField, Retained, RetainedQuerySet, SealDayField

__all__ = [
    "AUTHORITY",
    "CONFIRMABLE",
    "CanaryRun",
    "DeletedFile",
    "DueDateField",
    "Hold",
    "PurgeCount",
    "PurgeRun",
    "Refusal",
    "Retained",
    "RetainedQuerySet",
    "SealDayField",
    "random_token",
]

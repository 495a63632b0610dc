"""Two records made one, with a choice per field, and taken apart again.

Nothing is lost: rows follow the survivor, what only one record can have is joined by
the rule of its room (``links``), and the journal holds what it takes to undo.
"""

from .refusals import AlreadyMerged, AlreadyUndone, Archived, MergedOn, Refused, TooLate
from .undo import Undone, merged_into, undo_merge
from .verb import merge_contacts

__all__ = [
    "AlreadyMerged",
    "AlreadyUndone",
    "Archived",
    "MergedOn",
    "Refused",
    "TooLate",
    "Undone",
    "merge_contacts",
    "merged_into",
    "undo_merge",
]

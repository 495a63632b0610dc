"""The one journal: what was changed, from what to what, by whom, and its undo.

Written set-based by merge, import, bulk edit and form save; history reads it, undo
replays it backwards.
"""

from .models import Bundle, Change, Operation
from .rows import plain, restored, whole
from .undoing import revert, undo
from .writing import Entry, Stale, add, edit, record

__all__ = [
    "Bundle",
    "Change",
    "Entry",
    "Operation",
    "Stale",
    "add",
    "edit",
    "plain",
    "record",
    "restored",
    "revert",
    "undo",
    "whole",
]

"""The one journal: what was changed, from what to what, by whom, and its undo.

Written set-based by merge, import, bulk edit and form save; history reads it, undo
replays it backwards.
"""

from .models import Bundle, Change, Operation
from .reading import Page, page
from .rows import plain, restored, whole
from .undoing import revert, undo
from .writing import Entry, Stale, add, edit, record

__all__ = [
    "Bundle",
    "Change",
    "Entry",
    "Operation",
    "Page",
    "Stale",
    "add",
    "edit",
    "page",
    "plain",
    "record",
    "restored",
    "revert",
    "undo",
    "whole",
]

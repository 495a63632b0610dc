"""The same person twice on record: a warning at entry, a search, a queue of pairs."""

from .entry import Suspect, suspects
from .entry_names import KANA, NAME

__all__ = ["KANA", "NAME", "Suspect", "suspects"]

"""The same person twice on record: a warning at entry, a search, a queue of pairs."""

from .entry import KANA, NAME, Suspect, suspects

__all__ = ["KANA", "NAME", "Suspect", "suspects"]

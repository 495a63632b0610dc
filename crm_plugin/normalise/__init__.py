"""The one normaliser, called by every door: what people type, made comparable.

Visitors, staff and spreadsheets write the same thing in many ways (full width, half
width, hiragana, honorifics, old forms of a character). Nothing here ever refuses: an
empty result means that the text holds no such thing.
"""

from .accounts import account
from .figures import date, number, whole
from .names import (
    has_legal_form,
    in_order,
    name,
    organisation,
    split_name,
    staff,
    without_legal_forms,
)
from .reach import email, national, phone, postcode
from .sounds import is_kana, sound, sounds_japanese
from .words import LINKS, family_first, fold, kana, text

__all__ = [
    "LINKS",
    "account",
    "date",
    "email",
    "fold",
    "family_first",
    "has_legal_form",
    "in_order",
    "is_kana",
    "kana",
    "name",
    "national",
    "number",
    "organisation",
    "phone",
    "postcode",
    "sound",
    "sounds_japanese",
    "split_name",
    "staff",
    "text",
    "whole",
    "without_legal_forms",
]

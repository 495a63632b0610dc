"""A share of all people by lot, for tests: the same people each time it is asked."""

import datetime as dt
import hashlib
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.models import Contact

from .people import PERSON

# A prime below 2 ** 31: a product of two remainders fits a column of 64 bits. Five and
# PRIME - 1 have no common divisor, so that the fifth power gives each number once.
PRIME = 2**31 - 1


def lot(key: str) -> tuple[int, int]:
    """The factor and the shift of the draw that is called *key*."""
    digest = hashlib.sha256(key.strip().casefold().encode()).digest()
    factor = 1 + int.from_bytes(digest[:8]) % (PRIME - 1)
    return factor, int.from_bytes(digest[8:16]) % PRIME


def place(number: Any, key: str) -> Any:
    """Where *number*, or a column of numbers, falls in the draw: below ``PRIME``.

    The fifth power of an affine function modulo a prime: arithmetic that every
    database does alike. Consecutive numbers are spread evenly, and two keys draw
    independently of each other.
    """
    factor, shift = lot(key)
    start = (number % PRIME * factor + shift) % PRIME
    square = start * start % PRIME
    return square * square % PRIME * start % PRIME


@rules.register
class RandomShare(rules.Condition):
    """Goes by the number of the record: nobody changes sides while it exists."""

    name = "share"
    label = gettext_lazy("Random share")
    dated_by = gettext_lazy("the number of the record")
    icon = "cut"
    group = PERSON
    aspects = frozenset({"fields"})

    class Value(rules.ConditionBlock):
        percent = blocks.IntegerBlock(
            default=50,
            min_value=1,
            max_value=99,
            label=gettext_lazy("per cent of all people"),
        )
        key = blocks.CharBlock(
            max_length=40,
            label=gettext_lazy("name of the draw"),
            help_text=gettext_lazy(
                "The same name draws the same people again; another name draws anew."
            ),
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        drawn = place(F("pk"), value["key"] or "")
        rows = Contact.objects.alias(crm_place=drawn)
        return rows.filter(crm_place__lt=limit(value)).values("pk")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self.contacts(value, at)

    def sentence(self, value: Any) -> str:
        said = {"percent": value["percent"] or "…", "key": value["key"] or "…"}
        return _("a place among %(percent)s %% by lot (“%(key)s”)") % said

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        percent = place(contact_id, value["key"] or "") * 100 / PRIME
        return _("drawn at %(place)s of 100") % {"place": f"{percent:.2f}"}


def limit(value: Any) -> int:
    """Below which place somebody is in."""
    return PRIME * (value["percent"] or 0) // 100

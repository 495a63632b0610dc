"""A pair side by side: what each record says, and where both say the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from crm_plugin.contacts.duplicates.pairs import AGAINST, FOR
from crm_plugin.contacts.models import Contact, ContactPoint, SuspectedPair
from crm_plugin.normalise import fold
from crm_plugin.snippets.contacts.may_be import merge_url

Kind = ContactPoint.Kind


@dataclass(frozen=True)
class Line:
    """One thing that both or one of the records say."""

    label: str
    left: str
    right: str
    tells: bool = True

    @property
    def same(self) -> bool:
        """Whether both say it, and that they do tells something."""
        return self.tells and bool(self.left) and fold(self.left) == fold(self.right)


@dataclass(frozen=True)
class Shown:
    """One pair as the list shows it."""

    pair: SuspectedPair
    lines: list[Line]
    reasons: list[Any]
    against: list[Any]
    merge_url: str


def shown(pairs: Iterable[SuspectedPair]) -> list[Shown]:
    """For the template; the contacts and their points must have been fetched."""
    return [
        Shown(
            pair=pair,
            lines=lines(pair.lower, pair.higher),
            reasons=[FOR[key] for key in pair.reasons if key in FOR],
            against=[AGAINST[key] for key in pair.reasons if key in AGAINST],
            merge_url=merge_url(pair),
        )
        for pair in pairs
    ]


def lines(left: Contact, right: Contact) -> list[Line]:
    """What either record says, and nothing that both leave out."""
    found = [
        Line(_("Kana"), left.kana, right.kana),
        Line(_("Date of birth"), _day(left.birth_on), _day(right.birth_on)),
        Line(_("Phone"), *_points(left, right, Kind.PHONE)),
        Line(_("E-mail"), *_points(left, right, Kind.EMAIL)),
        Line(_("Postal address"), *_points(left, right, Kind.POSTAL)),
        Line(_("Member card"), *_points(left, right, Kind.CARD)),
        Line(_("On record since"), _since(left), _since(right), tells=False),
    ]
    return [line for line in found if line.left or line.right]


def _points(left: Contact, right: Contact, kind: str) -> tuple[str, ...]:
    """Shared values first, in one spelling, so that equal ones stand side by side."""
    sides = [
        {
            point.value_norm: point.value
            for point in contact.points.all()
            if point.kind == kind
        }
        for contact in (left, right)
    ]
    common = sides[0].keys() & sides[1].keys()
    return tuple(
        ", ".join(
            sides[0][norm] if norm in common else side[norm]
            for norm in sorted(side, key=lambda norm: norm not in common)
        )
        for side in sides
    )


def _day(day: Any) -> str:
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


def _since(contact: Contact) -> str:
    return _day(localtime(contact.created_at))

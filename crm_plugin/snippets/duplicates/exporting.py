"""The queue of pairs as a file: why each is suspected, and what either record says."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from crm_plugin import normalise
from crm_plugin.contacts.duplicates.pairs import AGAINST, FOR
from crm_plugin.contacts.models import Contact, ContactPoint, SuspectedPair
from crm_plugin.ui.exports import SLICE, table

Kind = ContactPoint.Kind
REACH = (Kind.PHONE, Kind.EMAIL, Kind.POSTAL, Kind.CARD)


def file(request: HttpRequest, pairs: QuerySet[SuspectedPair]) -> HttpResponseBase:
    """The *pairs* of one tab, all pages of it; contacts and points read per slice."""
    rows = pairs.iterator(chunk_size=SLICE)
    return table(
        request,
        "suspectedpair",
        header(),
        _rows(rows),
        count=pairs.count(),
        name="duplicates",
    )


def header() -> list[str]:
    """First what speaks for one person, then one record, then the other."""
    one = [
        _("Contact"),
        _("Kana"),
        _("Date of birth"),
        _("Phone"),
        _("E-mail"),
        _("Postal address"),
        _("Member card"),
        _("On record since"),
    ]
    words = pgettext("the second record of a pair", "%(name)s (other)")
    other = [words % {"name": said} for said in one]
    about = [_("How likely"), _("Probability"), _("Reasons"), _("Against it")]
    said = [_("Not the same since"), _("Said by")]
    return [*about, *one, *other, *said]


def _rows(pairs: Iterable[SuspectedPair]) -> Iterator[Sequence[Any]]:
    for pair in pairs:
        at = pair.dismissed_at
        yield [
            str(pair.strength.label),
            round(pair.score, 3),
            _words(pair, FOR),
            _words(pair, AGAINST),
            *_record(pair.lower),
            *_record(pair.higher),
            localtime(at).date() if at else "",
            normalise.staff(pair.dismissed_by),
        ]


def _words(pair: SuspectedPair, known: dict[str, Any]) -> str:
    return ", ".join(str(known[key]) for key in pair.reasons if key in known)


def _record(contact: Contact) -> list[Any]:
    reach = {
        kind: ", ".join(p.value for p in contact.points.all() if p.kind == kind)
        for kind in REACH
    }
    since = localtime(contact.created_at).date()
    return [contact.name, contact.kana, contact.birth_on or "", *reach.values(), since]

"""A person's own words: the newest of what they wrote or said."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from .models import Touchpoint

Kind = Touchpoint.Kind
THEIR_WORDS = (
    Kind.INQUIRY,
    Kind.COMPLAINT,
    Kind.FEEDBACK,
    Kind.FORM,
    Kind.CALL,
    Kind.VISIT,
    Kind.MEETING,
    Kind.MAIL_IN,
    Kind.LETTER,
    Kind.CHAT,
)
LONGEST = 300
# Of what we noted about a talk only what stands in quotation marks is theirs.
SPOKEN = (Kind.CALL, Kind.VISIT, Kind.MEETING)
MARKS = '「『“"'
_SAID = re.compile(f'[{MARKS}](.+?)[」』”"]', re.S)


@dataclass(frozen=True)
class Quote:
    """Their words, and the touchpoint in which they stand."""

    touchpoint: Touchpoint
    text: str


def latest(
    contact_id: int, *, user: Any, limit: int = 3, without: int | None = None
) -> list[Quote]:
    """The newest words of one contact that *user* may read; one query.

    *without* is the touchpoint that the reader has before her anyway.
    """
    rows = _rows(user).filter(contact_id=contact_id).order_by("-at", "-id")
    if without:
        rows = rows.exclude(pk=without)
    return [Quote(row, words(row)) for row in rows[:limit]]


def last_of(contact_ids: Iterable[int], *, user: Any) -> dict[int, Quote]:
    """The last words of each of these contacts; one query."""
    place = Window(
        RowNumber(),
        partition_by=F("contact_id"),
        order_by=[F("at").desc(), F("id").desc()],
    )
    rows = _rows(user).filter(contact_id__in=list(contact_ids))
    newest = rows.annotate(crm_place=place).filter(crm_place=1)
    return {row.contact_id: Quote(row, words(row)) for row in newest}


def words(row: Touchpoint) -> str:
    """What stands in quotation marks in a note of ours, else the whole text."""
    said = row.body.strip()
    if row.by_id and (marked := _SAID.findall(said)):
        said = " … ".join(part.strip() for part in marked)
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def _rows(user: Any) -> QuerySet[Touchpoint]:
    rows = Touchpoint.objects.visible_to(user).filter(
        kind__in=THEIR_WORDS, machine=False
    )
    ours = Q(by__isnull=False, kind__in=SPOKEN)
    quoted = Q()
    for mark in MARKS:
        quoted |= Q(body__contains=mark)
    rows = rows.filter(~ours | quoted)
    return rows.exclude(direction=Touchpoint.Direction.OUT).exclude(body="")

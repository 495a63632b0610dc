"""A person's own words: the newest of what they wrote or said."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet, Window
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
    Kind.MAIL_IN,
    Kind.CHAT,
)
LONGEST = 300
_SAID = re.compile("[「『“](.+?)[」』”]", re.S)


@dataclass(frozen=True)
class Quote:
    """Their words, and the touchpoint in which they stand."""

    touchpoint: Touchpoint
    text: str


def latest(contact_id: int, *, user: Any, limit: int = 3) -> list[Quote]:
    """The newest words of one contact that *user* may read; one query."""
    rows = _rows(user).filter(contact_id=contact_id).order_by("-at", "-id")
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
    return rows.exclude(direction=Touchpoint.Direction.OUT).exclude(body="")

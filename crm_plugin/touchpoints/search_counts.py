"""What visitors look for on the site, counted by word and day, without any identity."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, Q, QuerySet, Sum
from django.utils import timezone

from crm_plugin import normalise

from .models import SearchCount, SiteNote

# A day has no more words than this of any use; a flood of others is left out.
WORDS_A_DAY = 2_000
LONGEST = 60
# Addresses and numbers of people are typed into every field there is.
_PERSONAL = re.compile(r"@|\d{5,}|\d[\d\- ]{7,}\d")
# Only the name of our own table is put in.
UPSERT = """
    INSERT INTO {table} ("on", language, term, searches, without_results)
    VALUES {rows}
    ON CONFLICT ("on", language, term) DO UPDATE SET
        searches = {table}.searches + excluded.searches,
        without_results = {table}.without_results + excluded.without_results
"""
Key = tuple[dt.date, str, str]


def term_of(words: str) -> str:
    """*words* as they are counted: in one width and case; "" for personal numbers."""
    term = normalise.text(words).casefold()[:LONGEST].strip()
    return "" if _PERSONAL.search(term) else term


def add(notes: Iterable[SiteNote]) -> None:
    """Count the searches among *notes*, whoever made them; one statement."""
    counted: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    zone = timezone.get_default_timezone()
    for note in notes:
        term = term_of(note.words) if note.kind == SiteNote.Kind.SEARCH else ""
        if term:
            day = timezone.localtime(note.at, zone).date()
            entry = counted[day, note.language, term]
            entry[0] += 1
            entry[1] += note.found == 0
    _write(_within_reason(counted))


def _within_reason(counted: dict[Key, list[int]]) -> dict[Key, list[int]]:
    """Without the new words of a day that has too many already."""
    if not counted:
        return {}
    days = {day for day, _language, _term in counted}
    full = {
        day for day in days if SearchCount.objects.filter(on=day).count() >= WORDS_A_DAY
    }
    if not full:
        return counted
    rows = SearchCount.objects.filter(on__in=full)
    known = set(rows.values_list("on", "language", "term"))
    return {k: n for k, n in counted.items() if k[0] not in full or k in known}


def _write(counted: dict[Key, list[int]]) -> None:
    if not counted:
        return
    rows = sorted(counted.items())
    sql = UPSERT.format(
        table=SearchCount._meta.db_table,
        rows=", ".join(["(%s, %s, %s, %s, %s)"] * len(rows)),
    )
    day = connection.ops.adapt_datefield_value
    params = [v for (on, *rest), ns in rows for v in (day(on), *rest, *ns)]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


@dataclass(frozen=True)
class Searched:
    """One word: how often in 30, 90 and 365 days, how often for nothing, and when last.

    *without* counts the last 90 days.
    """

    term: str
    days_30: int
    days_90: int
    days_365: int
    without: int
    last_on: dt.date


def searched(*, limit: int = 100, nothing: bool = False) -> list[Searched]:
    """The words, most sought first; those that found *nothing* only. One query."""
    today = timezone.localdate(timezone=timezone.get_default_timezone())

    def since(days: int) -> Q:
        return Q(on__gt=today - dt.timedelta(days=days))

    rows: QuerySet = SearchCount.objects.filter(since(365)).order_by().values("term")
    rows = rows.annotate(
        days_30=Sum("searches", filter=since(30), default=0),
        days_90=Sum("searches", filter=since(90), default=0),
        days_365=Sum("searches"),
        without=Sum("without_results", filter=since(90), default=0),
        last_on=Max("on"),
    )
    if nothing:
        rows = rows.filter(without__gt=0).order_by("-without", "-days_90", "term")
    else:
        rows = rows.order_by("-days_90", "-days_365", "term")
    return [Searched(**row) for row in rows[:limit]]

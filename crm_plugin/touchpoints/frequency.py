"""Contact frequency: on how many days were we in contact with each other?

A contact day is one of the site's days with at least one inbound or two-way
touchpoint, whatever the channel. Mass mail and machines are never counted. Days that
higher rooms know (human clicks, uses) come through ``days_source``, what they know of
the first and the last touch through ``moments_source``.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max, Min, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from crm_plugin import queue, rules
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact

from .models import ContactFrequency, Touchpoint

SLICE = 3_000
WINDOWS = (30, 90, 365)
ASPECTS = ("touchpoints", "bookings", "responses", "uses")
Ids = Sequence[int] | QuerySet
DaysSource = Callable[[Ids, dt.datetime], QuerySet]
MomentsSource = Callable[[Ids, dt.datetime | None], QuerySet]
_inbound: list[DaysSource] = []
_outbound: list[DaysSource] = []
_moments: list[MomentsSource] = []


def days_source(function: DaysSource) -> DaysSource:
    """Register ``fn(contact_ids, since) -> QuerySet`` of further contact days.

    The QuerySet yields two columns, ``(contact_id, day)``, by ``values_list``, for the
    given contacts and not much before the moment *since*. It becomes part of one
    statement; it is never read row by row.
    """
    _inbound.append(function)
    return function


def outbound_source(function: DaysSource) -> DaysSource:
    """The same for days on which we wrote or called, person to person."""
    _outbound.append(function)
    return function


def moments_source(function: MomentsSource) -> MomentsSource:
    """Register ``fn(contact_ids, until) -> QuerySet`` of first and last moments.

    Three columns by ``values_list`` and ``annotate``: ``contact_id``, ``first_at``,
    ``last_at``; they make a touch of what has a table of its own, a purchase or a visit.
    With *until*, what came later had not happened.
    """
    _moments.append(function)
    return function


def recompute(contact_ids: Iterable[int]) -> None:
    """Count the contact days of these contacts anew, one statement per slice."""
    ids = sorted(set(contact_ids))
    for start in range(0, len(ids), SLICE):
        _recompute_slice(ids[start : start + SLICE], _today())


@dataclass(frozen=True)
class Together:
    """Contact days of several contacts taken as one: a day counts once."""

    days_30: int = 0
    days_90: int = 0
    days_365: int = 0
    before_90: int = 0
    outbound_365: int = 0


def together(contact_ids: Iterable[int]) -> Together:
    """On how many days we were in contact with at least one of them; one statement."""
    ids = sorted(set(contact_ids))[:SLICE]
    if not ids:
        return Together()
    today = _today()
    since = _since(today, WINDOWS[-1])
    theirs, their_params = _their_days(ids, since)
    ours, our_params = _compiled(
        _pairs(_ours(ids, since)), *(fn(ids, since) for fn in _outbound)
    )
    until = connection.ops.adapt_datefield_value(today)
    first = [_first(today, days) for days in WINDOWS]
    params = [*their_params, *our_params, *first, _first(today, 180), first[1]]
    with connection.cursor() as cursor:
        sql = UNION.format(theirs=theirs, ours=ours)
        cursor.execute(sql, [*params, first[-1], until, until])
        return Together(*(int(count or 0) for count in cursor.fetchone()))


def _today() -> dt.date:
    return timezone.localdate(timezone=timezone.get_default_timezone())


def _since(today: dt.date, days: int) -> dt.datetime:
    first = today - dt.timedelta(days=days - 1)
    zone = timezone.get_default_timezone()
    return dt.datetime.combine(first, dt.time.min, tzinfo=zone)


def _days(contact_ids: Ids, since: dt.datetime) -> QuerySet:
    zone = timezone.get_default_timezone()
    return (
        Touchpoint.objects.filter(contact_id__in=contact_ids, at__gte=since)
        .filter(machine=False)
        .exclude(kind=Touchpoint.Kind.NOTE)
        .annotate(day=TruncDate("at", tzinfo=zone))
    )


def _their_days(contact_ids: Ids, since: dt.datetime) -> tuple[str, list[Any]]:
    """SQL of each contact day once, of all rooms."""
    further = (source(contact_ids, since) for source in _inbound)
    return _compiled(_pairs(_theirs(contact_ids, since)), *further)


def _moments_of(contact_ids: Ids, until: dt.datetime | None) -> tuple[str, list[Any]]:
    """SQL of the first and the last moment in contact, of all rooms."""
    further = (source(contact_ids, until) for source in _moments)
    return _compiled(_touched(contact_ids, until), *further)


def _theirs(contact_ids: Ids, since: dt.datetime) -> QuerySet:
    return _days(contact_ids, since).exclude(direction=Touchpoint.Direction.OUT)


def _ours(contact_ids: Ids, since: dt.datetime) -> QuerySet:
    return _days(contact_ids, since).filter(direction=Touchpoint.Direction.OUT)


def _pairs(rows: QuerySet) -> QuerySet:
    return rows.order_by().values_list("contact_id", "day")


def by(column: str, until: dt.datetime | None) -> dict[str, dt.datetime]:
    """Filters for what had been *until* then; any time, where that is None."""
    return {} if until is None else {f"{column}__lte": until}


def _touched(contact_ids: Ids, until: dt.datetime | None) -> QuerySet:
    rows = Touchpoint.objects.filter(contact_id__in=contact_ids, machine=False)
    rows = rows.filter(**by("at", until))
    return (
        rows.exclude(direction=Touchpoint.Direction.OUT)
        .order_by()
        .values_list("contact_id")
        .annotate(first_at=Min("at"), last_at=Max("at"))
    )


def _compiled(*querysets: QuerySet) -> tuple[str, list[Any]]:
    """The querysets as one SELECT in which each row stands once."""
    pairs = [rows.query.sql_with_params() for rows in querysets]
    sql = " UNION ".join(sql for sql, _params in pairs)
    return sql, [value for _sql, params in pairs for value in params]


# These stand around compiled querysets; only names of our own tables are put in.
MOMENTS = """
    SELECT contact_id, MIN(first_at), MAX(last_at) FROM ({moments}) AS told
    GROUP BY contact_id
"""
DAYS = """
    SELECT contact_id, SUM(CASE WHEN day >= %s THEN 1 ELSE 0 END) AS days_30,
        SUM(CASE WHEN day >= %s THEN 1 ELSE 0 END) AS days_90,
        SUM(CASE WHEN day >= %s THEN 1 ELSE 0 END) AS days_365,
        SUM(CASE WHEN day >= %s AND day < %s THEN 1 ELSE 0 END) AS before_90
    FROM theirs WHERE day <= %s GROUP BY contact_id
"""
UPSERT = """
    WITH theirs (contact_id, day) AS ({theirs}),
        ours (contact_id, day) AS ({ours}),
        moments (contact_id, first_at, last_at) AS ({moments})
    INSERT INTO {frequency} (contact_id, days_30, days_90, days_365, before_90,
        outbound_365, first_at, last_at, counted_on)
    SELECT contact.id, COALESCE(inbound.days_30, 0), COALESCE(inbound.days_90, 0),
        COALESCE(inbound.days_365, 0), COALESCE(inbound.before_90, 0),
        COALESCE(outbound.days, 0),
        moments.first_at, moments.last_at, %s
    FROM {contact} contact
    LEFT JOIN ({days}) inbound ON inbound.contact_id = contact.id
    LEFT JOIN (
        SELECT contact_id, COUNT(*) AS days FROM ours
        WHERE day >= %s AND day <= %s GROUP BY contact_id
    ) outbound ON outbound.contact_id = contact.id
    LEFT JOIN moments ON moments.contact_id = contact.id
    WHERE contact.id IN ({ids})
    ON CONFLICT (contact_id) DO UPDATE SET days_30 = excluded.days_30,
        days_90 = excluded.days_90, days_365 = excluded.days_365,
        before_90 = excluded.before_90, outbound_365 = excluded.outbound_365, first_at = excluded.first_at,
        last_at = excluded.last_at, counted_on = excluded.counted_on
"""


UNION = """
    WITH theirs (contact_id, day) AS ({theirs}), ours (contact_id, day) AS ({ours}),
        days AS (SELECT DISTINCT day FROM theirs)
    SELECT SUM(CASE WHEN day >= %s THEN 1 ELSE 0 END),
        SUM(CASE WHEN day >= %s THEN 1 ELSE 0 END),
        SUM(CASE WHEN day >= %s THEN 1 ELSE 0 END),
        SUM(CASE WHEN day >= %s AND day < %s THEN 1 ELSE 0 END),
        (SELECT COUNT(DISTINCT day) FROM ours WHERE day >= %s AND day <= %s)
    FROM days WHERE day <= %s
"""


def _first(today: dt.date, days: int) -> Any:
    """The first of the last so many days, as the database has it."""
    first = today - dt.timedelta(days=days - 1)
    return connection.ops.adapt_datefield_value(first)


def _windows(today: dt.date) -> list[Any]:
    """What ``DAYS`` is given."""
    month, quarter, year = (_first(today, days) for days in WINDOWS)
    until = connection.ops.adapt_datefield_value(today)
    return [month, quarter, year, _first(today, 180), quarter, until]


def _recompute_slice(ids: list[int], today: dt.date) -> None:
    since = _since(today, WINDOWS[-1])
    theirs, their_params = _their_days(ids, since)
    ours, our_params = _compiled(
        _pairs(_ours(ids, since)), *(fn(ids, since) for fn in _outbound)
    )
    moments, moment_params = _moments_of(ids, None)
    day = connection.ops.adapt_datefield_value(today)
    sql = UPSERT.format(
        theirs=theirs,
        ours=ours,
        moments=MOMENTS.format(moments=moments),
        days=DAYS,
        frequency=ContactFrequency._meta.db_table,
        contact=Contact._meta.db_table,
        ids=", ".join(["%s"] * len(ids)),
    )
    params = [*their_params, *our_params, *moment_params, day, *_windows(today)]
    params += [_first(today, WINDOWS[-1]), day, *ids]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def days_on(day: dt.date) -> QuerySet[ContactFrequency]:
    """The contact days of everybody as they were counted on a past day."""
    theirs, params = _their_days(_everybody(), _since(day, WINDOWS[-1]))
    sql = f"WITH theirs (contact_id, day) AS ({theirs}) {DAYS}"
    columns = "contact_id, days_30, days_90, days_365, before_90"
    given = [*params, *_windows(day)]
    return rules.counted_anew(ContactFrequency, columns, sql, given)


def moments_at(at: dt.datetime) -> QuerySet[ContactFrequency]:
    """The first and the last moment in contact of everybody as they were known *at*."""
    moments, params = _moments_of(_everybody(), at)
    sql, columns = MOMENTS.format(moments=moments), "contact_id, first_at, last_at"
    return rules.counted_anew(ContactFrequency, columns, sql, params)


def _everybody() -> QuerySet:
    return Contact.objects.order_by().values("pk")


@changes.step(changes.USES + 1)
def follow_changes(by_aspect: dict[str, set[int]]) -> None:
    """The feed's step, after uses: count anew for those who were in contact."""
    recompute(set().union(*(by_aspect.get(aspect, ()) for aspect in ASPECTS)))


@queue.chore("frequency", every=3_600)
def move_windows() -> bool:
    """Once a day each window moves on: count anew who still has days in one."""
    today = _today()
    stale = ContactFrequency.objects.filter(counted_on__lt=today).exclude(
        days_365=0, outbound_365=0
    )
    ids = list(stale.values_list("contact_id", flat=True)[:SLICE])
    recompute(ids)
    return len(ids) == SLICE

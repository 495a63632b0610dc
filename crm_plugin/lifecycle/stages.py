"""Stages: exactly one at any moment, dated, computable for any past day.

Design section 5: new (no use, first touch within 90 days), prospect (no use, older),
first, second, established (3 or more), dormant (last use more than 180 days ago),
lost (540). Periods are half open: ``started_on <= day < ended_on``.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.conf import CrmSettings, setting
from crm_plugin.contacts.models import OfContactQuerySet

from .dialect import least, local_day, plus_days
from .models import Stage, StagePeriod
from .uses import slices


def current(contact_ids: Iterable[int]) -> dict[int, Stage]:
    """The stage today of each of these contacts; one query."""
    rows = StagePeriod.objects.filter(contact_id__in=contact_ids, ended_on=None)
    return {pk: Stage(stage) for pk, stage in rows.values_list("contact_id", "stage")}


def on_day(day: dt.date) -> OfContactQuerySet:
    """The periods that were open on *day*: one per contact known by then."""
    return StagePeriod.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=day), started_on__lte=day
    )


def on_days(days: Collection[tuple[int, dt.date]]) -> dict[tuple[int, dt.date], Stage]:
    """The stage of each contact on its day; one query.

    Who was not known yet on the day is new on it; of whom nothing was computed so far,
    nothing is told.
    """
    rows = StagePeriod.objects.filter(contact_id__in={contact for contact, _on in days})
    zone = timezone.get_default_timezone()
    first = min((on for _contact, on in days), default=dt.date.max)
    if first < timezone.localdate(timezone=zone):
        rows = rows.filter(Q(ended_on=None) | Q(ended_on__gt=first))
    else:
        rows = rows.filter(ended_on=None)
    periods: dict[int, list[tuple[dt.date, str]]] = defaultdict(list)
    for contact, since, stage in rows.order_by("started_on").values_list(
        "contact_id", "started_on", "stage"
    ):
        periods[contact].append((since, stage))
    return {
        (contact, on): _standing(periods[contact], on)
        for contact, on in days
        if contact in periods
    }


def _standing(periods: list[tuple[dt.date, str]], on: dt.date) -> Stage:
    begun = [stage for since, stage in periods if since <= on]
    return Stage(begun[-1] if begun else Stage.NEW)


def recompute(contact_ids: Iterable[int]) -> None:
    """Rebuild the periods of these contacts; right ones are not written.

    Needs up-to-date uses. Two statements per slice of 5,000 contacts.
    """
    conf = CrmSettings.load()
    for ids in slices(contact_ids):
        marks = ", ".join(["%s"] * len(ids))
        periods = _periods(conf).replace("{ids}", marks)
        params = ids * periods.count(marks)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"""DELETE FROM crm_plugin_stageperiod WHERE contact_id IN ({marks})
                AND (contact_id, stage, started_on, COALESCE(ended_on, '9999-12-31'))
                NOT IN (SELECT contact_id, stage, day,
                        COALESCE(until, '9999-12-31') FROM ({periods}) AS p)""",  # noqa: S608
                [*ids, *params],
            )
            cursor.execute(
                f"""INSERT INTO crm_plugin_stageperiod
                (contact_id, stage, started_on, ended_on)
                SELECT p.contact_id, p.stage, p.day, p.until FROM ({periods}) AS p
                LEFT JOIN crm_plugin_stageperiod s ON s.contact_id = p.contact_id
                AND s.started_on = p.day AND s.stage = p.stage
                WHERE s.id IS NULL""",  # noqa: S608
                params,
            )


def _periods(conf: CrmSettings) -> str:
    """SQL of ``contact_id, stage, day, until``: changes of stage, in order."""
    today = f"'{timezone.localdate().isoformat()}'"
    if connection.vendor != "sqlite":
        today = f"DATE {today}"
    return f"""
    SELECT contact_id, stage, day,
           LEAD(day) OVER (PARTITION BY contact_id ORDER BY day) AS until
    FROM (
        SELECT contact_id, stage, day, LAG(stage) OVER (
            PARTITION BY contact_id ORDER BY day) AS before
        FROM (
            SELECT contact_id, stage, day, ROW_NUMBER() OVER (
                PARTITION BY contact_id, day ORDER BY rank DESC) AS place
            FROM ({_events(conf)}) AS events WHERE day <= {today}
        ) AS last_of_day WHERE place = 1
    ) AS changes WHERE before IS NULL OR before <> stage
    """  # noqa: S608


def _events(conf: CrmSettings) -> str:
    """SQL of every day on which a stage may begin; ``rank`` wins on equal days."""
    dormant, lost = conf.dormant_after, conf.lost_after
    older = plus_days("first_day", setting("CRM_NEW_DAYS") + 1)
    asleep, gone = plus_days('u."on"', dormant + 1), plus_days('u."on"', lost + 1)
    by_number = (
        f"CASE u.number WHEN 1 THEN '{Stage.FIRST}'"
        f" WHEN 2 THEN '{Stage.SECOND}' ELSE '{Stage.ESTABLISHED}' END"
    )
    uses = """(
        SELECT contact_id, "on", number, LEAD("on") OVER (
            PARTITION BY contact_id ORDER BY "on") AS following
        FROM crm_plugin_use WHERE contact_id IN ({ids})
    ) AS u"""
    return f"""
    SELECT contact_id, '{Stage.NEW}' AS stage, first_day AS day, 0 AS rank
    FROM ({_first_days()}) AS f WHERE first_use IS NULL OR first_use > first_day
    UNION ALL
    SELECT contact_id, '{Stage.PROSPECT}', {older}, 1
    FROM ({_first_days()}) AS f WHERE first_use IS NULL OR first_use > {older}
    UNION ALL
    SELECT u.contact_id, {by_number}, u."on", 4 FROM {uses}
    UNION ALL
    SELECT u.contact_id, '{Stage.DORMANT}', {asleep}, 2
    FROM {uses} WHERE following IS NULL OR following > {asleep}
    UNION ALL
    SELECT u.contact_id, '{Stage.LOST}', {gone}, 3
    FROM {uses} WHERE following IS NULL OR following > {gone}
    """  # noqa: S608


def _first_days() -> str:
    """SQL of ``contact_id, first_day, first_use``: the earliest that we know of."""
    first = least(
        local_day("c.created_at"),
        local_day("t.at"),
        local_day("q.first_at"),
        "s.first_on",
    )
    return f"""
    SELECT c.id AS contact_id, s.first_on AS first_use, {first} AS first_day
    FROM crm_plugin_contact c
    LEFT JOIN crm_plugin_firsttouch t ON t.contact_id = c.id
    LEFT JOIN crm_plugin_contactfrequency q ON q.contact_id = c.id
    LEFT JOIN crm_plugin_contactuses s ON s.contact_id = c.id
    WHERE c.id IN ({{ids}})
    """  # noqa: S608


def overdue(limit: int = 20_000) -> list[int]:
    """Contacts whose stage ends with the calendar, without anything happening."""
    conf, today = CrmSettings.load(), timezone.localdate()
    new_until = today - dt.timedelta(days=setting("CRM_NEW_DAYS"))
    active_until = today - dt.timedelta(days=conf.dormant_after)
    asleep_until = today - dt.timedelta(days=conf.lost_after)
    using = [Stage.FIRST, Stage.SECOND, Stage.ESTABLISHED]
    rows = StagePeriod.objects.filter(
        Q(stage=Stage.NEW, started_on__lt=new_until)
        | Q(stage__in=using, contact__use_summary__last_on__lt=active_until)
        | Q(stage=Stage.DORMANT, contact__use_summary__last_on__lt=asleep_until),
        ended_on=None,
    )
    return list(rows.values_list("contact_id", flat=True)[:limit])


@queue.chore("stages", every=3600)
def move_with_the_calendar() -> bool:
    """Recompute the stages that the date alone has ended."""
    from crm_plugin.contacts import changes

    ids = overdue()
    recompute(ids)
    changes.note(ids, "stage")
    return bool(ids)

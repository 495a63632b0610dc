"""How long deals take: medians of their days, set-based on both databases."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from .dialect import days_between, local_day

# The middle one of each group, or the mean of the two in the middle.
_MEDIANS = """
WITH closed AS (
    SELECT d.id, d.contact_id, d.organisation_id, s.kind, {days} AS days
    FROM crm_plugin_deal d JOIN crm_plugin_dealstage s ON s.id = d.stage_id
    WHERE d.closed_at IS NOT NULL
), grouped AS ({groups}), ranked AS (
    SELECT which, days,
           ROW_NUMBER() OVER (PARTITION BY which ORDER BY days, id) AS place,
           COUNT(*) OVER (PARTITION BY which) AS n
    FROM grouped
)
SELECT which, MIN(n), AVG(days * 1.0)
FROM ranked WHERE place IN ((n + 1) / 2, (n + 2) / 2)
GROUP BY which ORDER BY MIN(n) DESC, which
"""
OUTCOME = "SELECT id, kind AS which, days FROM closed"
PERSON = """SELECT id, contact_id AS which, days FROM closed
    WHERE contact_id IS NOT NULL"""
ORGANISATION = """SELECT id, organisation_id AS which, days FROM closed
    WHERE organisation_id IS NOT NULL"""
# Of whoever is in the segment now.
SEGMENT = """SELECT closed.id, m.segment_id AS which, days FROM closed
    JOIN crm_plugin_segmentmembership m ON m.contact_id = closed.contact_id
    WHERE m.left_at IS NULL"""
# How long deals, closed or not, stayed in an open stage that they left.
STAGE = """SELECT p.id, p.stage_id AS which, {stay} AS days
    FROM crm_plugin_dealstageperiod p JOIN crm_plugin_dealstage s ON s.id = p.stage_id
    WHERE p.ended_at IS NOT NULL AND s.kind = 'open'"""


@dataclass(frozen=True)
class Median:
    """One group of deals: what it is, how many they are, the median of their days."""

    which: object
    count: int
    days: float


def medians(groups: str, *, limit: int | None = None) -> list[Median]:
    """The groups with most deals first; one statement, whatever the size."""
    sql = _MEDIANS.format(
        groups=groups.format(stay=_between("p.ended_at", "p.started_at")),
        days=_between("d.closed_at", "d.opened_at"),
    )
    with connection.cursor() as cursor:
        cursor.execute(sql if limit is None else f"{sql} LIMIT {int(limit)}")
        return [
            Median(which, int(n), float(days)) for which, n, days in cursor.fetchall()
        ]


def named(rows: QuerySet, groups: str, *, limit: int | None = None) -> list[Median]:
    """The same with the records themselves, as far as they are among *rows*."""
    found = medians(groups, limit=limit)
    records = rows.in_bulk([row.which for row in found])
    return [
        Median(records[row.which], row.count, row.days)
        for row in found
        if row.which in records
    ]


def _between(later: str, earlier: str) -> str:
    return days_between(local_day(later), local_day(earlier))

"""Uses: one per contact and day, from purchases (net above 0) and attended bookings.

Design section 5. A purchase that belongs to a booking counts on the booking's day, a
return on the day of what was returned; a day whose sales net to nothing and without
an attended booking is no use.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

from django.db import connection, transaction
from django.db.models import QuerySet

from crm_plugin import rules
from crm_plugin.conf import setting

from .dialect import days_between, local_day, plus_days_of
from .models import ContactUses

SLICE = 5_000


def slices(ids: Iterable[int], size: int = SLICE) -> Iterator[list[int]]:
    """*ids* in sorted portions that fit one statement's parameters."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def recompute(contact_ids: Iterable[int]) -> None:
    """Bring uses, their categories and the summaries of these contacts up to date.

    Six statements per slice of 5,000 contacts; rows that are right are not written.
    """
    for ids in slices(contact_ids):
        marks = ", ".join(["%s"] * len(ids))
        with transaction.atomic(), connection.cursor() as cursor:
            for sql in (_DELETE_USES, _UPSERT_USES, _DELETE_CATEGORIES):
                _run(cursor, sql, marks, ids)
            for sql in (_INSERT_CATEGORIES, _DELETE_SUMMARIES, _UPSERT_SUMMARIES):
                _run(cursor, sql, marks, ids)


def _run(cursor, sql: str, marks: str, ids: list[int]) -> None:
    """Fill the statement's named parts, each ``{ids}`` taking the slice once."""
    sql = sql.replace("{days}", _days()).replace("{categories}", _categories())
    sql = sql.replace("{summaries}", _summaries("contact_id IN ({ids})"))
    sql = sql.replace("{purchase_day}", _PURCHASE_DAY)
    sql = sql.replace("{booking_day}", local_day("b.starts_at"))
    count = sql.count("{ids}")
    cursor.execute(sql.replace("{ids}", marks), ids * count)


def _summaries(which: str) -> str:
    """SQL of the summary of each contact, of *which* uses."""
    sql = _SUMMARIES.replace("{gap}", days_between('"on"', "previous"))
    sql = sql.replace("{late}", plus_days_of('MAX("on")', _LATE_AFTER))
    return sql.replace("{which}", which)


def summaries_on(day: dt.date) -> QuerySet[ContactUses]:
    """The summaries of everybody as they were on a past day."""
    until = connection.ops.adapt_datefield_value(day)
    sql = _summaries('"on" <= %s')
    return rules.counted_anew(ContactUses, _COLUMNS, sql, [until] * sql.count("%s"))


def _days() -> str:
    """SQL of ``contact_id, day, amount`` by ``CRM_USE_COUNTS``."""
    counts = setting("CRM_USE_COUNTS")
    parts = {
        "purchases": [_PURCHASE_DAYS],
        "visits": [_VISIT_DAYS],
        "both": [_PURCHASE_DAYS, _VISIT_DAYS],
    }[counts]
    union = " UNION ALL ".join(parts)
    head = "SELECT contact_id, day, SUM(net) AS amount"
    return f"{head} FROM ({union}) AS parts GROUP BY contact_id, day"


def _categories() -> str:
    return f"{_LINE_CATEGORIES} UNION {_VISIT_CATEGORIES}"


_PURCHASE_DAY = 'COALESCE({booking_day}, r."on", p."on")'
_PURCHASES = """
    FROM crm_plugin_purchase p
    LEFT JOIN crm_plugin_purchase r ON r.id = p.returns_id
    LEFT JOIN crm_plugin_booking b ON b.id = COALESCE(p.booking_id, r.booking_id)
"""
_PURCHASE_DAYS = f"""
    SELECT p.contact_id, {{purchase_day}} AS day, SUM(p.amount) AS net
    {_PURCHASES}
    WHERE p.contact_id IN ({{ids}})
    GROUP BY p.contact_id, {{purchase_day}} HAVING SUM(p.amount) > 0
"""
_VISIT_DAYS = """
    SELECT b.contact_id, {booking_day} AS day, 0 AS net
    FROM crm_plugin_booking b
    WHERE b.came_at IS NOT NULL AND b.contact_id IN ({ids})
"""
_LINE_CATEGORIES = f"""
    SELECT p.contact_id, {{purchase_day}} AS day,
           COALESCE(l.category_id, product.category_id) AS category_id
    {_PURCHASES}
    JOIN crm_plugin_purchaseline l ON l.purchase_id = p.id
    LEFT JOIN crm_plugin_product product ON product.id = l.product_id
    WHERE p.contact_id IN ({{ids}}) AND p.amount > 0
      AND COALESCE(l.category_id, product.category_id) IS NOT NULL
"""
_VISIT_CATEGORIES = """
    SELECT b.contact_id, {booking_day} AS day, s.category_id
    FROM crm_plugin_booking b JOIN crm_plugin_service s ON s.id = b.service_id
    WHERE b.came_at IS NOT NULL AND s.category_id IS NOT NULL
      AND b.contact_id IN ({ids})
"""
_DELETE_USES = """
    DELETE FROM crm_plugin_use WHERE contact_id IN ({ids})
    AND (contact_id, "on") NOT IN (SELECT contact_id, day FROM ({days}) AS d)
"""
_UPSERT_USES = """
    INSERT INTO crm_plugin_use (contact_id, "on", number, amount)
    SELECT contact_id, day,
           ROW_NUMBER() OVER (PARTITION BY contact_id ORDER BY day), amount
    FROM ({days}) AS d WHERE true
    ON CONFLICT (contact_id, "on") DO UPDATE
    SET number = excluded.number, amount = excluded.amount
    WHERE crm_plugin_use.number <> excluded.number
       OR crm_plugin_use.amount <> excluded.amount
"""
_CATEGORIES_OF_USES = """
    SELECT c.contact_id, c.day, c.category_id FROM ({categories}) AS c
    JOIN crm_plugin_use u ON u.contact_id = c.contact_id AND u."on" = c.day
"""
_DELETE_CATEGORIES = f"""
    DELETE FROM crm_plugin_usecategory WHERE contact_id IN ({{ids}})
    AND (contact_id, "on", category_id) NOT IN ({_CATEGORIES_OF_USES})
"""  # noqa: S608
_INSERT_CATEGORIES = f"""
    INSERT INTO crm_plugin_usecategory (contact_id, "on", category_id)
    {_CATEGORIES_OF_USES} WHERE true
    ON CONFLICT (contact_id, "on", category_id) DO NOTHING
"""
_DELETE_SUMMARIES = """
    DELETE FROM crm_plugin_contactuses WHERE contact_id IN ({ids})
    AND contact_id NOT IN (
        SELECT contact_id FROM crm_plugin_use WHERE contact_id IN ({ids})
    )
"""
# The usual gap is the median of the days between uses, known from the third use on.
# Late is who has stayed away for more than one and a half times that gap.
_LATE_AFTER = "MIN(m.median) * 3 / 2 + 1"
_COLUMNS = "contact_id, count, first_on, last_on, usual_gap_days, late_on"
_SUMMARIES = """
    SELECT u.contact_id, COUNT(*), MIN("on"), MAX("on"), MIN(m.median), {late}
    FROM crm_plugin_use u
    LEFT JOIN (
        SELECT contact_id, CAST(SUM(gap) / COUNT(*) AS INTEGER) AS median
        FROM (
            SELECT contact_id, gap,
                   ROW_NUMBER() OVER (PARTITION BY contact_id ORDER BY gap) AS place,
                   COUNT(*) OVER (PARTITION BY contact_id) AS n
            FROM (
                SELECT contact_id, {gap} AS gap
                FROM (
                    SELECT contact_id, "on", LAG("on") OVER (
                        PARTITION BY contact_id ORDER BY "on") AS previous
                    FROM crm_plugin_use WHERE {which}
                ) AS pairs WHERE previous IS NOT NULL
            ) AS gaps
        ) AS ranked
        WHERE n >= 2 AND place IN ((n + 1) / 2, (n + 2) / 2)
        GROUP BY contact_id
    ) AS m ON m.contact_id = u.contact_id
    WHERE u.{which}
    GROUP BY u.contact_id
"""
_UPSERT_SUMMARIES = f"""
    INSERT INTO crm_plugin_contactuses ({_COLUMNS}) {{summaries}}
    ON CONFLICT (contact_id) DO UPDATE
    SET count = excluded.count, first_on = excluded.first_on,
        last_on = excluded.last_on, usual_gap_days = excluded.usual_gap_days,
        late_on = excluded.late_on
"""  # noqa: S608

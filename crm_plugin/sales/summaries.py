"""Sales of each contact: how many, how much, since when, and what came first."""

import datetime as dt
from collections.abc import Iterable, Iterator

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from crm_plugin import queue, rules
from crm_plugin.contacts import changes

from .models import ContactSales

SLICE = 5_000
WINDOW = 365

_DELETE = """
    DELETE FROM crm_plugin_contactsales WHERE contact_id IN ({ids})
    AND contact_id NOT IN (
        SELECT contact_id FROM crm_plugin_purchase WHERE contact_id IN ({ids})
    )
"""
# A sale counts once, a return not at all; both belong to the net amount. What came
# first is the dearest line of the earliest sale. SQLite compares a sum as a number
# only where it is told that it is one.
_YEAR = """
    CAST(SUM(CASE WHEN "on" >= {since} AND "on" <= {today} THEN amount ELSE 0 END)
        AS NUMERIC) AS net_365,
    SUM(CASE WHEN "on" >= {since} AND "on" <= {today} AND amount > 0
        THEN 1 ELSE 0 END) AS count_365,
    MAX(CASE WHEN amount > 0 THEN "on" END) AS last_on
"""
_UPSERT = f"""
    INSERT INTO crm_plugin_contactsales (contact_id, count, net, net_365, count_365,
        counted_on, first_on, last_on, first_item, first_category_id)
    SELECT t.contact_id, t.count, t.net, t.net_365, t.count_365, {{today}}, t.first_on,
           t.last_on, COALESCE(f.name, ''), f.category_id
    FROM (
        SELECT contact_id,
               SUM(CASE WHEN amount > 0 THEN 1 ELSE 0 END) AS count,
               SUM(amount) AS net,
               MIN(CASE WHEN amount > 0 THEN "on" END) AS first_on,
               {_YEAR}
        FROM crm_plugin_purchase WHERE contact_id IN ({{ids}}) GROUP BY contact_id
    ) AS t
    LEFT JOIN (
        SELECT p.contact_id, l.name,
               COALESCE(l.category_id, product.category_id) AS category_id,
               ROW_NUMBER() OVER (PARTITION BY p.contact_id
                   ORDER BY p.at, p.id, l.amount DESC, l.id) AS place
        FROM crm_plugin_purchase p
        JOIN crm_plugin_purchaseline l ON l.purchase_id = p.id
        LEFT JOIN crm_plugin_product product ON product.id = l.product_id
        WHERE p.contact_id IN ({{ids}}) AND p.amount > 0
    ) AS f ON f.contact_id = t.contact_id AND f.place = 1
    WHERE true
    ON CONFLICT (contact_id) DO UPDATE
    SET count = excluded.count, net = excluded.net, net_365 = excluded.net_365,
        count_365 = excluded.count_365, counted_on = excluded.counted_on,
        first_on = excluded.first_on,
        last_on = excluded.last_on, first_item = excluded.first_item,
        first_category_id = excluded.first_category_id
"""  # noqa: S608
_IN_YEAR = f"""
    SELECT contact_id, {_YEAR} FROM crm_plugin_purchase
    WHERE contact_id IS NOT NULL AND "on" >= {{since}} AND "on" <= {{today}}
    GROUP BY contact_id
"""  # noqa: S608
# A card that becomes known takes over the purchases made with its number before.
_ADOPT = """
    UPDATE crm_plugin_purchase SET contact_id = (
        SELECT MIN(c.contact_id) FROM crm_plugin_contactpoint c
        WHERE c.kind = 'card' AND c.value_norm = crm_plugin_purchase.member_number
    )
    WHERE contact_id IS NULL AND member_number <> '' AND member_number IN (
        SELECT value_norm FROM crm_plugin_contactpoint
        WHERE kind = 'card' AND contact_id IN ({ids})
    )
    RETURNING contact_id
"""


def recompute(contact_ids: Iterable[int]) -> None:
    """Bring the sales summaries of these contacts up to date; two statements a slice."""
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    upsert = _dated(_UPSERT, today)
    for ids in _slices(contact_ids):
        with transaction.atomic():
            _execute(_DELETE, ids)
            _execute(upsert, ids)


def year_until(day: dt.date) -> QuerySet[ContactSales]:
    """The sales of everybody in the 365 days up to a past day."""
    columns = "contact_id, net_365, count_365, last_on"
    return rules.counted_anew(ContactSales, columns, _dated(_IN_YEAR, day), [])


def _dated(sql: str, today: dt.date) -> str:
    since = today - dt.timedelta(days=WINDOW - 1)
    return sql.replace("{today}", _day(today)).replace("{since}", _day(since))


def _day(day: dt.date) -> str:
    """A day as SQL."""
    return f"'{day}'" if connection.vendor == "sqlite" else f"DATE '{day}'"


@queue.chore("sales", every=3_600)
def move_window() -> bool:
    """Once a day the year moves on: count anew who had, or has, sales in it."""
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    since = today - dt.timedelta(days=WINDOW - 1)
    in_year = ~Q(net_365=0) | Q(count_365__gt=0) | Q(last_on__gte=since)
    stale = ContactSales.objects.filter(in_year, counted_on__lt=today)
    ids = list(stale.values_list("contact_id", flat=True)[:SLICE])
    recompute(ids)
    changes.note(ids, "sales")
    return len(ids) == SLICE


def adopt(contact_ids: Iterable[int]) -> set[int]:
    """Give these contacts the purchases that only knew their card's number.

    Returns whose purchases changed. One statement per slice.
    """
    adopted: set[int] = set()
    for ids in _slices(contact_ids):
        adopted |= {row[0] for row in _execute(_ADOPT, ids)}
    return adopted


def _execute(sql: str, ids: list[int]) -> list[tuple]:
    marks = ", ".join(["%s"] * len(ids))
    count = sql.count("{ids}")
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("{ids}", marks), ids * count)
        return cursor.fetchall() if "RETURNING" in sql else []


def _slices(contact_ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(set(contact_ids))
    for start in range(0, len(ordered), SLICE):
        yield ordered[start : start + SLICE]

"""What staff of a crowd had to do: as much waits in every size, what is done grows.

Deals, next steps, inquiries and bookings that are closed are as many as the contacts
allow; a shop of any size keeps as many open as its staff can bear. Suspected pairs grow.
"""

from django.db import connection

from crm_plugin import models as m
from crm_plugin.sales import stages

from .loading import ago, day, fill, numbers, uuid

# So many of each noun wait, whoever many contacts there are.
WAITING = 300
STEPS_EACH, DEALS_EACH, BOOKINGS_EACH, PAIRS_EACH = 5, 20, 5, 50
TABLES = [m.FollowUp, m.Inquiry, m.Deal, m.DealPerson, m.DealStagePeriod]
TABLES += [m.Booking, m.SuspectedPair]


def build(size: int) -> None:
    _steps(size)
    _inquiries(size)
    _deals(size)
    _bookings(size)
    _pairs(size)


def _ago_if(done: str, seconds: str) -> str:
    return f"CASE WHEN {done} THEN {ago(seconds)} END"


def _steps(size: int) -> None:
    number = size // STEPS_EACH
    fill(
        m.FollowUp,
        numbers(1, number),
        contact_id=f"1 + (i * 7) % {size}",
        due_on=day("i % 700"),
        what="'Call again'",
        done_at=_ago_if(f"i > {WAITING}", "(i * 7919) % 63072000"),
        created_at=ago("0"),
    )


def _inquiries(size: int) -> None:
    """The first touchpoints of a crowd are inquiries of the first contacts."""
    number = size // STEPS_EACH
    closed = _ago_if(f"i > {WAITING}", "(i * 7919) % 63072000")
    fill(
        m.Inquiry,
        numbers(1, number),
        public_id=uuid(),
        reference="'Q-' || CAST(i AS text)",
        contact_id="i",
        touchpoint_id="i",
        subject="'A table for ' || CAST(i % 9 AS text)",
        received_at=ago("(i * 7919) % 63072000 + 7200"),
        due_at=ago("(i * 7919) % 63072000 + 3600"),
        answered_at=closed,
        closed_at=closed,
    )


def _deals(size: int) -> None:
    stages.ensure()
    by_kind = dict(m.DealStage.objects.order_by("-order").values_list("kind", "pk"))
    number = WAITING + size // DEALS_EACH
    closed = f"i > {WAITING}"
    stage = (
        f"CASE WHEN NOT {closed} THEN {by_kind['open']}"
        f" WHEN i % 3 = 0 THEN {by_kind['won']} ELSE {by_kind['lost']} END"
    )
    opened = ago("(i * 7919) % 63072000 + 86400")
    deals = numbers(1, number)
    fill(
        m.Deal,
        deals,
        id="i",
        public_id=uuid(),
        title="'Party ' || CAST(i AS text)",
        contact_id=f"1 + (i * 13) % {size}",
        amount="10000 + i % 90000",
        expected_on=day("i % 300"),
        stage_id=stage,
        opened_at=opened,
        closed_at=_ago_if(closed, "(i * 7919) % 63072000"),
        created_at=opened,
        updated_at=opened,
    )
    person = {"deal_id": "i", "contact_id": f"1 + (i * 13) % {size}"}
    fill(m.DealPerson, deals, role="'main'", **person)
    fill(m.DealStagePeriod, deals, deal_id="i", stage_id=stage, started_at=opened)


def _bookings(size: int) -> None:
    room = m.Resource.objects.create(name="Room")
    table = m.Service.objects.create(key="table", name="A table")
    table.resources.add(room)
    seconds = "(i * 7919) % 63072000"
    fill(
        m.Booking,
        numbers(1, size // BOOKINGS_EACH),
        public_id=uuid(),
        reference="'B-' || CAST(i AS text)",
        contact_id=f"1 + (i * 17) % {size}",
        service_id=str(table.pk),
        starts_at=ago(f"{seconds} + 5400"),
        ends_at=ago(seconds),
        came_at=ago(f"{seconds} + 5400"),
        created_at=ago(f"{seconds} + 86400"),
    )


def _pairs(size: int) -> None:
    empty = "'[\"same_name\"]'"
    if connection.vendor == "postgresql":
        empty += "::jsonb"
    fill(
        m.SuspectedPair,
        numbers(1, size // PAIRS_EACH),
        lower_id=f"i * {PAIRS_EACH} - 1",
        higher_id=f"i * {PAIRS_EACH}",
        score="0.5 + (i % 499) / 1000.0",
        reasons=empty,
        found_at=ago("i"),
    )

"""After any history the members are whom a refresh of everybody would choose."""

import datetime as dt
import itertools
from contextlib import suppress
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_plugin.bookings import marks
from crm_plugin.consents import ledger
from crm_plugin.contacts import archiving, changes, records
from crm_plugin.contacts.merge.refusals import Refused
from crm_plugin.contacts.merge.undo import undo_merge
from crm_plugin.contacts.merge.verb import merge_contacts
from crm_plugin.journal import Operation
from crm_plugin.models import (
    Contact,
    ContactChange,
    Deal,
    Segment,
    SegmentMembership,
)
from crm_plugin.sales import deals, edit
from crm_plugin.sales.record import Line, record_purchase
from crm_plugin.scoring.refresh import refresh as work_out
from crm_plugin.segments import graph, picks
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.segments.refresh import refresh
from crm_plugin.touchpoints import notes, ratings
from tests import factories
from tests.rules.test_against_replay import COMMON

pytestmark = pytest.mark.django_db
PEOPLE = range(4)
NUMBERS = itertools.count()


def has(name, /, **value):
    return condition(name, how="at_least", number=1, when="ever", **value)


BOUGHT = condition(
    "purchases", measure="sum", how="at_least", number=1_000, when="last", days=30
)
TALKED = has("touchpoints")
IN_BOUGHT = condition("segment", segment="bought", state="in")
POINTS = condition("attribute", attribute="points", operator="at_least", number=5)
RULES = {
    "english": [condition("language", languages=["en"])],
    "bought": [BOUGHT],
    "picked": [condition("picked", segment="picked")],
    "warm": [condition("score", score="warm", how="at_least", number=10)],
    # By its name it comes before what it rests on.
    "and-bought": [IN_BOUGHT, condition("segment", segment="english", state="out")],
    "nested": [
        group(
            "any",
            group("all", POINTS, group("none", TALKED)),
            condition("stage", stages=["first", "second"]),
            condition("consent", topic="newsletter", state="granted", channel=""),
        ),
    ],
    "left-out": [group("none", IN_BOUGHT, has("rated", which="any", scale="nps"))],
    "promising": [
        group(
            "any",
            condition("open_deal", stages=[], size="any", age="any", due="any"),
            has("bookings", kind="standing", service=""),
            condition("point", kind="email", state="any"),
        )
    ],
}


@pytest.fixture
def shop(db, stages):
    factories.AttributeFactory(key="points", type="number")
    factories.TopicFactory(key="newsletter")
    factories.ScoreFactory(
        key="warm",
        lines=[
            factories.line(TALKED, points=10, given="each"),
            factories.line(BOUGHT, points=5),
        ],
    )
    for key, rule in RULES.items():
        factories.SegmentFactory(key=key, rule=rule)
    scheme = factories.models.SegmentScheme.objects.create(key="abc", name="A/B")
    factories.SegmentFactory(scheme=scheme, key="a", rule=[BOUGHT])
    factories.SegmentFactory(scheme=scheme, key="b", rest=True)
    service = factories.ServiceFactory()
    for number in PEOPLE:
        factories.ContactFactory(language="ja", email=f"{number}@mail.example")
    ids = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    for segment in in_order():
        refresh(segment)
    return {"ids": ids, "by": User.objects.create_user("sato"), "service": service}


def in_order():
    segments = list(Segment.objects.all())
    return graph.ordered(segments, graph.needs_of(segments))


def buy(contact, number, shop):
    record_purchase(
        contact=contact,
        at=timezone.now() - dt.timedelta(days=20 * number),
        lines=[Line("cake", Decimal(600))],
        by=shop["by"],
    )


def give_purchase_up(contact, number, shop):
    if bought := contact.purchases.first():
        edit.remove_purchase(bought, by=shop["by"])


def set_value(contact, number, shop):
    value = {"attribute.points": [None, 4, 9][number]}
    records.apply_values(contact, value, by=shop["by"])


def set_language(contact, number, shop):
    language = {"contact.language": ["ja", "en", ""][number]}
    records.apply_values(contact, language, by=shop["by"])


def talk(contact, number, shop):
    happened = ["visit", "call_in", "mail_in"][number]
    said = {"summary": "Menu", "key": f"talk-{next(NUMBERS)}", "by": shop["by"]}
    notes.write_down(contact, happened, **said)


def rate(contact, number, shop):
    ratings.rate(contact, None, {"nps": number}, key=f"rating-{next(NUMBERS)}")
    changes.note([contact.pk], "touchpoints")


def book(contact, number, shop):
    starts_at = timezone.now() + dt.timedelta(days=number - 1, hours=1)
    service = shop["service"]
    factories.BookingFactory(contact=contact, service=service, starts_at=starts_at)
    changes.note([contact.pk], "bookings")


def mark(contact, number, shop):
    open_ones = contact.bookings.filter(cancelled_at=None)
    if booking := open_ones.first():
        [marks.came, marks.no_show, marks.cancel][number](booking, by=shop["by"])


def consent(contact, number, shop):
    point = contact.points.first()
    topic = factories.models.Topic.objects.get()
    if point is None:
        return
    if number:
        basis = {"basis": "paper", "note": "", "by": shop["by"]}
        ledger.attest([point.pk], topic, **basis)
    else:
        ledger.withdraw(point, topic=topic, source="staff")


def merge(contact, number, shop):
    others = Contact.objects.filter(archived_at=None).exclude(pk=contact.pk)
    other = others.order_by("pk").last()
    if other is not None and not contact.archived_at:
        merge_contacts(contact, other, by=shop["by"])


def part(contact, number, shop):
    merged = Operation.objects.filter(kind="merge", undone_at=None).order_by("pk")
    if last := merged.last():
        with suppress(Refused):
            undo_merge(last, by=shop["by"])


def archive(contact, number, shop):
    archiving.archive(contact, by=shop["by"])


def bring_back(contact, number, shop):
    archiving.bring_back(contact, by=shop["by"])


def pick(contact, number, shop):
    picks.pick(Segment.objects.get(key="picked"), [contact.pk], by=shop["by"])


def unpick(contact, number, shop):
    picks.unpick(Segment.objects.get(key="picked"), [contact.pk], by=shop["by"])


def deal(contact, number, shop):
    deals.open_deal("Wedding", contact=contact, by=shop["by"])


def win(contact, number, shop):
    open_ones = Deal.objects.filter(contact=contact, closed_at=None)
    if first := open_ones.first():
        deals.win(first, by=shop["by"])


def drain(*_who):
    while changes.drain():
        pass


ACTS = [
    *(buy, give_purchase_up, set_value, set_language, talk, rate, book, mark, consent),
    *(merge, part, archive, bring_back, pick, unpick, deal, win, drain, drain),
]
STEP = st.tuples(
    st.sampled_from(ACTS),
    st.sampled_from(PEOPLE),
    st.integers(min_value=0, max_value=2),
)
HISTORY = st.lists(STEP, min_size=1, max_size=12)


def comes_out_the_same(history, shop):
    for act, who, number in history:
        person = Contact.objects.filter(pk=shop["ids"][who]).first()
        if person is not None:
            act(person, number, shop)
    drain()
    assert not ContactChange.objects.exists()
    moved = [score for score in factories.models.Score.objects.all() if work_out(score)]
    assert moved == []
    for segment in in_order():
        stays = SegmentMembership.objects.filter(segment=segment, left_at=None)
        segment.refresh_from_db()
        assert segment.size == stays.count(), segment.key
        done = refresh(segment)
        assert (segment.key, done.entered, done.left) == (segment.key, 0, 0)


def tell(history, shop):
    """One history, and as if it had not been: each begins with the same four people."""
    with transaction.atomic():
        comes_out_the_same(history, shop)
        transaction.set_rollback(True)


@settings(max_examples=15, **COMMON)
@given(history=HISTORY)
def test_changed_contacts_end_where_everybody_ends(shop, history):
    tell(history, shop)


@pytest.mark.slow
@pytest.mark.database
@settings(max_examples=100 if connection.vendor == "postgresql" else 300, **COMMON)
@given(history=HISTORY)
def test_hundreds_of_histories_end_where_everybody_ends(shop, history):
    tell(history, shop)

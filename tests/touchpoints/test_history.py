import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm_plugin.models import Touchpoint
from crm_plugin.touchpoints import follow_ups, history, inquiries
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def at(minutes):
    return NOW - dt.timedelta(minutes=minutes)


def touch(contact, minutes, **more):
    return factories.TouchpointFactory(contact=contact, at=at(minutes), **more)


def test_the_newest_comes_first(contact, owner):
    touch(contact, 3, summary="old")
    touch(contact, 1, summary="new")
    titles = [entry.title for entry in history.story(contact, user=owner)]
    assert titles == ["new", "old"]


def test_pages_join_without_gap_or_double(contact, owner):
    expected = [f"{n}" for n in range(7)]
    for n in expected:
        touch(contact, int(n), summary=n)
    seen, before = [], None
    while page := history.story(contact, user=owner, before=before, limit=3):
        seen += [entry.title for entry in page]
        before = page[-1].at
    assert seen == expected


def test_entries_of_the_same_moment_stay_on_one_page(contact, owner):
    for _n in range(4):
        touch(contact, 1)
    assert len(history.story(contact, user=owner, limit=2)) == 4


def test_other_contacts_stay_out(contact, owner):
    touch(factories.ContactFactory(), 1)
    assert history.story(contact, user=owner) == []


def test_nothing_without_the_right(contact, outsider):
    touch(contact, 1)
    assert history.story(contact, user=outsider) == []


def test_an_inquiry_shows_what_she_wrote_and_on_which_page(contact, owner):
    touch(
        contact,
        1,
        kind="inquiry",
        summary="Inquiry",
        body="For 20 people?",
        page_title="Contact us",
        answers=[{"label": "Occasion", "text": "Family"}, {"label": "x", "text": ""}],
        unverified=True,
    )
    (entry,) = history.story(contact, user=owner)
    assert (entry.body, entry.page_title) == ("For 20 people?", "Contact us")
    assert entry.details == (("Occasion", "Family"),)
    assert entry.unverified


def test_an_answered_inquiry_stands_in_the_story(contact, owner):
    inquiry = factories.InquiryFactory(contact=contact, reference="Q-7")
    inquiries.close(inquiry, by=owner)
    (entry,) = history.story(contact, user=owner)
    assert entry.title == "Inquiry Q-7 answered"
    assert entry.by == owner


def test_a_step_that_was_done_stands_in_the_story(contact, owner):
    said = {"what": "Call her", "phase": "sales"}
    step = follow_ups.plan(contact, due_on=NOW.date(), **said)
    follow_ups.done(step, by=owner, outcome="reached")
    (entry,) = history.page(
        contact, user=owner, wanted=history.Wanted(phase="sales")
    ).entries
    assert (entry.title, entry.body) == ("Follow-up done: Call her", "reached")


WANTED = [
    ({"kinds": ("call", "mail_")}, ["call", "letter"]),
    ({"channel": "shop"}, ["visit"]),
    ({"phase": "support"}, ["call"]),
    ({"text": "ランチ"}, ["call", "visit"]),
    ({"text": "らんち"}, ["call", "visit"]),
    ({"text": "ﾗﾝﾁ"}, ["call", "visit"]),
    ({"text": "FAMILY"}, ["form"]),
    ({"text": "postcard"}, ["postcard"]),
    ({"text": "100%"}, []),
    ({"kinds": ("call",), "phase": "support", "text": "ランチ"}, ["call"]),
    ({"kinds": ("call",), "channel": "shop"}, []),
]


@pytest.mark.parametrize(("wanted", "kinds"), WANTED)
def test_it_is_narrowed_by_kind_channel_phase_and_text(contact, owner, wanted, kinds):
    touch(contact, 1, kind="call", phase="support", summary="ランチの予約")
    touch(contact, 2, kind="visit", channel="shop", body="らんちを召し上がった")
    touch(contact, 3, kind="mail_out", channel="email", summary="Thanks")
    answers = [{"label": "Occasion", "text": "Family"}]
    touch(contact, 4, kind="form", channel="web", answers=answers)
    touch(contact, 5, kind="postcard", channel="post", summary="")
    names = {"mail_out": "letter"}
    found = history.page(contact, user=owner, wanted=history.Wanted(**wanted))
    shown = [names.get(entry.kind, entry.kind) for entry in found.entries]
    assert shown == kinds
    assert found.more is None


def test_narrowed_pages_join_without_gap_or_double(contact, owner):
    for n in range(60):
        touch(contact, n, kind="call" if n % 3 else "visit", summary=str(n))
        factories.PurchaseFactory(contact=contact, at=at(n))
    wanted = history.Wanted(text="1", kinds=("call", "purchase"))
    seen, before = [], None
    while True:
        page = history.page(
            contact, user=owner, before=before, limit=4, wanted=wanted, reach=10
        )
        seen += [entry.title for entry in page.entries]
        if (before := page.more) is None:
            break
    assert seen == [str(n) for n in range(60) if n % 3 and "1" in str(n)]


def test_a_source_that_cannot_tell_it_is_not_asked(
    contact, owner, django_assert_num_queries
):
    touch(contact, 1, phase="sales")
    # Touchpoints, steps, and bookings (made, moved, waited for) have a phase.
    with django_assert_num_queries(5):
        history.page(contact, user=owner, wanted=history.Wanted(phase="sales"))


def test_five_thousand_entries_cost_as_many_queries_as_fifty(contact, owner):
    def cost(wanted):
        with CaptureQueriesContext(connection) as queries:
            history.page(contact, user=owner, wanted=wanted, reach=150)
        return len(queries)

    kinds = [history.EVERYTHING, history.Wanted(text="rare")]
    touch(contact, 9_999, summary="rare")
    few = [cost(wanted) for wanted in kinds]
    Touchpoint.objects.bulk_create(
        Touchpoint(contact=contact, kind="call", channel="phone", at=at(n), summary="x")
        for n in range(5_000)
    )
    assert [cost(wanted) for wanted in kinds] == few


@pytest.mark.parametrize("name", ["touchpoints", "inquiries", "follow-ups", "bookings"])
def test_a_source_asks_one_query_however_long_the_story(
    contact, owner, django_assert_num_queries, name
):
    for n in range(5):
        touch(contact, n)
        inquiry = factories.InquiryFactory(contact=contact)
        inquiries.close(inquiry, by=owner)
        factories.BookingFactory(contact=contact, came_at=NOW)
    with django_assert_num_queries(1):
        history._sources[name](contact.pk, before=None, limit=50, user=owner)

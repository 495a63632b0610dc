import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_plugin import queue, rules
from crm_plugin.contacts import changes, values
from crm_plugin.models import (
    AttributeDefinition,
    Contact,
    Segment,
    SegmentMembership,
    SegmentRefresh,
)
from crm_plugin.segments import membership, refresh
from crm_plugin.segments.ready_made import condition, group
from tests import factories

pytestmark = pytest.mark.django_db
ASLEEP = [
    condition("last_use", when="before", days=180),
    group("none", condition("open_inquiry", kind="complaint")),
]
ENGLISH = [condition("language", languages=["en"])]


@pytest.fixture
def english():
    return factories.SegmentFactory(key="english", rule=ENGLISH)


def members(segment):
    stays = SegmentMembership.objects.filter(segment=segment, left_at=None)
    return set(stays.values_list("contact_id", flat=True))


def test_a_full_refresh_lets_in_who_matches(english):
    guest = factories.ContactFactory(language="en")
    factories.ContactFactory(language="ja")
    done = refresh.refresh(english)
    assert members(english) == {guest.pk}
    assert (done.entered, done.left, done.size) == (1, 0, 1)


def test_who_no_longer_matches_keeps_a_dated_stay(english):
    guest = factories.ContactFactory(language="en")
    refresh.refresh(english)
    type(guest).objects.update(language="ja")
    refresh.refresh(english)
    stay = SegmentMembership.objects.get(segment=english)
    assert stay.entered_at < stay.left_at


def test_who_comes_back_has_two_stays(english):
    guest = factories.ContactFactory(language="en")
    for language in ("en", "ja", "en"):
        type(guest).objects.update(language=language)
        refresh.refresh(english)
    assert english.memberships.count() == 2
    assert members(english) == {guest.pk}


def test_an_unchanged_refresh_writes_no_stay(english):
    factories.ContactFactory.create_batch(3, language="en")
    refresh.refresh(english)
    before = list(english.memberships.order_by("contact").values())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        done = refresh.refresh(english)
    assert (done.entered, done.left) == (0, 0)
    assert list(english.memberships.order_by("contact").values()) == before
    if connection.vendor == "sqlite":
        table = SegmentMembership._meta.db_table
        assert not [
            query["sql"]
            for query in queries
            if query["sql"].startswith(
                (f"INSERT OR IGNORE INTO {table}", f"UPDATE {table}")
            )
        ]


def test_the_number_of_statements_does_not_follow_the_number_of_contacts(english):
    def statements():
        with CaptureQueriesContext(connection) as queries:
            refresh.refresh(english)
        return len(queries)

    factories.ContactFactory.create_batch(2, language="en")
    few = statements()
    factories.ContactFactory.create_batch(20, language="en")
    assert statements() == few


def test_slices_write_everybody_once(english, monkeypatch):
    monkeypatch.setattr("crm_plugin.segments.intervals.SLICE", 2)
    monkeypatch.setattr("crm_plugin.segments.intervals.BREATH", 0)
    guests = factories.ContactFactory.create_batch(5, language="en")
    refresh.refresh(english)
    assert members(english) == {guest.pk for guest in guests}


def test_a_changed_contact_moves_without_a_full_refresh(english):
    guest, other = factories.ContactFactory.create_batch(2, language="ja")
    type(guest).objects.filter(pk=guest.pk).update(language="en")
    type(guest).objects.filter(pk=other.pk).update(language="en")
    changes.note([guest.pk], "fields")
    changes.drain()
    assert members(english) == {guest.pk}


def test_the_size_follows_the_changes(english):
    guest = factories.ContactFactory(language="en")
    refresh.refresh_contacts([guest.pk], {"fields"})
    english.refresh_from_db()
    assert english.size == 1


def test_a_rule_about_other_things_is_not_asked(english):
    guest = factories.ContactFactory(language="en")
    assert refresh.refresh_contacts([guest.pk], {"bookings"}) == 0
    assert members(english) == set()


def test_a_new_contact_enters_what_asks_for_nothing():
    unused = factories.SegmentFactory(rule=[condition("uses", how="none")])
    guest = factories.ContactFactory()
    refresh.refresh_contacts([guest.pk], {"fields"})
    assert members(unused) == {guest.pk}


def test_an_archived_contact_leaves(english):
    guest = factories.ContactFactory(language="en")
    refresh.refresh(english)
    type(guest).objects.update(archived_at=timezone.now())
    refresh.refresh_contacts([guest.pk], {"fields"})
    assert members(english) == set()


def test_what_a_segment_rests_on_is_worked_out_before_it(english):
    """However the worker takes them: the one that rests on it was asked for first."""
    rests = factories.SegmentFactory(
        key="a", rule=[condition("segment", segment="english", state="out")]
    )
    factories.ContactFactory(language="en")
    other = factories.ContactFactory(language="ja")
    refresh.start(rests)
    refresh.start(english)
    entered = []
    while queue.running.run_once("segment", seconds=20):
        entered.append(members(rests))
    assert entered[0] == {other.pk}
    assert SegmentMembership.objects.filter(segment=rests).count() == 1


def test_a_segment_that_rests_on_another_follows_in_the_same_pass(english):
    rests = factories.SegmentFactory(
        key="a-first-by-name", rule=[condition("segment", segment="english")]
    )
    guest = factories.ContactFactory(language="en")
    refresh.refresh_contacts([guest.pk], {"fields"})
    assert members(rests) == {guest.pk}


def test_the_cost_of_a_change_does_not_follow_the_number_of_contacts(english):
    def statements(guest):
        with CaptureQueriesContext(connection) as queries:
            refresh.refresh_contacts([guest.pk], {"fields"})
        return len(queries)

    few = statements(factories.ContactFactory(language="en"))
    factories.ContactFactory.create_batch(20, language="en")
    assert statements(factories.ContactFactory(language="en")) == few


def test_the_clock_refreshes_rules_about_days():
    asleep = factories.SegmentFactory(rule=ASLEEP)
    guest = factories.ContactFactory()
    factories.uses(guest, 180)
    refresh.refresh(asleep)
    assert members(asleep) == set()
    tomorrow = timezone.now() + dt.timedelta(days=1)
    with time_machine.travel(tomorrow, tick=False):
        queue.run_due("segments")
    assert members(asleep) == {guest.pk}
    assert asleep.refreshes.last().kind == SegmentRefresh.Kind.CLOCK


def test_the_clock_leaves_other_rules_alone(english):
    refresh.refresh(english)
    with time_machine.travel(timezone.now() + dt.timedelta(days=2), tick=False):
        assert refresh.refresh_by_clock() is False


def test_a_broken_rule_keeps_the_members_it_had():
    value = factories.taste(factories.ContactFactory(), "lunch")
    liking = factories.SegmentFactory(
        rule=[condition("attribute", attribute="taste", operator="filled")]
    )
    refresh.refresh(liking)
    value.definition.active = False
    value.definition.save()
    with pytest.raises(rules.BrokenRule):
        refresh.refresh(liking)
    assert members(liking) == {value.owner_id}


def test_publishing_refreshes_in_the_worker():
    guest = factories.ContactFactory(language="en")
    segment = Segment.objects.create(name="English", rule=ENGLISH, live=False)
    segment.save_revision().publish()
    queue.run_due("segment")
    segment.refresh_from_db()
    assert members(segment) == {guest.pk}
    assert segment.size == 1


def test_unpublishing_lets_everybody_leave(english):
    factories.ContactFactory(language="en")
    refresh.refresh(english)
    english.unpublish()
    queue.run_due("segment")
    assert members(english) == set()


def test_publishing_an_old_draft_keeps_what_the_refresh_wrote(english):
    revision = english.save_revision()
    factories.ContactFactory(language="en")
    refresh.refresh(english)
    revision.publish()
    english.refresh_from_db()
    assert english.size == 1


def test_current_names_the_segments_in_force(english):
    guest = factories.ContactFactory(language="en")
    refresh.refresh(english)
    off = factories.SegmentFactory(rule=ENGLISH)
    refresh.refresh(off)
    Segment.objects.filter(pk=off.pk).update(active=False)
    assert membership.current([guest.pk]) == {guest.pk: {english.pk}}


def test_changes_in_any_order_end_where_a_full_refresh_ends():
    rule = [
        group(
            "any",
            *ENGLISH,
            group("none", condition("uses", how="at_least"), condition("open_inquiry")),
        )
    ]
    segment = factories.SegmentFactory(rule=rule)
    guests = factories.ContactFactory.create_batch(4, language="ja")
    refresh.refresh(segment)
    factories.uses(guests[0], 5)
    refresh.refresh_contacts([guests[0].pk], {"uses"})
    factories.InquiryFactory(contact=guests[1])
    refresh.refresh_contacts([guests[1].pk], {"touchpoints"})
    type(guests[1]).objects.filter(pk=guests[1].pk).update(language="en")
    refresh.refresh_contacts([guests[1].pk], {"fields"})
    incremental = members(segment)
    done = refresh.refresh(segment)
    assert (done.entered, done.left) == (0, 0)
    assert members(segment) == incremental == {guest.pk for guest in guests[1:]}


class TestFrozen:
    """A published rule that broke freezes its members, says so, and thaws again."""

    @pytest.fixture
    def broken(self, contact):
        definition = factories.AttributeFactory(key="taste", label="Taste", type="text")
        values.write({contact.pk: {"taste": "wine"}}, by=None)
        filled = condition("attribute", attribute="taste", operator="filled")
        segment = factories.SegmentFactory(rule=[filled], live=True)
        refresh.refresh(segment)
        type(definition).objects.update(active=False)
        return segment

    def test_its_members_stay_and_the_dashboard_says_so(
        self, broken, contact, client, owner
    ):
        with pytest.raises(rules.BrokenRule):
            refresh.refresh(broken)
        refresh.refresh_contacts([contact.pk], ["attributes"])
        assert members(broken) == {contact.pk}
        client.force_login(owner)
        home = client.get(reverse("crm_home:index")).text
        assert "Segments and scores that stand still" in home
        assert str(broken) in home
        page = client.get(reverse("crm_segment:inspect", args=[broken.pk])).text
        assert "the members stay as they were" in page

    def test_it_is_tried_again_each_day_and_catches_up(self, broken):
        with pytest.raises(rules.BrokenRule):
            refresh.refresh(broken)
        AttributeDefinition.objects.update(active=True)
        late = factories.ContactFactory()
        values.write({late.pk: {"taste": "beer"}}, by=None)
        Segment.objects.update(next_change_at=timezone.now())
        assert refresh.refresh_by_clock()
        broken.refresh_from_db()
        assert broken.frozen_at is None
        assert late.pk in members(broken)

    def test_who_changed_while_it_stood_still_is_caught_up_with(self, broken, contact):
        with pytest.raises(rules.BrokenRule):
            refresh.refresh(broken)
        AttributeDefinition.objects.update(active=True)
        missed = factories.ContactFactory()
        values.write({missed.pk: {"taste": "beer"}}, by=None)
        refresh.refresh_contacts([contact.pk], ["attributes"])
        queue.run_due("segment")
        assert missed.pk in members(broken)

    def test_nothing_stands_still_without_a_reason(self, contact, client, owner):
        refresh.refresh(factories.SegmentFactory(rule=ENGLISH, live=True))
        client.force_login(owner)
        assert "stand still" not in client.get(reverse("crm_home:index")).text


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite joins nothing")
def test_who_leaves_a_segment_that_is_new_to_the_database_is_found_at_once(english):
    """When the stays were last counted there were none of this segment."""
    guests = Contact.objects.bulk_create(
        Contact(family_name=f"Guest {number}", language="en") for number in range(5_000)
    )
    other = factories.SegmentFactory(key="other")
    SegmentMembership.objects.bulk_create(
        SegmentMembership(segment=other, contact=guest, entered_at=timezone.now())
        for guest in guests
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE crm_plugin_segmentmembership")
        refresh.refresh(english)
        half = [guest.pk for guest in guests[::2]]
        Contact.objects.filter(pk__in=half).update(language="ja")
        cursor.execute("SET LOCAL statement_timeout = '1s'")
        assert refresh.refresh(english).left == len(half)

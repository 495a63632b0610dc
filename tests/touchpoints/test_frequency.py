import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from crm_plugin import models, queue
from crm_plugin.contacts import changes
from crm_plugin.touchpoints import by_channel, frequency
from crm_plugin.touchpoints.models import ContactFrequency, Touchpoint
from tests import factories

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
NOW = dt.datetime(2026, 5, 20, 12, 0, tzinfo=TOKYO)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def touch(contact, days, *, hours=0, **more):
    at = NOW - dt.timedelta(days=days, hours=hours)
    return factories.TouchpointFactory(contact=contact, at=at, **more)


def count(contact):
    frequency.recompute([contact.pk])
    row = ContactFrequency.objects.get(contact=contact)
    return row.days_30, row.days_90, row.days_365


def test_two_calls_on_one_day_are_one_contact_day(contact):
    touch(contact, 0)
    touch(contact, 0, hours=1)
    assert count(contact) == (1, 1, 1)


def test_days_are_the_days_of_the_site(contact):
    midnight = dt.datetime(2026, 5, 10, 0, 0, tzinfo=TOKYO)
    for minutes in (-1, 1):
        at = midnight + dt.timedelta(minutes=minutes)
        factories.TouchpointFactory(contact=contact, at=at)
    assert count(contact) == (2, 2, 2)


def test_the_windows_hold_30_90_and_365_days(contact):
    for days in (0, 29, 30, 89, 90, 364, 365):
        touch(contact, days)
    assert count(contact) == (2, 4, 6)


def test_what_we_sent_stands_beside_and_is_not_counted(contact):
    touch(contact, 1, direction="out")
    assert count(contact) == (0, 0, 0)
    assert ContactFrequency.objects.get().outbound_365 == 1


def test_a_two_way_contact_counts(contact):
    touch(contact, 1, direction="both")
    assert count(contact) == (1, 1, 1)


def test_machines_are_never_counted(contact):
    touch(contact, 1, kind="click", machine=True)
    assert count(contact) == (0, 0, 0)


def test_an_attended_booking_is_a_contact_day(contact):
    factories.BookingFactory(contact=contact, starts_at=NOW, came_at=NOW)
    factories.BookingFactory(contact=contact, starts_at=NOW - dt.timedelta(days=3))
    assert count(contact) == (1, 1, 1)


def test_a_day_known_from_two_rooms_counts_once(contact):
    factories.BookingFactory(contact=contact, starts_at=NOW, came_at=NOW)
    touch(contact, 0)
    assert count(contact) == (1, 1, 1)


def test_the_first_and_the_last_moment_are_kept(contact):
    first, last = touch(contact, 500), touch(contact, 1)
    frequency.recompute([contact.pk])
    row = ContactFrequency.objects.get()
    assert (row.first_at, row.last_at) == (first.at, last.at)


def test_a_purchase_a_visit_and_a_click_are_touches(contact):
    old, new = NOW - dt.timedelta(days=900), NOW - dt.timedelta(days=2)
    factories.PurchaseFactory(contact=contact, at=old, on=old.date())
    frequency.recompute([contact.pk])
    assert ContactFrequency.objects.get().last_at == old
    factories.BookingFactory(contact=contact, starts_at=new, came_at=new)
    factories.PurchaseFactory(contact=contact, at=NOW, on=NOW.date(), amount=-500)
    frequency.recompute([contact.pk])
    row = ContactFrequency.objects.get()
    assert (row.first_at, row.last_at) == (old, new)
    delivery = factories.DeliveryFactory(contact=contact)
    models.Response.objects.create(delivery=delivery, kind="click", at=NOW)
    frequency.recompute([contact.pk])
    assert ContactFrequency.objects.get().last_at == NOW


def test_a_removed_touchpoint_leaves_the_count(contact):
    touch(contact, 1)
    assert count(contact) == (1, 1, 1)
    Touchpoint.objects.all().delete()
    assert count(contact) == (0, 0, 0)


def test_any_number_of_contacts_costs_one_statement(django_assert_num_queries):
    contacts = [factories.ContactFactory() for _n in range(5)]
    for person in contacts:
        touch(person, 1)
    with django_assert_num_queries(1):
        frequency.recompute([person.pk for person in contacts])
    assert ContactFrequency.objects.filter(days_30=1).count() == 5


def test_the_change_feed_counts_who_was_in_contact(contact):
    touch(contact, 0)
    changes.note([contact.pk], "touchpoints")
    changes.drain()
    assert ContactFrequency.objects.get().days_30 == 1


def test_the_windows_move_on_by_themselves(contact):
    touch(contact, 29)
    assert count(contact) == (1, 1, 1)
    with time_machine.travel(NOW + dt.timedelta(days=1)):
        frequency.move_windows()
    assert ContactFrequency.objects.get().days_30 == 0


def test_it_tells_the_days_by_channel(contact):
    touch(contact, 1)
    touch(contact, 2)
    touch(contact, 2, channel="shop")
    touch(contact, 40, channel="email", direction="out")
    rows = by_channel.of(contact.pk)
    assert [(row.channel, row.figures) for row in rows] == [
        ("phone", [(2, 0), (2, 0), (2, 0)]),
        ("shop", [(1, 0), (1, 0), (1, 0)]),
        ("email", [(0, 0), (0, 1), (0, 1)]),
    ]


def test_a_purchase_and_a_visit_count_by_their_channel_in_one_query(
    contact, django_assert_num_queries
):
    factories.PurchaseFactory(contact=contact, at=NOW, on=NOW.date(), channel="web")
    factories.BookingFactory(contact=contact, starts_at=NOW, came_at=NOW)
    with django_assert_num_queries(1):
        found = {row.channel: row.theirs[30] for row in by_channel.of(contact.pk)}
    assert found == {"web": 1, "shop": 1}


def test_it_tells_the_90_days_before_the_last_90(contact):
    for days in (0, 89, 90, 91, 179, 180):
        touch(contact, days)
    count(contact)
    assert ContactFrequency.objects.get().before_90 == 3


def test_the_queue_knows_the_chore():
    assert "frequency" in queue.run_due("frequency")


def test_all_channels_together_count_a_day_once_and_agree_with_the_summary(contact):
    touch(contact, 1)
    touch(contact, 1, channel="shop")
    touch(contact, 2, channel="email", direction="out")
    touch(contact, 2, channel="phone", direction="out")
    touch(contact, 40, channel="email", direction="out")
    factories.PurchaseFactory(contact=contact, at=NOW, on=NOW.date(), channel="web")
    factories.BookingFactory(contact=contact, starts_at=NOW, came_at=NOW)
    together = by_channel.of(contact.pk).together
    assert together.figures == [(2, 1), (2, 2), (2, 2)]
    assert count(contact) == (2, 2, 2)
    assert ContactFrequency.objects.get().outbound_365 == 2


def test_nobody_has_no_channels():
    assert by_channel.of().together.figures == [(0, 0)] * 3

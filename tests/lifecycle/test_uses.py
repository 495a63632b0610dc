import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin.lifecycle import uses
from crm_plugin.models import ContactUses, PurchaseLine, Use, UseCategory
from tests import factories

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 5, 10)


def at(day, hour=12):
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


def days_of(contact):
    return list(
        Use.objects.filter(contact=contact).order_by("on").values_list("on", flat=True)
    )


def buy(contact, day=DAY, amount=1000, **extra):
    return factories.PurchaseFactory(
        contact=contact, at=at(day), amount=amount, **extra
    )


def visit(contact, day=DAY, **extra):
    start = at(day, 19)
    return factories.BookingFactory(
        contact=contact, starts_at=start, came_at=start, **extra
    )


def test_two_purchases_and_a_visit_on_one_day_are_one_use(contact):
    buy(contact)
    buy(contact, amount=300)
    visit(contact)
    uses.recompute([contact.pk])
    assert Use.objects.get().amount == 1300


def test_a_purchase_of_a_booking_counts_on_the_booking_s_day(contact):
    booking = visit(contact)
    buy(contact, day=DAY + dt.timedelta(days=3), booking=booking)
    uses.recompute([contact.pk])
    assert days_of(contact) == [DAY]


def test_a_returned_purchase_is_no_use(contact):
    bought = buy(contact)
    buy(contact, day=DAY + dt.timedelta(days=2), amount=-1000, returns=bought)
    uses.recompute([contact.pk])
    assert days_of(contact) == []


def test_a_late_evening_booking_belongs_to_the_site_s_day(contact):
    start = at(DAY, 23) + dt.timedelta(minutes=30)
    factories.BookingFactory(contact=contact, starts_at=start, came_at=start)
    uses.recompute([contact.pk])
    assert days_of(contact) == [DAY]


def test_a_booking_that_was_only_made_is_no_use(contact):
    factories.BookingFactory(contact=contact, starts_at=at(DAY))
    uses.recompute([contact.pk])
    assert days_of(contact) == []


@pytest.mark.parametrize(
    ("counts", "expected"), [("purchases", 1), ("visits", 1), ("both", 2)]
)
def test_the_operator_says_what_counts(contact, settings, counts, expected):
    settings.CRM_USE_COUNTS = counts
    buy(contact)
    visit(contact, day=DAY + dt.timedelta(days=1))
    uses.recompute([contact.pk])
    assert Use.objects.count() == expected


def test_a_use_that_is_no_more_disappears_and_the_rest_is_renumbered(contact):
    first = buy(contact)
    buy(contact, day=DAY + dt.timedelta(days=9))
    uses.recompute([contact.pk])
    first.delete()
    uses.recompute([contact.pk])
    assert Use.objects.values_list("number", flat=True).get() == 1


def test_the_usual_gap_is_the_median_from_the_third_use_on(contact):
    for offset in (0, 10):
        buy(contact, day=DAY + dt.timedelta(days=offset))
    uses.recompute([contact.pk])
    assert ContactUses.objects.get().usual_gap_days is None
    for offset in (14, 44):
        buy(contact, day=DAY + dt.timedelta(days=offset))
    uses.recompute([contact.pk])
    summary = ContactUses.objects.get()
    assert (summary.count, summary.usual_gap_days) == (4, 10)


def test_of_two_gaps_in_the_middle_the_mean_counts_in_whole_days(contact):
    for offset in (0, 7, 15):
        buy(contact, day=DAY + dt.timedelta(days=offset))
    uses.recompute([contact.pk])
    assert ContactUses.objects.get().usual_gap_days == 7


def test_categories_come_from_lines_and_from_booked_services(contact):
    lunch = factories.CategoryFactory(key="lunch")
    bought = buy(contact)
    PurchaseLine.objects.create(purchase=bought, category=lunch, name="A", amount=1000)
    visit(contact, day=DAY + dt.timedelta(days=1))
    uses.recompute([contact.pk])
    rows = UseCategory.objects.order_by("on").values_list("category__key", flat=True)
    assert list(rows) == ["lunch", "dinner"]


def test_the_number_of_statements_does_not_grow(django_assert_num_queries):
    people = factories.ContactFactory.create_batch(5)
    for person in people:
        buy(person)
    with django_assert_num_queries(8):  # six statements in one savepoint
        uses.recompute([person.pk for person in people])
    assert Use.objects.count() == 5

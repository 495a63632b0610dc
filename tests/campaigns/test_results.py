import datetime as dt
import uuid

import pytest
from django.utils import timezone

from crm_plugin import models
from crm_plugin.campaigns.results import counts, results
from tests import factories

NOW = timezone.now()
DAY = dt.timedelta(days=1)


@pytest.fixture
def mailing(campaign):
    return models.Mailing.objects.create(
        campaign=campaign,
        name="Autumn",
        topic=campaign.topic,
        sender=campaign.sender,
        content=[],
        audience={"include": [], "exclude": []},
        launched_at=NOW,
        starts_at=NOW,
        state="finished",
    )


@pytest.fixture
def recipient(mailing):
    """Make a contact who got the mail so many days ago."""

    def make(days=10, state="sent"):
        contact = factories.ContactFactory()
        address = f"g{contact.pk}@mail.example"
        contact.delivery = models.Delivery.objects.create(
            mailing=mailing,
            kind="campaign",
            contact=contact,
            address=address,
            address_norm=address,
            state=state,
            sent_at=NOW - days * DAY,
        )
        return contact

    return make


def found_for(mailing, goal="use", days=30):
    mailing.campaign.goal, mailing.campaign.goal_days = goal, days
    return results([mailing])[mailing.pk]


def outcome(mailing, goal, days=30):
    found = found_for(mailing, goal, days).outcomes
    assert found[0].goal == goal
    return found[0]


def booked(contact, ago):
    booking = factories.BookingFactory(contact=contact)
    models.Booking.objects.filter(pk=booking.pk).update(created_at=NOW - ago * DAY)
    return booking


def sent_form(contact, ago, **said):
    row = factories.SubmissionFactory(contact=contact, **said)
    rows = models.Submission.objects.filter(pk=row.pk)
    rows.update(received_at=NOW - ago * DAY)


def test_bookings_of_recipients_after_the_mail_count(mailing, recipient):
    guest = recipient(days=10)
    booked(guest, 5), booked(guest, 4)
    found = outcome(mailing, "booking")
    assert (found.count, found.people) == (2, 1)


def test_a_booking_before_the_mail_does_not_count(mailing, recipient):
    booked(recipient(days=10), 11)
    assert outcome(mailing, "booking").count == 0


def test_a_booking_after_the_goal_days_does_not_count(mailing, recipient):
    booked(recipient(days=20), 2)
    assert outcome(mailing, "booking", days=7).count == 0


def test_a_cancelled_booking_does_not_count(mailing, recipient):
    booking = booked(recipient(), 5)
    models.Booking.objects.filter(pk=booking.pk).update(cancelled_at=NOW)
    assert outcome(mailing, "booking").count == 0


def test_a_booking_of_somebody_else_does_not_count(mailing, recipient):
    recipient()
    booked(factories.ContactFactory(), 1)
    booked(recipient(state="skipped"), 1)
    assert outcome(mailing, "booking").count == 0


def test_uses_count_from_the_day_of_the_mail(mailing, recipient):
    guest = recipient(days=10)
    today = timezone.localdate(NOW)
    for number, ago in enumerate((11, 10, 3), start=1):
        models.Use.objects.create(contact=guest, on=today - ago * DAY, number=number)
    assert outcome(mailing, "use").count == 2


def test_sales_are_summed_net_of_returns(mailing, recipient):
    guest = recipient(days=10)
    factories.PurchaseFactory(contact=guest, at=NOW - 5 * DAY, amount=3000)
    factories.PurchaseFactory(contact=guest, at=NOW - 4 * DAY, amount=-1000)
    found = outcome(mailing, "sales")
    assert (found.amount, found.people) == (2000, 1)


def test_inquiries_count_as_answers(mailing, recipient):
    factories.InquiryFactory(contact=recipient(), received_at=NOW - DAY)
    assert outcome(mailing, "answer").count == 1


def test_forms_that_were_taken_in_count_whatever_their_kind(mailing, recipient):
    guest = recipient(days=10)
    for ago, kind, state in (
        (5, "other", "processed"),
        (4, "feedback", "taken_in"),
        (3, "other", "held"),
        (2, "other", "spam"),
        (11, "other", "processed"),
    ):
        sent_form(guest, ago, kind=kind, state=state)
    found = outcome(mailing, "submit")
    assert (found.count, found.people, found.label) == (2, 1, "Forms sent")


def test_clicks_of_machines_are_kept_apart(mailing, recipient):
    for machine in (False, True, True):
        delivery = recipient().delivery
        for _n in range(2):
            models.Response.objects.create(
                delivery=delivery, kind="click", machine=machine, at=NOW
            )
    found = found_for(mailing)
    assert (found.clicked, found.clicked_by_machine) == (1, 2)
    assert found.share(found.clicked) == pytest.approx(1 / 3)


def test_the_counts_name_each_reason_and_sum_to_the_audience(mailing, recipient):
    recipient(), recipient(), recipient(state="bounced")
    held = recipient(state="skipped").delivery
    models.Delivery.objects.filter(pk=held.pk).update(reason="no_consent")
    lines = counts(mailing)
    assert [(line.state, line.count) for line in lines] == [
        ("sent", 2),
        ("bounced", 1),
        ("skipped", 1),
    ]
    assert lines[-1].label == "They have not agreed to this topic."
    assert sum(line.count for line in lines) == mailing.deliveries.count()


def test_what_a_worker_holds_is_told_as_waiting(mailing, recipient):
    for state in ("pending", "claimed", "handing"):
        recipient(state=state)
    assert [(line.state, line.count) for line in counts(mailing)] == [("pending", 3)]


def test_the_results_cost_the_same_for_many_recipients(
    mailing, recipient, django_assert_num_queries
):
    for _n in range(15):
        booked(recipient(), 1)
    with django_assert_num_queries(8):
        results([mailing])


def test_each_mailing_is_counted_for_the_days_of_its_own_campaign(
    mailing, recipient, body
):
    from .conftest import make_campaign

    other = models.Mailing.objects.get(pk=mailing.pk)
    other.pk, other.public_id = None, uuid.uuid4()
    other.campaign = make_campaign(body, name="Winter", goal_days=3)
    other.save()
    guest = recipient(days=10)
    copy = models.Delivery.objects.get(pk=guest.delivery.pk)
    copy.pk, copy.public_id, copy.mailing = None, uuid.uuid4(), other
    copy.save()
    booked(guest, 5)
    found = results([mailing, other])
    assert found[mailing.pk].of("booking").count == 1
    assert found[other.pk].of("booking").count == 0


def test_a_merged_contact_with_two_mails_buys_once(mailing, recipient):
    guest, double = recipient(), recipient()
    models.Delivery.objects.filter(pk=double.delivery.pk).update(contact=guest)
    factories.PurchaseFactory(contact=guest, at=NOW - DAY, amount=3000)
    assert outcome(mailing, "sales").amount == 3000

"""Each reason to hold a message back, asked before and at the hand-over."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm_plugin.consents import ledger
from crm_plugin.delivery import gates, outbox
from crm_plugin.delivery.drain import drain
from crm_plugin.models import Consent, Contact, ContactPoint, Delivery, Preference
from tests import factories

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def delivery():
    return factories.DeliveryFactory()


def no_consent(row):
    Consent.objects.update(state="withdrawn")


def pending_consent(row):
    Consent.objects.update(state="pending")


def suppressed(row):
    ledger.suppress("email", row.address_norm, reason="unsubscribed")


def complained(row):
    ledger.suppress("email", row.address_norm, reason="complained")


def asked_for_a_pause(row):
    until = timezone.localdate() + dt.timedelta(days=1)
    Preference.objects.create(contact=row.contact, paused_until=until)


def open_inquiry(row):
    factories.InquiryFactory(contact=row.contact)


def open_complaint(row):
    factories.InquiryFactory(contact=row.contact, kind="complaint")


def archived(row):
    Contact.objects.update(archived_at=timezone.now())


def gone(row):
    row.contact.delete()


def lost_its_point(row):
    ContactPoint.objects.all().delete()


def had_one_this_week(row):
    Preference.objects.create(contact=row.contact, frequency="weekly")
    earlier(row, days=3)


def earlier(row, *, days):
    return factories.DeliveryFactory(
        contact=row.contact,
        point=row.point,
        agreed=False,
        state="sent",
        handed_at=timezone.now() - dt.timedelta(days=days),
    )


HOLDS = [
    (no_consent, "no_consent"),
    (pending_consent, "no_consent"),
    (suppressed, "suppressed"),
    (complained, "suppressed"),
    (asked_for_a_pause, "paused"),
    (open_inquiry, "open_inquiry"),
    (open_complaint, "open_inquiry"),
    (archived, "erased"),
    (gone, "erased"),
    (lost_its_point, "no_address"),
    (had_one_this_week, "digest"),
]


@pytest.mark.parametrize(("arrange", "reason"), HOLDS)
def test_a_campaign_is_held_with_its_reason(sink, delivery, arrange, reason):
    arrange(delivery)
    drain()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == (State.SKIPPED, reason)
    assert sink.raw == []


@pytest.mark.parametrize(("arrange", "reason"), HOLDS)
def test_a_gate_that_closes_after_the_claim_holds_too(delivery, arrange, reason):
    (claimed,) = outbox.claim(10)
    arrange(delivery)
    assert not outbox.take(claimed)
    outbox.settle_refused([claimed])
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == (State.SKIPPED, reason)


@pytest.mark.parametrize(
    "arrange", [no_consent, suppressed, asked_for_a_pause, open_inquiry, archived]
)
def test_service_mail_needs_none_of_it(sink, delivery, arrange):
    Delivery.objects.update(topic=None, mailing=None, kind="acknowledgement")
    arrange(delivery)
    drain()
    delivery.refresh_from_db()
    assert delivery.state == State.SENT


def test_consent_to_another_topic_is_no_consent(sink, delivery):
    Consent.objects.update(topic=factories.TopicFactory(key="events"))
    drain()
    delivery.refresh_from_db()
    assert delivery.reason == "no_consent"


def test_consent_of_the_twin_at_the_same_address_is_not_mine(sink, delivery):
    twin = factories.PointFactory(
        value=delivery.address, value_norm=delivery.address_norm
    )
    Consent.objects.update(point=twin)
    drain()
    delivery.refresh_from_db()
    assert delivery.reason == "no_consent"


def test_a_pause_that_is_over_holds_nothing(sink, delivery):
    until = timezone.localdate() - dt.timedelta(days=1)
    Preference.objects.create(contact=delivery.contact, paused_until=until)
    drain()
    assert len(sink.raw) == 1


def test_a_closed_inquiry_holds_nothing(sink, delivery):
    factories.InquiryFactory(contact=delivery.contact, closed_at=timezone.now())
    drain()
    assert len(sink.raw) == 1


def test_a_weekly_wish_lets_next_weeks_letter_through(sink, delivery):
    Preference.objects.create(contact=delivery.contact, frequency="weekly")
    earlier(delivery, days=7)
    drain()
    assert len(sink.raw) == 1


@pytest.mark.parametrize(("cap", "sent"), [(0, 1), (1, 0), (2, 0), (3, 1)])
def test_the_cap_counts_seven_days(sink, delivery, settings, cap, sent):
    settings.CRM_FREQUENCY_CAP = cap
    earlier(delivery, days=1)
    earlier(delivery, days=6)
    earlier(delivery, days=8)
    drain()
    assert len(sink.raw) == sent


def test_two_campaigns_in_one_slice_respect_the_cap(sink, delivery, settings):
    settings.CRM_FREQUENCY_CAP = 1
    factories.DeliveryFactory(
        contact=delivery.contact, point=delivery.point, agreed=False
    )
    drain()
    assert len(sink.raw) == 1


def test_service_mail_is_not_counted_by_the_cap(sink, delivery, settings):
    settings.CRM_FREQUENCY_CAP = 1
    row = earlier(delivery, days=1)
    Delivery.objects.filter(pk=row.pk).update(topic=None, mailing=None)
    drain()
    assert len(sink.raw) == 1


def test_unsubscribing_while_sending_stops_the_very_next_message(sink):
    rendering = factories.RenderingFactory()
    rows = [factories.DeliveryFactory(rendering=rendering) for _ in range(4)]
    original = outbox.Writer.take

    def take(writer, row):
        if row.pk == rows[2].pk:
            ledger.withdraw(row.point, topic=row.topic, source="one-click")
        return original(writer, row)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox.Writer, "take", take)
        drain()
    rows[2].refresh_from_db()
    assert rows[2].reason == "no_consent"
    assert len(sink.raw) == 3


def test_many_addresses_are_asked_for_at_once(django_assert_num_queries):
    ledger.suppress("email", "a@x.example", reason="unsubscribed")
    norms = [f"{letter}@x.example" for letter in "abcdefgh"]
    with django_assert_num_queries(1):
        found = gates.stopped("email", norms, gates.marketing_stop("newsletter"))
    assert found == {"a@x.example"}


def test_leaving_another_topic_does_not_stop_this_one():
    ledger.suppress("email", "a@x.example", reason="unsubscribed", scope="topic:events")
    stop = gates.marketing_stop("newsletter")
    assert gates.stopped("email", ["a@x.example"], stop) == set()


def test_held_rows_cost_the_same_for_any_number(sink):
    def count(number):
        rendering = factories.RenderingFactory()
        for _ in range(number):
            factories.DeliveryFactory(rendering=rendering, agreed=False)
        with CaptureQueriesContext(connection) as captured:
            drain()
        return len([q for q in captured if "SAVEPOINT" not in q["sql"]])

    assert count(12) - count(2) == 10
    assert sink.raw == []

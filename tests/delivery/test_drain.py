import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm_plugin.delivery import mailings, outbox
from crm_plugin.delivery.drain import drain
from crm_plugin.delivery.post import post
from crm_plugin.models import (
    ContactChange,
    Delivery,
    Mailing,
    Response,
    Suppression,
)
from tests import factories

pytestmark = pytest.mark.django_db
State = Delivery.State


def acknowledge(contact, key="ack:1", address="hanako@mail.example"):
    return post(
        "acknowledgement",
        contact=contact,
        address=address,
        context={"reference": "Q000001", "answer_by": "18:00"},
        key=key,
        language="en",
    )


def mailing_of(count, **kwargs):
    rendering = factories.RenderingFactory(**kwargs)
    rows = [factories.DeliveryFactory(rendering=rendering) for _ in range(count)]
    return rendering.mailing, rows


def test_a_single_message_arrives(sink, contact):
    delivery = acknowledge(contact)
    drain()
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert delivery.sent_at
    (message,) = sink.messages
    assert message["To"] == "hanako@mail.example"
    assert message["Subject"] == "We have received your inquiry (Q000001)"
    assert "Hello 花子" in message.get_body(("plain",)).get_content()
    assert message["Message-ID"] == delivery.message_id


def test_a_mailing_reaches_everybody_once_and_finishes(sink):
    mailing, rows = mailing_of(5)
    drain()
    drain()
    assert sorted(sink.recipients) == sorted(row.address for row in rows)
    mailing.refresh_from_db()
    assert mailing.state == Mailing.State.FINISHED
    assert mailings.counts(mailing) == {("sent", ""): 5}


def test_a_slice_uses_one_connection(sink):
    mailing_of(5)
    drain()
    assert sink.connections == 1


def test_the_merge_values_stay_with_the_delivery(sink):
    _mailing, (row,) = mailing_of(1)
    drain()
    row.refresh_from_db()
    assert row.values["salutation"].startswith("佐藤")


def test_single_messages_leave_before_mailings(sink, contact):
    mailing_of(2)
    acknowledge(contact)
    drain()
    assert sink.recipients[0] == "hanako@mail.example"


def test_other_mail_back_ends_are_used_as_they_are(mailoutbox, contact, settings):
    delivery = acknowledge(contact)
    drain()
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert mailoutbox[0].to == ["hanako@mail.example"]
    assert "Q000001" in mailoutbox[0].subject
    assert "Q000001" in mailoutbox[0].body


def test_sent_contacts_are_noted_in_the_feed(sink):
    _mailing, rows = mailing_of(2)
    drain()
    noted = ContactChange.objects.filter(aspect="responses")
    assert set(noted.values_list("contact_id", flat=True)) == {
        row.contact_id for row in rows
    }


def test_an_address_that_does_not_exist_is_never_written_to_again(sink):
    _mailing, (row, other) = mailing_of(2)
    sink.refuse[row.address] = "550 5.1.1 No such user"
    drain()
    row.refresh_from_db()
    row.point.refresh_from_db()
    assert row.state == State.BOUNCED
    assert row.point.undeliverable_at
    assert Suppression.objects.get().reason == "bounced"
    assert Response.objects.get(delivery=row).kind == "bounce"
    assert sink.recipients == [other.address]


def test_service_mail_to_a_bounced_address_is_held(sink, contact):
    sink.refuse["hanako@mail.example"] = "550 5.1.1 No such user"
    acknowledge(contact)
    drain()
    second = acknowledge(contact, key="ack:2")
    drain()
    second.refresh_from_db()
    assert (second.state, second.reason) == (State.SKIPPED, "suppressed")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("550 No such user", State.BOUNCED),
        ("550 5.7.1 Looks like spam", State.FAILED),
        ("552 5.2.2 Mailbox full", State.FAILED),
    ],
)
def test_a_final_refusal_is_told_apart(sink, answer, state):
    _mailing, (row,) = mailing_of(1)
    sink.refuse[row.address] = answer
    drain()
    row.refresh_from_db()
    assert row.state == state
    assert Suppression.objects.exists() == (state == State.BOUNCED)


@pytest.mark.parametrize(
    "answer", ["450 4.2.1 Try later", "452 4.2.2 Mailbox full", "drop", "421 busy"]
)
def test_a_passing_refusal_is_tried_again_later(sink, answer):
    mailing, (row, other) = mailing_of(2)
    sink.refuse[row.address] = [answer]
    drain()
    row.refresh_from_db()
    mailing.refresh_from_db()
    assert row.state == State.PENDING
    assert dt.timedelta(seconds=50) < row.not_before - timezone.now()
    assert mailing.state == Mailing.State.SENDING
    assert sink.recipients == [other.address]
    Delivery.objects.filter(pk=row.pk).update(not_before=timezone.now())
    drain()
    mailing.refresh_from_db()
    assert sink.recipients == [other.address, row.address]
    assert mailing.state == Mailing.State.FINISHED


def test_the_tries_end(sink):
    _mailing, (row,) = mailing_of(1)
    sink.refuse[row.address] = "450 4.2.1 Try later"
    for _ in range(6):
        Delivery.objects.update(not_before=timezone.now())
        drain()
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.FAILED, 6)


def test_a_connection_that_breaks_after_the_message_leaves_it_uncertain(sink):
    mailing, (row,) = mailing_of(1)
    sink.after_data[row.address] = "drop"
    drain()
    drain()
    row.refresh_from_db()
    assert row.state == State.UNCERTAIN
    assert len(sink.raw) == 1
    assert mailings.counts(mailing) == {("uncertain", ""): 1}


def test_a_test_to_oneself_that_ends_unclearly_stays_uncertain(sink):
    row = factories.DeliveryFactory(
        rendering=factories.RenderingFactory(mailing=None), kind="campaign_test"
    )
    sink.after_data[row.address] = "drop"
    drain()
    row.refresh_from_db()
    assert row.state == State.UNCERTAIN


def test_without_a_server_nothing_is_lost_and_no_try_is_counted(sink, settings):
    settings.EMAIL_PORT = 9
    _mailing, rows = mailing_of(3)
    assert drain() is False
    states = set(Delivery.objects.values_list("state", "attempts"))
    assert states == {(State.PENDING, 0)}
    assert "no mail server" in Delivery.objects.first().error


def test_an_address_that_breaks_the_envelope_fails_alone(sink, contact):
    bad = acknowledge(contact, address="a@b.example>\r\nRCPT TO:<victim@x.example")
    good = acknowledge(contact, key="ack:2")
    drain()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.error) == (State.FAILED, "BadAddress")
    assert good.state == State.SENT


def test_a_mobile_address_with_two_dots_arrives(sink, contact):
    acknowledge(contact, address="hana..ko.@docomo.ne.jp")
    drain()
    assert sink.recipients == ["hana..ko.@docomo.ne.jp"]
    assert b'To: "hana..ko."@docomo.ne.jp\r\n' in sink.raw[0]


def test_pausing_works_within_one_message(sink):
    mailing, rows = mailing_of(4)
    first = rows[0]
    original = outbox.Writer.take

    def take(writer, row):
        if row.pk != first.pk:
            mailings.pause(mailing)
        return original(writer, row)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox.Writer, "take", take)
        drain()
    assert sink.recipients == [first.address]
    assert mailings.counts(mailing) == {("sent", ""): 1, ("pending", ""): 3}
    mailings.resume(mailing)
    drain()
    assert sorted(sink.recipients) == sorted(row.address for row in rows)


def test_what_is_taken_back_never_leaves(sink, owner):
    mailing, _rows = mailing_of(3)
    Mailing.objects.update(state=Mailing.State.WAITING)
    assert mailings.take_back(mailing, by=owner)
    drain()
    assert sink.raw == []
    assert mailings.counts(mailing) == {("skipped", "cancelled"): 3}


def test_nothing_leaves_before_the_start(sink):
    mailing, _rows = mailing_of(1)
    later = timezone.now() + dt.timedelta(seconds=60)
    Mailing.objects.update(state=Mailing.State.WAITING, starts_at=later)
    drain()
    assert sink.raw == []
    Mailing.objects.update(starts_at=timezone.now())
    drain()
    assert len(sink.raw) == 1


def test_a_start_that_was_slept_through_waits_for_a_word(sink, owner):
    mailing, _rows = mailing_of(1)
    past = timezone.now() - dt.timedelta(hours=6)
    Mailing.objects.update(state=Mailing.State.WAITING, starts_at=past)
    drain()
    mailing.refresh_from_db()
    assert mailing.state == Mailing.State.MISSED
    assert sink.raw == []
    assert mailings.confirm(mailing, by=owner)
    drain()
    assert sink.raw == []
    Mailing.objects.update(starts_at=timezone.now())
    drain()
    assert len(sink.raw) == 1


def test_a_pause_before_the_start_does_not_bring_it_forward(sink, owner):
    mailing, _rows = mailing_of(1)
    later = timezone.now() + dt.timedelta(days=2)
    Mailing.objects.update(state=Mailing.State.WAITING, starts_at=later)
    mailing.refresh_from_db()
    mailings.pause(mailing, by=owner)
    mailings.resume(mailing, by=owner)
    assert mailing.state == Mailing.State.WAITING


def test_what_a_worker_gives_back_after_the_mailing_was_taken_back_is_skipped(
    sink, owner
):
    mailing, _rows = mailing_of(2)
    batch = outbox.claim(2)
    assert mailings.take_back(mailing, by=owner)
    outbox.release(batch)
    drain()
    assert mailings.counts(mailing) == {("skipped", "cancelled"): 2}


def test_only_those_that_failed_are_tried_again(sink, owner):
    mailing, (row, other) = mailing_of(2)
    sink.refuse[row.address] = ["554 5.7.1 no"]
    drain()
    assert mailings.retry(mailing, by=owner) == 1
    drain()
    assert sink.recipients == [other.address, row.address]
    mailing.refresh_from_db()
    assert mailing.state == Mailing.State.FINISHED


def test_queries_grow_by_the_two_writes_of_each_message(
    sink,
):
    mailing_of(2)

    def count():
        with CaptureQueriesContext(connection) as captured:
            drain()
        return len([q for q in captured if "SAVEPOINT" not in q["sql"]])

    two = count()
    mailing_of(12)
    assert count() - two == 10 * 2

"""What really leaves: the message with its calendar entry, through a mail server."""

import pytest
from icalendar import Calendar

from crm_plugin.bookings import mails, marks, reserve
from crm_plugin.delivery import messages
from crm_plugin.delivery.drain import drain
from crm_plugin.delivery.models import Delivery
from tests import factories
from tests.delivery.conftest import sink  # noqa: F401

from .conftest import TONIGHT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
KINDS = [
    "booking_received",
    "booking_moved",
    "booking_cancelled",
    "booking_reminder",
    "waiting_received",
    "waiting_place",
]


@pytest.fixture
def booking(service, contact):
    factories.SenderFactory()
    contact.language = "en"
    contact.save()
    return reserve.book(service, TONIGHT, party=4, contact=contact, key=None)


def parts(message):
    return [part.get_content_type() for part in message.walk()]


def test_a_confirmation_carries_its_calendar_entry(sink, booking):  # noqa: F811
    mails.tell(booking)
    drain()
    (message,) = sink.messages
    assert parts(message) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert not message.defects
    file = list(message.walk())[-1]
    assert file.get_param("method") == "PUBLISH"
    assert file.get_filename() == "booking.ics"
    (event,) = Calendar.from_ical(file.get_content()).walk("VEVENT")
    assert event["DTSTART"].dt == TONIGHT


def test_the_words_stand_beside_it(sink, booking):  # noqa: F811
    mails.tell(booking)
    drain()
    (message,) = sink.messages
    assert "Your booking stands" in message.get_body(("plain",)).get_content()
    assert "See, move or cancel" in message.get_body(("html",)).get_content()


def test_a_cancelling_takes_it_out_of_the_calendar(sink, booking):  # noqa: F811
    mails.tell(marks.cancel(booking), mails.CANCELLED)
    drain()
    (message,) = sink.messages
    assert list(message.walk())[-1].get_param("method") == "CANCEL"


def test_after_erasing_the_message_leaves_without_it(sink, booking):  # noqa: F811
    mails.tell(booking)
    booking.delete()
    drain()
    (message,) = sink.messages
    assert "text/calendar" not in parts(message)
    assert Delivery.objects.get().state == "sent"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_each_text_names_only_what_its_kind_can_fill(kind, language):
    text = messages.built_in(messages.kind_of(kind), language)
    messages.check(kind, text.subject, text.body)


@pytest.mark.parametrize("kind", KINDS)
def test_staff_can_edit_each(kind):
    assert messages.kind_of(kind).editable
    messages.install(["ja", "en"])
    assert messages.ServiceMessage.objects.filter(kind=kind).count() == 2

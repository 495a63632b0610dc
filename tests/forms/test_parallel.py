import pytest
from django.test import Client

from crm_plugin import queue
from crm_plugin.bookings.models import Booking
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake.models import Submission
from crm_plugin.touchpoints.models import Inquiry
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)
SAID = {"family_name": "佐藤", "e_mail": "hanako@mail.example", "message": "Hello"}
SLOT = {
    "crm_party": "2",
    "crm_day": "2026-05-12",
    "crm_slot": "2026-05-12T18:00:00+09:00",
}


def click_five_times(visitor, **said):
    """The same rendering of the form is sent five times at one instant."""
    visitor.open()
    visitor.clock.shift(5)
    said["crm_stamp"] = visitor.stamp
    sent = at_once(lambda _click: Client().post(visitor.url, said), range(5))
    queue.run_due("intake")
    return {answer.status_code for answer in sent}


def test_i10_an_inquiry_sent_five_times_at_once_is_one(visit, inquiry_page):
    assert click_five_times(visit(inquiry_page), **SAID) == {302}
    for model in (Submission, Contact, Inquiry, Delivery):
        assert model.objects.count() == 1


def test_i10_a_booking_sent_five_times_at_once_is_one(visit, booking_page, dinner):
    said = {**SAID, **SLOT, "crm_service": dinner.key}
    assert click_five_times(visit(booking_page), **said) == {302}
    for model in (Submission, Contact, Booking, Delivery):
        assert model.objects.count() == 1

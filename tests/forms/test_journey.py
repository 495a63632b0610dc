"""One guest's whole way, on one record: introduced, here, booked, came, paid, thanked."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from crm_plugin.bookings import marks
from crm_plugin.bookings.models import Booking
from crm_plugin.delivery import drain, post
from crm_plugin.models import Contact
from crm_plugin.sales.record import Line, record_purchase
from crm_plugin.touchpoints import history

from .test_booking import TARO

pytestmark = pytest.mark.django_db


def test_six_steps_of_a_guest_stand_on_one_timeline_in_order(
    visit, booking_page, dinner, owner
):
    guest = visit(booking_page)
    guest.open("?utm_source=instagram")
    guest.send(**{**TARO, "crm_service": dinner.key}, heard_of_us="introduction")
    drain.drain(seconds=5)
    contact, booking = Contact.objects.get(), Booking.objects.get()
    guest.clock.move_to(booking.starts_at + dt.timedelta(hours=2))
    marks.came(booking, by=owner)
    dinner_for_four = [Line("Dinner for four", Decimal(8_000))]
    guest.clock.shift(60)
    record_purchase(
        contact=contact,
        at=timezone.now(),
        lines=dinner_for_four,
        by=owner,
        payment="cash",
    )
    guest.clock.shift(3_600)
    post.post(
        "answer",
        contact=contact,
        address="taro@mail.example",
        context={},
        key="thanks",
        language="en",
        subject="Thank you for coming",
        body="We hope the table by the window was right.",
        by=owner,
    )
    drain.drain(seconds=5)
    story = history.story(contact, user=owner)[::-1]
    assert [entry.kind for entry in story if entry.kind != "change"] == [
        "beginning",
        "booking",
        "mail_out",
        "booking_came",
        "purchase",
        "mail_out",
    ]
    assert story[0].title == "First known to us: web · instagram"
    assert story[0].page_url == f"http://testserver{booking_page.url}"
    assert story[0].details == (("heard of us from", "introduced by someone"),)
    assert story[-1].title == "Thank you for coming"

"""One guest's whole way, on one record: introduced, here, booked, came, paid, thanked."""

import datetime as dt
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from crm_plugin.bookings import marks
from crm_plugin.bookings.models import Booking
from crm_plugin.contacts import origins
from crm_plugin.contacts.models import FirstTouch
from crm_plugin.delivery import drain, post
from crm_plugin.models import Purchase
from crm_plugin.sales.record import Line, record_purchase
from crm_plugin.touchpoints import history
from tests import factories

from .test_booking import TARO

pytestmark = pytest.mark.django_db


LANDING = "http://testserver/en/menu/"


@pytest.fixture
def yamada():
    return factories.ContactFactory(family_name="山田", given_name="一郎")


@pytest.mark.parametrize("payment", ["cash", "card", "qr"])
def test_six_steps_of_a_guest_stand_on_one_timeline_in_order(
    visit, booking_page, dinner, owner, yamada, payment
):
    guest = visit(booking_page)
    guest.open()
    handed = urlencode({"utm_source": "instagram", "landing_url": LANDING})
    said = {**TARO, "crm_service": dinner.key, "heard_of_us": "introduction"}
    guest.send(**said, crm_from=handed)
    drain.drain(seconds=5)
    booking = Booking.objects.get()
    contact = booking.contact
    introduced(contact, yamada, owner)
    guest.clock.move_to(booking.starts_at + dt.timedelta(hours=2))
    marks.came(booking, by=owner)
    dinner_for_four = [Line("Dinner for four", Decimal(8_000))]
    guest.clock.shift(60)
    record_purchase(
        contact=contact,
        at=timezone.now(),
        lines=dinner_for_four,
        by=owner,
        payment=payment,
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
    assert story[0].page_url == LANDING
    assert booking_page.url not in LANDING
    assert story[0].details == (
        ("heard of us from", "introduced by someone: 山田さんから"),
        ("introduced by", "山田 一郎"),
    )
    assert Purchase.objects.get().payment == payment
    assert story[-1].title == "Thank you for coming"


def introduced(
    contact, by_whom, staff, *, heard_from="introduction", note="山田さんから"
):
    """She names the friend on the telephone; the source stays as it was recorded."""
    touch = FirstTouch.objects.get(contact=contact)
    said = {"heard_from": heard_from, "heard_from_note": note, "introduced_by": by_whom}
    origins.correct(
        contact,
        touch={name: getattr(touch, name) for name in origins.TOUCH},
        heard=said,
        version=contact.version,
        by=staff,
    )


def test_who_introduced_them_is_told_also_where_they_were_not_asked(
    owner, yamada, contact
):
    FirstTouch.objects.create(contact=contact, channel="shop", at=contact.created_at)
    introduced(contact, yamada, owner, heard_from="", note="")
    beginning = history.story(contact, user=owner)[-1]
    assert beginning.details == (("introduced by", "山田 一郎"),)

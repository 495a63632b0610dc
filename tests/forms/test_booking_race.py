"""The last place, wished for by many at one instant, through the form that they see."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from django.test import Client

from crm_plugin.bookings.models import BookedTick, Booking
from crm_plugin.forms import gate
from crm_plugin.intake.models import Submission
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.date(2026, 5, 12)


@pytest.fixture
def last_place(dinner):
    room = dinner.resources.get()
    room.places = 1
    room.save()
    return dinner


def race(visit, page, service, number, *, day=DAY):
    """*number* browsers send the form at once; how each was answered."""
    visitor = visit(page)
    visitor.open()
    seen = gate.read_any(visitor.stamp)
    visitor.clock.shift(5)

    def send(each):
        own = replace(seen, nonce=f"{day}-{each}")
        said = {
            "family_name": "佐藤",
            "e_mail": f"guest{each}-{day}@mail.example",
            "message": f"Guest {each}",
            "crm_stamp": gate.signed(own, names=seen.names),
            "crm_service": service.key,
            "crm_party": "1",
            "crm_day": str(day),
            "crm_slot": f"{day}T18:00:00+09:00",
        }
        answer = Client().post(page.url, said)
        return answer.status_code, answer.content.decode(), f"Guest {each}"

    return at_once(send, range(number))


def assert_one_won(answers, number, *, day=DAY):
    won = [code for code, _html, _note in answers if code == 302]
    lost = [(html, note) for code, html, note in answers if code == 200]
    assert (len(won), len(lost)) == (1, number - 1)
    for html, note in lost:
        assert "This time is no longer free" in html
        assert re.search(r'name="crm_offer" value="[^"]+"', html)
        assert note in html
    start = dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC)
    assert Booking.objects.filter(starts_at=start).count() == 1
    assert BookedTick.objects.filter(starts_at=start).count() == 1


@pytest.fixture
def no_limits(settings):
    """All of them come from one machine, which would be suspicious."""
    settings.CRM_RATE_LIMIT_POSTS = 1_000_000
    settings.CRM_RATE_LIMIT_BROWSER = 1_000_000


def test_of_eight_at_once_one_gets_the_last_place_and_seven_are_offered_others(
    visit, booking_page, last_place, no_limits
):
    assert_one_won(race(visit, booking_page, last_place, 8), 8)
    assert Submission.objects.filter(state="held").count() == 0


@pytest.mark.slow
@pytest.mark.database
def test_of_fifty_at_once_exactly_one_gets_it_twenty_times_over(
    visit, booking_page, last_place, no_limits
):
    last_place.days_ahead = 60
    last_place.save()
    for repeat in range(20):
        day = DAY + dt.timedelta(days=repeat)
        answers = race(visit, booking_page, last_place, 50, day=day)
        assert_one_won(answers, 50, day=day)

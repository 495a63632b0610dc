"""Nobody may fill the house from one address, which need not even be his."""

import pytest

from crm_plugin import queue
from crm_plugin.bookings import marks
from crm_plugin.bookings.models import Booking
from crm_plugin.intake import hoarding, submissions
from crm_plugin.intake.models import Submission
from crm_plugin.snippets.submissions_words import reason

pytestmark = pytest.mark.django_db
TEN_MINUTES = 700
ADDRESS = "taro@mail.example"


@pytest.fixture
def visitor(visit, booking_page):
    return visit(booking_page)


@pytest.fixture
def book(visitor, dinner):
    """Book that many tables, each on a day of its own, slowly enough for the limits."""

    def many(count, first=12, **said):
        said = {"family_name": "田中", "e_mail": ADDRESS, **said}
        for day in range(first, first + count):
            visitor.open()
            visitor.send(
                wait=TEN_MINUTES,
                crm_service=dinner.key,
                crm_party="1",
                crm_day=f"2026-05-{day}",
                crm_slot=f"2026-05-{day}T18:00:00+09:00",
                **said,
            )

    return many


def held():
    return Submission.objects.filter(state="held", spam_reason=hoarding.MANY_BOOKINGS)


def test_what_is_more_than_anybody_comes_to_waits_for_a_look(book):
    book(7)
    assert Booking.objects.count() == 5
    assert held().count() == 2
    assert "confirmed" in reason(held().first())


def test_one_click_lets_it_in(book):
    book(6)
    submissions.release(held().get())
    queue.run_due("intake")
    assert Booking.objects.count() == 6


def test_a_post_that_comes_twice_is_no_further_booking(book, visitor):
    book(5)
    row = Submission.objects.latest("pk")
    visitor.send(
        family_name="田中",
        e_mail=ADDRESS,
        crm_service=row.answers[0]["value"],
        crm_party="1",
        crm_day="2026-05-16",
        crm_slot="2026-05-16T18:00:00+09:00",
    )
    assert Submission.objects.count() == Booking.objects.count() == 5


def test_what_is_over_cancelled_or_confirmed_does_not_count(book):
    book(5)
    marks.cancel(Booking.objects.first())
    book(1, first=17)
    Booking.objects.filter(pk=Booking.objects.last().pk).update(unverified=False)
    book(1, first=18)
    assert not held().exists()


def test_somebody_else_is_not_held_up(book):
    book(5)
    book(1, first=17, e_mail="hanako@mail.example")
    assert not held().exists()


def test_a_telephone_number_alone_is_counted_too(book, visitor):
    visitor.page.form_fields.filter(maps_to="point.email").update(required=False)
    book(6, e_mail="", phone="090-1111-2222")
    assert held().count() == 1

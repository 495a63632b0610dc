import datetime as dt

import pytest
from django.utils import timezone
from django.utils.translation import gettext, override

from crm_plugin.delivery import answers
from crm_plugin.models import Booking, Delivery, FollowUp, Submission
from crm_plugin.snippets.today import TodayViewSet
from crm_plugin.touchpoints import follow_ups
from tests import factories

pytestmark = pytest.mark.django_db


def step(contact, days=0, **more):
    due_on = timezone.localdate() + dt.timedelta(days=days)
    return follow_ups.plan(contact, due_on=due_on, what="Call about Friday", **more)


def text(response):
    return response.content.decode()


@pytest.fixture
def today(url):
    return url("crm_today:index")


def test_it_says_so_when_nothing_waits(staff, today):
    assert "Nothing is waiting for you today." in text(staff.get(today))


def test_it_names_who_waits_for_an_answer_and_why(staff, today, inquiry):
    page = text(staff.get(today))
    assert str(inquiry.contact) in page
    assert "Do you cater for twenty people?" in page
    assert inquiry.get_admin_url() in page


def test_an_overdue_answer_is_marked_and_comes_first(staff, today, inquiry):
    late = factories.InquiryFactory(due_at=timezone.now() - dt.timedelta(hours=3))
    page = text(staff.get(today))
    assert "crm-desk__row--late" in page
    assert "overdue by" in page
    assert page.index(str(late.contact)) < page.index(str(inquiry.contact))


def test_an_answer_in_time_is_not_marked(staff, today, inquiry):
    assert "crm-desk__row--late" not in text(staff.get(today))


def test_an_answer_that_did_not_arrive_is_not_forgotten(staff, today, inquiry, owner):
    answers.answer_by_mail(inquiry, subject="Re", body="Yes.", by=owner)
    Delivery.objects.update(state="bounced")
    page = text(staff.get(today))
    assert "did not arrive at hanako@mail.example" in page
    assert inquiry.get_admin_url() in page


def test_an_answer_whose_end_is_unknown_is_not_called_lost(
    staff, today, inquiry, owner
):
    answers.answer_by_mail(inquiry, subject="Re", body="Yes.", by=owner)
    Delivery.objects.update(state="uncertain")
    page = text(staff.get(today))
    assert "may have arrived" in page
    assert "did not arrive" not in page


def test_the_screen_leaves_the_word_for_the_day_to_the_calendar():
    with override("ja"):
        assert str(TodayViewSet.menu_label) == "今日の対応"
        assert gettext("Today") == "今日"


def test_a_closed_inquiry_waits_for_nobody(staff, today, inquiry):
    inquiry.closed_at = timezone.now()
    inquiry.save()
    assert inquiry.get_admin_url() not in text(staff.get(today))


def test_a_follow_up_says_what_to_do_and_how_to_reach_her(staff, today, contact):
    step(contact)
    page = text(staff.get(today))
    assert "Call about Friday" in page
    assert 'href="tel:+819012345678"' in page


def test_a_follow_up_for_tomorrow_waits_until_tomorrow(staff, today, contact):
    step(contact, 1)
    assert "Call about Friday" not in text(staff.get(today))


def test_only_mine_leaves_out_what_others_do(staff, today, contact, owner):
    step(contact, owner=owner)
    assert "Call about Friday" not in text(staff.get(today, {"who": "me"}))


def test_the_work_of_one_colleague_is_shown_alone(staff, today, contact, owner, url):
    step(contact, owner=owner)
    other = factories.ContactFactory(family_name="山田")
    step(other)
    address = f"{today}?who={owner.pk}"
    assert address in text(staff.get(today))
    page = text(staff.get(address))
    assert contact.get_admin_url() in page
    assert other.get_admin_url() not in page


@pytest.mark.parametrize("who", ["", "0", "99999999999999999999", "nobody"])
def test_who_is_not_there_asks_for_everybody(staff, today, contact, who):
    step(contact)
    assert "Call about Friday" in text(staff.get(today, {"who": who}))


def test_a_colleague_without_work_is_named(staff, today, owner):
    page = text(staff.get(today, {"who": owner.pk}))
    assert "Nothing is waiting for owner today." in page


def test_a_follow_up_is_ticked_off_and_undone(staff, url, contact):
    row = step(contact)
    staff.post(url("crm_today:done", row.pk))
    row.refresh_from_db()
    assert row.done_by.username == "staff"
    staff.post(url("crm_today:undo", row.pk))
    row.refresh_from_db()
    assert row.done_at is None


def test_what_was_done_today_stays_with_an_undo(staff, today, url, contact):
    row = step(contact)
    staff.post(url("crm_today:done", row.pk))
    assert url("crm_today:undo", row.pk) in text(staff.get(today))


def test_a_follow_up_is_put_off(staff, url, contact):
    row = step(contact)
    staff.post(url("crm_today:move", row.pk), {"due_on": "2030-01-31"})
    row.refresh_from_db()
    assert row.due_on == dt.date(2030, 1, 31)


@pytest.mark.parametrize("day", ["", "soon", "2030-02-31"])
def test_what_is_no_date_changes_nothing(staff, url, contact, day):
    row = step(contact)
    page = staff.post(url("crm_today:move", row.pk), {"due_on": day}, follow=True)
    assert "That is not a date." in text(page)
    assert FollowUp.objects.get().due_on == row.due_on


def test_todays_bookings_can_be_marked(staff, today, url, contact):
    booking = factories.BookingFactory(contact=contact)
    assert url("crm_booking:mark", booking.pk) in text(staff.get(today))
    staff.post(url("crm_booking:mark", booking.pk), {"mark": "came", "next": today})
    assert Booking.objects.get().came_at


def test_yesterdays_bookings_are_over(staff, today, contact):
    then = timezone.now() - dt.timedelta(days=1)
    booking = factories.BookingFactory(contact=contact, starts_at=then)
    assert booking.get_admin_url() not in text(staff.get(today))


def test_it_counts_the_changes_that_wait(staff, today, contact):
    submission = Submission.objects.create(key="k", kind="inquiry", reference="S-1")
    submission.claims.create(
        contact=contact, field="contact.note", label="Note", value="x", text="x"
    )
    assert "1 change from a form waits" in text(staff.get(today))


def test_a_marketer_reads_but_has_no_buttons(login, role, today, url, contact):
    row = step(contact)
    page = text(login(role("marketer")).get(today))
    assert "Call about Friday" in page
    assert url("crm_today:done", row.pk) not in page


def test_a_marketer_cannot_tick_off(login, role, url, contact):
    row = step(contact)
    login(role("marketer")).post(url("crm_today:done", row.pk))
    assert FollowUp.objects.get().done_at is None


def test_an_outsider_is_sent_away(login, outsider, today):
    assert login(outsider).get(today).status_code == 302


def test_a_get_ticks_nothing_off(staff, url, contact):
    row = step(contact)
    for name in ("done", "undo", "move"):
        assert staff.get(url(f"crm_today:{name}", row.pk)).status_code == 405
    assert FollowUp.objects.get().done_at is None


def fill(n):
    for _n in range(n):
        person = factories.ContactFactory(phone="+819012345678")
        step(person)
        factories.InquiryFactory(contact=person)
        factories.BookingFactory(contact=person)


def test_the_number_of_queries_does_not_grow(
    staff, today, django_assert_max_num_queries, django_assert_num_queries
):
    fill(1)
    staff.get(today)
    with django_assert_max_num_queries(30) as few:
        staff.get(today)
    fill(5)
    with django_assert_num_queries(len(few)):
        staff.get(today)


def test_a_step_says_with_what_to_call(staff, contact, url):
    factories.TouchpointFactory(contact=contact, kind="chat", body="A quiet table?")
    factories.DealFactory(contact=contact, title="Wedding lunch")
    FollowUp.objects.create(
        contact=contact, due_on=timezone.localdate(), what="Call about the day"
    )
    page = text(staff.get(url("crm_today:index")))
    for shown in ("Call about the day", "A quiet table?", "Wedding lunch"):
        assert shown in page


def test_more_than_a_page_is_counted_and_leads_to_the_list(staff, today):
    factories.InquiryFactory.create_batch(51)
    page = text(staff.get(today))
    assert page.count("crm-desk__row") >= 50
    assert '<span class="crm-desk__count">51</span>' in page
    assert "?state=open" in page
    assert "Look at all 51" in page

import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin.models import FollowUp, Inquiry, Touchpoint
from crm_plugin.touchpoints import history, inquiries

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(staff, url, contact):
    def post(**typed):
        said = {"happened": "call_in", "summary": "Asked for the menu", "key": "k1"}
        return staff.post(url("crm_touchpoint:add", contact.pk), {**said, **typed})

    return post


def test_a_call_is_written_down_with_reason_and_result(write, contact):
    write(body="Sent her the menu.")
    call = Touchpoint.objects.get()
    assert (call.contact, call.kind, call.direction) == (contact, "call", "both")
    assert (call.summary, call.body) == ("Asked for the menu", "Sent her the menu.")
    assert call.by.username == "staff"


@pytest.mark.parametrize(
    ("happened", "kind", "channel", "direction"),
    [
        ("visit", "visit", "shop", "both"),
        ("meeting", "meeting", "meeting", "both"),
        ("mail_in", "mail_in", "email", "in"),
        ("mail_out", "mail_out", "email", "out"),
        ("line", "chat", "line", "both"),
        ("sns", "chat", "sns", "both"),
        ("letter_in", "letter", "post", "in"),
        ("missed", "call", "phone", "out"),
    ],
)
def test_what_happened_says_kind_channel_and_direction(
    write, happened, kind, channel, direction
):
    write(happened=happened)
    row = Touchpoint.objects.get()
    assert (row.kind, row.channel, row.direction) == (kind, channel, direction)


def test_a_complaint_opens_an_inquiry_that_is_owed_an_answer(write, contact):
    response = write(happened="complaint", summary="Waited an hour")
    inquiry = Inquiry.objects.get()
    assert (inquiry.kind, inquiry.subject) == ("complaint", "Waited an hour")
    assert response.url == inquiry.get_admin_url()


@pytest.mark.parametrize("happened", ["line", "call_in", "visit", "mail_in"])
def test_any_talk_may_be_owed_an_answer_until_it_is_closed(
    write, contact, owner, happened
):
    response = write(happened=happened, owed="on")
    inquiry = Inquiry.objects.get()
    assert (inquiry.kind, inquiry.subject) == ("question", "Asked for the menu")
    assert response.url == inquiry.get_admin_url()
    states = []
    for _ in range(2):
        entries = history.story(contact, user=owner)
        (entry,) = [one for one in entries if one.key.startswith("touchpoint:")]
        states.append(dict(entry.details)["State"])
        inquiries.close(inquiry, by=owner)
    assert states == ["answer owed", "closed"]


def test_what_is_owed_nothing_opens_nothing(write):
    write(happened="line")
    assert not Inquiry.objects.exists()


def test_a_double_click_writes_one_note_and_one_complaint(write):
    write(happened="complaint")
    write(happened="complaint")
    assert Touchpoint.objects.count() == Inquiry.objects.count() == 1


def test_the_next_step_is_planned_with_it(write):
    write(next_what="Ask how it was", next_on="2030-01-31")
    step = FollowUp.objects.get()
    assert (step.what, step.owner.username) == ("Ask how it was", "staff")


@pytest.mark.parametrize(
    "half", [{"next_what": "Ask how it was"}, {"next_on": "2030-01-31"}]
)
def test_half_a_next_step_is_not_lost_but_asked_for(write, half):
    response = write(**half)
    assert "needs both what to do and a day" in response.content.decode()
    assert not Touchpoint.objects.exists()


def test_it_may_have_been_earlier_but_not_later(write):
    write(at="2026-01-05 10:00")
    assert Touchpoint.objects.get().at.year == 2026
    later = timezone.now() + dt.timedelta(days=1)
    response = write(at=later.strftime("%Y-%m-%d %H:%M"), key="k2")
    assert "still to come" in response.content.decode()


def test_what_was_typed_survives_an_error(write):
    response = write(summary="", body="A long talk.")
    assert "A long talk." in response.content.decode()


def test_a_marketer_cannot_write(login, role, url, contact):
    client = login(role("marketer"))
    client.post(
        url("crm_touchpoint:add", contact.pk),
        {"happened": "call_in", "summary": "x", "key": "k"},
    )
    assert not Touchpoint.objects.exists()


def test_an_unknown_contact_is_not_found(staff, url):
    assert staff.get(url("crm_touchpoint:add", 999)).status_code == 404

import datetime as dt
from html import unescape

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact
from crm_plugin.intake.models import Submission
from crm_plugin.segments.models import Segment, SegmentMembership
from crm_plugin.touchpoints.models import Inquiry
from tests.factories import AttributeFactory, ContactFactory, SubmissionFactory

pytestmark = pytest.mark.django_db
INDEX = "crm_submission:index"


def url(name, row):
    return reverse(f"crm_submission:{name}", args=[row.pk])


@pytest.fixture
def as_staff(client, role):
    client.force_login(role("staff"))
    return client


@pytest.fixture
def held(db):
    return SubmissionFactory(state="held", spam_reason="honeypot")


def test_the_list_tells_what_waits(as_staff, held):
    html = as_staff.get(reverse(INDEX)).content.decode()
    assert held.reference in html
    assert "Not spam: take it in" in html


def test_one_click_runs_the_whole_capture(as_staff, held):
    as_staff.post(url("release", held))
    held.refresh_from_db()
    assert held.state == "processed"
    assert held.contact == Contact.objects.get()
    assert Inquiry.objects.get().reference == held.reference


def test_opening_a_held_one_says_why_and_changes_nothing(as_staff, held):
    html = as_staff.get(url("inspect", held)).content.decode()
    assert "people do not see" in html
    assert "A table for four?" in html
    assert as_staff.get(url("release", held)).status_code == 405
    held.refresh_from_db()
    assert held.state == "held"


def test_sensitive_answers_are_for_those_with_the_right(as_staff, held):
    AttributeFactory(key="allergies", sensitive=True)
    answer = {"name": "a", "label": "Allergies", "text": "Buckwheat"}
    held.answers += [{**answer, "field": "attribute.allergies", "value": "Buckwheat"}]
    held.save()
    assert "Buckwheat" in as_staff.get(url("inspect", held)).content.decode()
    group = Group.objects.get(name="Staff")
    group.permissions.remove(Permission.objects.get(codename="view_sensitive"))
    html = as_staff.get(url("inspect", held)).content.decode()
    assert "A table for four?" in html
    assert "Buckwheat" not in html


def test_a_failed_one_is_tried_again(as_staff):
    row = SubmissionFactory(state="failed", attempts=5, error="RuntimeError")
    as_staff.post(url("release", row))
    row.refresh_from_db()
    assert (row.state, row.error) == ("processed", "")


def test_releasing_twice_does_it_once(as_staff, held):
    for _time in range(2):
        as_staff.post(url("release", held))
    assert Inquiry.objects.count() == 1


def test_a_booking_without_a_time_can_be_taken_in_as_an_inquiry(as_staff):
    row = SubmissionFactory(state="failed", kind="booking", error="SlotTaken")
    row.answers.append(
        {
            "name": "crm_slot",
            "label": "Time",
            "field": "booking.starts_at",
            "value": "2026-05-11T18:00:00+09:00",
            "text": "11 May 2026, 18:00",
        }
    )
    row.save()
    as_staff.post(url("release_as_inquiry", row))
    inquiry = Inquiry.objects.get()
    assert "Time: 11 May 2026, 18:00" in inquiry.touchpoint.body


def test_what_was_typed_is_shown_as_text(as_staff):
    row = SubmissionFactory()
    row.answers[0]["text"] = "<script>alert(1)</script>"
    row.source = {"utm_source": "<b>x</b>"}
    row.save()
    html = as_staff.get(url("inspect", row)).content.decode()
    assert "<script>alert(1)" not in html
    assert "<b>x</b>" not in html


@pytest.mark.parametrize("name", ["inspect", "release"])
def test_who_may_not_see_submissions_finds_none(client, outsider, held, name):
    client.force_login(outsider)
    verb = client.post if name == "release" else client.get
    answer = verb(url(name, held))
    assert answer.status_code in (302, 404)
    held.refresh_from_db()
    assert held.state == "held"


def test_there_is_nothing_to_edit_or_delete(as_staff, held):
    html = as_staff.get(reverse(INDEX)).content.decode()
    for verb in ("edit", "delete", "new"):
        assert f"/crm/submissions/{verb}/" not in html


def test_the_list_costs_the_same_for_many(as_staff, django_assert_max_num_queries):
    SubmissionFactory.create_batch(30)
    as_staff.get(reverse(INDEX))
    with django_assert_max_num_queries(20):
        as_staff.get(reverse(INDEX))
    assert Submission.objects.count() == 30


def test_the_list_can_be_narrowed(as_staff, held):
    other = SubmissionFactory(page_id=99)
    html = as_staff.get(reverse(INDEX), {"page_id": "99"}).content.decode()
    assert other.reference in html
    assert held.reference not in html
    html = as_staff.get(reverse(INDEX), {"state": "held"}).content.decode()
    assert held.reference in html
    assert other.reference not in html


class TestQuarantine:
    @pytest.fixture
    def three(self, db):
        reasons = ("honeypot", "rate", "rate")
        return [SubmissionFactory(state="held", spam_reason=name) for name in reasons]

    def states(self):
        return sorted(Submission.objects.values_list("state", flat=True))

    def test_the_list_says_in_words_why_each_waits(self, as_staff, three):
        html = as_staff.get(reverse(INDEX), {"state": ["held", "failed"]}).text
        assert html.count("Very many came from the same network at once.") == 2
        assert html.count("A field that people do not see was filled in.") == 1

    def test_spam_is_one_click_and_can_still_be_let_in(self, as_staff, held):
        as_staff.post(url("spam", held))
        held.refresh_from_db()
        assert held.state == "spam"
        assert "deleted on" in as_staff.get(url("inspect", held)).text
        as_staff.post(url("release", held))
        assert Inquiry.objects.get().reference == held.reference

    def test_spam_is_deleted_after_its_days_and_nothing_else_is(
        self, as_staff, three, time_machine
    ):
        time_machine.move_to(timezone.now())
        as_staff.post(url("spam", three[0]))
        time_machine.shift(dt.timedelta(days=29))
        queue.run_due("spam-purge")
        assert self.states() == ["held", "held", "spam"]
        time_machine.shift(dt.timedelta(days=2))
        queue.run_due("spam-purge")
        assert self.states() == ["held", "held"]

    def test_all_of_a_list_are_looked_at_before_they_are_let_in(self, as_staff, three):
        html = as_staff.get(reverse("crm_submission:release_all")).text
        assert "<strong>3</strong> posts are taken in" in html
        assert "same network at once. (2)" in html
        assert self.states() == ["held"] * 3

    def test_all_of_a_list_are_let_in_by_the_worker(self, as_staff, three):
        as_staff.post(reverse("crm_submission:release_all"))
        assert self.states() == ["stored"] * 3
        queue.run_due("intake")
        assert self.states() == ["processed"] * 3
        assert Inquiry.objects.count() == 3

    def test_only_what_the_list_shows_is_let_in(self, as_staff, three):
        other = SubmissionFactory(state="held", spam_reason="rate", page_id=99)
        as_staff.post(reverse("crm_submission:release_all") + "?page_id=99")
        other.refresh_from_db()
        assert other.state == "stored"
        assert self.states() == ["held"] * 3 + ["stored"]

    def test_all_of_a_list_are_spam(self, as_staff, three):
        done = SubmissionFactory()
        as_staff.post(reverse("crm_submission:spam_all"))
        done.refresh_from_db()
        assert done.state != "spam"
        assert Submission.objects.filter(state="spam").count() == 3

    def test_a_filter_that_means_nothing_lets_nobody_in(self, as_staff, three):
        as_staff.post(reverse("crm_submission:release_all") + "?page_id=seven")
        assert self.states() == ["held"] * 3

    def test_letting_in_many_costs_as_much_as_few(
        self, as_staff, three, django_assert_max_num_queries
    ):
        SubmissionFactory.create_batch(30, state="held", spam_reason="rate")
        with django_assert_max_num_queries(20):
            as_staff.post(reverse("crm_submission:release_all"))

    def test_the_home_says_that_something_waits(self, as_staff, three):
        SubmissionFactory(state="failed", error="SlotTaken")
        html = as_staff.get(reverse("crm_home:index")).text
        assert "<strong>4</strong> form posts wait for your look" in html

    def test_the_home_says_nothing_when_nothing_waits(self, as_staff):
        html = as_staff.get(reverse("crm_home:index")).text
        assert "for your look" not in html

    def test_without_the_right_to_change_there_is_no_button(self, client, role, three):
        user = role("staff")
        right = Permission.objects.get(codename="change_submission")
        Group.objects.get(name="Staff").permissions.remove(right)
        client.force_login(user)
        assert "All of these are spam" not in client.get(reverse(INDEX)).text
        for name in ("release_all", "spam_all"):
            client.post(reverse(f"crm_submission:{name}"))
        client.post(url("spam", three[0]))
        assert self.states() == ["held"] * 3


def test_a_submission_opens_its_contact(as_staff, contact):
    SubmissionFactory(contact=contact, state="processed")
    html = as_staff.get(reverse(INDEX)).content.decode()
    assert f'href="{contact.get_admin_url()}"' in html


def test_all_senders_of_a_form_are_chosen_in_the_list_of_contacts(as_staff, contact):
    SubmissionFactory(contact=contact, state="processed", page_id=7)
    other = ContactFactory()
    html = as_staff.get(f"{reverse(INDEX)}?page_id=7").content.decode()
    url = f"{reverse('crm_contact:index')}?form=7"
    assert url in html
    chosen = as_staff.get(url).content.decode()
    assert contact.get_admin_url() in chosen
    assert other.get_admin_url() not in chosen
    assert f"{reverse('crm_contact:bulk')}?form=7" in chosen


def test_all_senders_of_a_form_are_put_into_a_new_segment(client, owner):
    client.force_login(owner)
    sender, other, spammer = ContactFactory.create_batch(3)
    SubmissionFactory(contact=sender, state="processed", page_id=7)
    SubmissionFactory(contact=other, state="processed", page_id=8)
    SubmissionFactory(contact=spammer, state="spam", page_id=7)
    button = f"{reverse('crm_contact:bulk')}?form=7&do=pick"
    for listed in (INDEX, "crm_submission:index_results"):
        html = unescape(client.get(reverse(listed), {"page_id": 7}).content.decode())
        assert f'href="{button}"' in html
        assert "everybody who has ever sent" not in html
    shown = client.get(button).text
    assert str(sender) in shown
    assert str(other) not in shown
    client.post(button, {"value": "new", "name": "Wrote to us"})
    queue.run_due()
    while changes.drain():
        pass
    segment = Segment.objects.get(name="Wrote to us")
    inside = SegmentMembership.objects.filter(segment=segment, left_at=None)
    assert [row.contact for row in inside] == [sender]


@pytest.mark.parametrize(
    "more", [{"state": "held"}, {"received_at_from": "2026-01-01"}, {"kind": "inquiry"}]
)
def test_what_only_narrows_the_submissions_is_said_beside_the_buttons(as_staff, more):
    html = as_staff.get(reverse(INDEX), {"page_id": 7, **more}).content.decode()
    assert "everybody who has ever sent this form" in html


def test_who_may_not_change_segments_has_no_button_for_it(as_staff, contact):
    SubmissionFactory(contact=contact, state="processed", page_id=7)
    html = as_staff.get(reverse(INDEX), {"page_id": 7}).content.decode()
    assert "The contacts who sent this form" in html
    assert "into a segment" not in html


def test_without_a_form_there_is_nobody_to_choose(as_staff, held):
    html = as_staff.get(reverse(INDEX)).content.decode()
    assert "The contacts who sent this form" not in html

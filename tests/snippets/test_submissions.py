import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from crm_plugin.contacts.models import Contact
from crm_plugin.intake.models import Submission
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


def test_without_a_form_there_is_nobody_to_choose(as_staff, held):
    html = as_staff.get(reverse(INDEX)).content.decode()
    assert "The contacts who sent this form" not in html

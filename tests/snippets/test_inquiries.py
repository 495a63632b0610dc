import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin.contacts import search
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def index(url):
    return url("crm_inquiry:index")


def rows(response):
    return list(response.context_data["object_list"])


def test_open_ones_come_first_the_most_urgent_on_top(staff, index):
    now = timezone.now()
    closed = factories.InquiryFactory(closed_at=now, due_at=now)
    calm = factories.InquiryFactory(due_at=now + dt.timedelta(days=2))
    urgent = factories.InquiryFactory(due_at=now + dt.timedelta(hours=1))
    assert rows(staff.get(index)) == [urgent, calm, closed]


@pytest.mark.parametrize(
    ("state", "expected"), [("open", 2), ("overdue", 1), ("closed", 1)]
)
def test_it_is_filtered_by_state(staff, index, state, expected):
    now = timezone.now()
    factories.InquiryFactory(closed_at=now)
    factories.InquiryFactory(due_at=now - dt.timedelta(hours=1))
    factories.InquiryFactory(due_at=now + dt.timedelta(hours=1))
    assert len(rows(staff.get(index, {"state": state}))) == expected


def test_it_is_filtered_by_owner(staff, index, owner):
    mine = factories.InquiryFactory(owner=owner)
    factories.InquiryFactory()
    assert rows(staff.get(index, {"owner": owner.pk})) == [mine]


def test_it_is_filtered_by_the_day_it_is_owed(staff, index):
    soon = factories.InquiryFactory()
    factories.InquiryFactory(due_at=timezone.now() + dt.timedelta(days=9))
    until = timezone.localdate() + dt.timedelta(days=3)
    assert rows(staff.get(index, {"due_to": str(until)})) == [soon]


@pytest.mark.parametrize("text", ["髙橋", "タカハシ", "090-1234-5678", "Q-77"])
def test_it_is_searched_by_person_and_by_reference(staff, index, text):
    person = factories.ContactFactory(
        family_name="高橋", family_kana="タカハシ", phone="+819012345678"
    )
    search.refresh([person.pk])
    hers = factories.InquiryFactory(contact=person, reference="Q-77")
    factories.InquiryFactory()
    assert rows(staff.get(index, {"q": text})) == [hers]


def test_what_is_late_and_what_is_a_complaint_stands_out(staff, index):
    late = timezone.now() - dt.timedelta(hours=1)
    factories.InquiryFactory(due_at=late, kind="complaint")
    text = staff.get(index).content.decode()
    assert "crm-inquiry--overdue" in text
    assert "crm-inquiry--complaint" in text


def test_the_list_is_exported_in_words_by_whoever_may(login, owner, role, index):
    owned = factories.InquiryFactory(owner=owner, kind="complaint", subject="Cold")
    asked = {"export": "csv", "state": "open"}
    answer = login(owner).get(index, asked)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    heading, row = text.splitlines()
    assert heading.startswith("Reference,Contact,Kind,Subject,State,Owner")
    assert f"{owned.reference},{owned.contact},complaint,Cold,answer owed,owner" in row
    assert login(role("staff")).get(index, asked).status_code == 302


def test_an_outsider_is_sent_away(login, outsider, index):
    assert login(outsider).get(index).status_code == 302


def test_the_number_of_queries_does_not_grow(
    staff, index, django_assert_max_num_queries, django_assert_num_queries
):
    factories.InquiryFactory()
    staff.get(index)
    with django_assert_max_num_queries(25) as few:
        staff.get(index)
    for _n in range(5):
        factories.InquiryFactory()
    with django_assert_num_queries(len(few)):
        staff.get(index)

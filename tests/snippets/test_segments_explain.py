"""Who is in a segment and what its rule says are two things until it is refreshed."""

import pytest
from django.urls import reverse
from wagtail.users.models import UserProfile

from crm_plugin.models import Contact, Segment
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from tests import factories

pytestmark = pytest.mark.django_db
NEXT = "The next refresh brings the membership up to this."
DRAFT = "Not published: it has no members."
STAY = "members stay as they were"


@pytest.fixture
def guest():
    return factories.ContactFactory(language="en")


@pytest.fixture
def english(guest):
    rule = [condition("language", languages=["en"])]
    segment = factories.SegmentFactory(key="english", name="English", rule=rule)
    refresh(segment)
    return segment


@pytest.fixture
def page(client, owner, guest, english):
    """What the screen says of the guest, without tags and in one line."""

    def read():
        client.force_login(owner)
        url = reverse("crm_segment:explain", args=[english.pk, guest.pk])
        text = client.get(url).text.replace("<strong>", "").replace("</strong>", "")
        return " ".join(text.split())

    return read


def test_who_is_in_it_by_its_rule_belongs_to_it(page, guest):
    said = page()
    assert f"{guest} belongs to “English”." in said
    assert NEXT not in said


def test_whom_the_rule_no_longer_takes_still_belongs_to_it_until_the_refresh(
    page, guest, english
):
    Contact.objects.update(language="ja")
    said = page()
    assert f"{guest} belongs to “English”." in said
    assert NEXT in said
    refresh(english)
    assert f"{guest} does not belong to “English”." in page()


def test_whom_the_rule_takes_belongs_to_it_only_after_the_refresh(page, guest, english):
    english.memberships.all().delete()
    said = page()
    assert f"{guest} does not belong to “English”." in said
    assert NEXT in said


@pytest.mark.parametrize(
    ("language", "would"), [("en", "would belong"), ("ja", "would not belong")]
)
def test_a_draft_has_no_members_and_says_what_its_rule_would_say(
    page, guest, language, would
):
    Segment.objects.update(live=False)
    Contact.objects.update(language=language)
    said = page()
    assert f"{DRAFT} By its rule {guest} {would} to “English”." in said
    assert NEXT not in said


def test_a_draft_is_told_in_japanese_too(page, guest, owner):
    UserProfile.objects.create(user=owner, preferred_language="ja")
    Segment.objects.update(live=False)
    assert f"この条件では、{guest}は「English」に該当することになります。" in page()


@pytest.mark.parametrize("live", [True, False])
def test_only_of_one_in_force_the_members_stay_as_they_were(page, live):
    gone = [condition("consent", topic="gone", state="granted")]
    Segment.objects.update(live=live, rule=gone)
    said = page()
    assert "The rule cannot be evaluated" in said
    assert (STAY in said) is live
    assert (DRAFT in said) is not live

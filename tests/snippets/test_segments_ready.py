"""The page of ready-made segments: said first, made with one click, never twice."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.users.models import UserProfile

from crm_plugin.models import Segment
from crm_plugin.segments import ready_made
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
URL = "crm_segment:ready"


@pytest.fixture
def as_marketer(login, role):
    return login(role("marketer"))


def test_the_list_leads_to_it_empty_or_not(as_marketer):
    for _number in range(2):
        assert reverse(URL) in as_marketer.get(reverse("crm_segment:list")).text
        factories.SegmentFactory(live=True)


def test_each_says_by_which_measure_and_whom_before_it_is_made(as_marketer):
    text = as_marketer.get(reverse(URL)).text
    assert "Good customers" in text
    assert "both by contact days and by net sales of the last 365 days" in text
    assert "People with top 20 % both by contact days and by net sales" in text
    assert not Segment.objects.exists()


def test_it_speaks_japanese(as_marketer, role):
    user = as_marketer.session["_auth_user_id"]
    UserProfile.objects.create(user_id=user, preferred_language="ja")
    text = as_marketer.get(reverse(URL)).text
    assert "優良顧客" in text
    assert "ご紹介くださった方" in text


@pytest.mark.parametrize(
    "key", ["good-customers", "came-once", "late", "asleep", "introducers"]
)
def test_one_click_makes_and_publishes_it_once(as_marketer, key):
    for _number in range(2):
        shown = as_marketer.post(reverse(URL), {"ready": key}, follow=True)
        assert shown.status_code == 200
    segment = Segment.objects.get()
    assert segment.live
    assert segment.key == key
    assert segment.description
    assert "You have it" in as_marketer.get(reverse(URL)).text


def test_what_somebody_made_of_it_is_shown_and_left(as_marketer):
    as_marketer.post(reverse(URL), {"ready": "came-once"})
    Segment.objects.update(name="First-timers")
    as_marketer.post(reverse(URL), {"ready": "came-once"})
    assert "First-timers" in as_marketer.get(reverse(URL)).text
    assert Segment.objects.get().name == "First-timers"


def test_without_the_right_to_publish_it_is_a_draft(login, django_user_model):
    user = django_user_model.objects.create_user("drafter")
    codenames = ("access_admin", "view_segment", "add_segment", "change_segment")
    rights = Permission.objects.filter(codename__in=codenames)
    user.user_permissions.set(rights)
    client = login(user)
    assert "You make a draft" in client.get(reverse(URL)).text
    shown = client.post(reverse(URL), {"ready": "asleep"}, follow=True)
    assert "is a draft now" in shown.text
    assert not Segment.objects.get().live


def test_what_the_site_has_no_words_for_is_not_offered(as_marketer):
    assert "Lunch guests" not in as_marketer.get(reverse(URL)).text
    posted = as_marketer.post(reverse(URL), {"ready": "lunch-guests"})
    assert posted.status_code == 404
    assert not Segment.objects.exists()


def test_what_reads_something_sensitive_is_only_for_who_may_know(login, role, owner):
    from example.content.attributes import build_attributes
    from example.content.shop import CATEGORIES

    build_attributes(CATEGORIES)
    name = "Women with children at home"
    assert name in login(owner).get(reverse(URL)).text
    assert name not in login(role("marketer")).get(reverse(URL)).text


def test_one_of_visits_is_offered_as_well(as_marketer):
    assert "Came by a social link" in as_marketer.get(reverse(URL)).text
    shown = as_marketer.post(reverse(URL), {"ready": "social-link"}, follow=True)
    assert "the referring site instagram.com" in shown.text
    assert Segment.objects.get().of_visits


@pytest.mark.parametrize("key", ["", "nothing", "stages"])
def test_an_unknown_one_is_not_found(as_marketer, key):
    assert as_marketer.post(reverse(URL), {"ready": key}).status_code == 404


def test_its_cost_does_not_grow_with_what_was_made(as_marketer):
    as_marketer.get(reverse(URL))

    def cost():
        with CaptureQueriesContext(connection) as queries:
            as_marketer.get(reverse(URL))
        return len(queries)

    before = cost()
    ready_made.ensure(["asleep", "came-once", "late"])
    assert cost() <= before + 1

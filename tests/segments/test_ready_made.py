import pytest

from crm_plugin import rules
from crm_plugin.models import Segment, SegmentMembership
from crm_plugin.segments import ready_made
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop():
    """What the example site has: two categories and the attribute of liking."""
    for key in ("lunch", "dinner"):
        factories.CategoryFactory(key=key)
    gone = factories.ContactFactory(archived_at="2026-01-01T00:00Z")
    liking = factories.taste(gone, "lunch").definition
    liking.choices.create(key="dinner", label="Dinner")


def members(key):
    stays = SegmentMembership.objects.filter(segment__key=key, left_at=None)
    return set(stays.values_list("contact_id", flat=True))


def test_every_ready_made_rule_is_without_problems():
    for key, definition in ready_made.READY_MADE.items():
        assert rules.problems(definition["rule"]) == [], key


def test_lunch_guests_are_who_lunches_more_and_who_says_so():
    lunching, saying, dining = factories.ContactFactory.create_batch(3)
    factories.uses(lunching, 3, 9, category="lunch")
    factories.taste(saying, "lunch")
    factories.uses(dining, 5, category="dinner")
    factories.taste(dining, "lunch")
    ready_made.ensure(["lunch-guests"], refreshed=True)
    assert members("lunch-guests") == {lunching.pk, saying.pk}


def test_a_stated_liking_counts_only_for_who_never_came():
    gone, saying = factories.ContactFactory.create_batch(2)
    factories.uses(gone, 200, category="lunch")
    for guest in (gone, saying):
        factories.taste(guest, "lunch")
    ready_made.ensure(["lunch-guests"], refreshed=True)
    assert members("lunch-guests") == {saying.pk}


@pytest.mark.parametrize(
    ("days_ago", "inside"),
    [((13,), False), ((14,), True), ((120,), True), ((121,), False), ((20, 30), False)],
)
def test_came_once_is_one_use_some_time_ago(days_ago, inside):
    guest = factories.ContactFactory()
    factories.uses(guest, *days_ago)
    ready_made.ensure(["came-once"], refreshed=True)
    assert (guest.pk in members("came-once")) is inside


def test_asleep_leaves_out_who_waits_for_an_answer_to_a_complaint():
    asleep, cross = factories.ContactFactory.create_batch(2)
    for guest in (asleep, cross):
        factories.uses(guest, 200)
    factories.InquiryFactory(contact=cross, kind="complaint")
    ready_made.ensure(["asleep"], refreshed=True)
    assert members("asleep") == {asleep.pk}


def test_ensuring_twice_leaves_what_a_marketer_changed():
    segment = ready_made.ensure(["asleep"])["asleep"]
    Segment.objects.filter(pk=segment.pk).update(name="Sleepers")
    assert ready_made.ensure(["asleep"])["asleep"].name == "Sleepers"
    assert segment.live

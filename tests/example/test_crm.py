"""The ready-made segments that the example adds to the plugin's own."""

import pytest

from crm_plugin import rules
from crm_plugin.models import SegmentMembership
from crm_plugin.segments import ready_made
from example.content.attributes import build_attributes
from example.content.shop import CATEGORIES
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


def test_everything_that_it_offers_works_with_its_own_attributes():
    build_attributes(CATEGORIES)
    for key in ready_made.READY_MADE:
        rule = ready_made.definition(key)["rule"]
        assert rules.problems(rule, visits=True) == [], key

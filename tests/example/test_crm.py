"""The ready-made segments that the example adds to the plugin's own."""

import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin import rules
from crm_plugin.contacts import records
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


@pytest.mark.parametrize(
    ("key", "inside", "outside"),
    [
        (
            "women-with-children",
            [
                {"sex": "female", "family": ["children"]},
                {"sex": "female", "family": ["couple", "children"]},
            ],
            [
                {"sex": "male", "family": ["children"]},
                {"sex": "female", "family": ["couple"]},
                {"sex": "female"},
                {"family": ["children"]},
                {},
            ],
        ),
        (
            "higher-income",
            [{"income": "7-10"}, {"income": "over-10"}],
            [{"income": "4-7"}, {}],
        ),
    ],
)
def test_a_pattern_holds_whom_what_they_told_us_describes(key, inside, outside):
    build_attributes(CATEGORIES)

    def told(each):
        said = {f"attribute.{name}": answer for name, answer in each.items()}
        return records.create_contact({"contact.family_name": "森"} | said).pk

    wanted = {told(each) for each in inside}
    for each in outside:
        told(each)
    ready_made.ensure([key], refreshed=True)
    assert members(key) == wanted


def test_who_is_sixty_today_is_aged_sixty_and_over():
    today = timezone.localdate()
    days = [dt.timedelta(0), dt.timedelta(days=1), -dt.timedelta(days=9000)]
    births = [today.replace(year=today.year - 60) + each for each in days]
    sixty, _tomorrow, older = (
        factories.ContactFactory(birth_on=born).pk for born in births
    )
    factories.ContactFactory(birth_on=None)
    ready_made.ensure(["sixty-and-over"], refreshed=True)
    assert members("sixty-and-over") == {sixty, older}

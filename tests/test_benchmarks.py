"""What the benchmarks ask is heard: a filter that is not would measure another list."""

import pytest

from benchmarks import contact_screens, crowd

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db):
    """What the filters ask for."""
    crowd.offer()


def test_each_filter_of_the_list_of_contacts_narrows_it(shop, owner):
    assert contact_screens.ignored(owner) == []


def test_a_filter_that_the_list_does_not_know_is_noticed(shop, owner, monkeypatch):
    asked = "stage=lost&last_touch_min=2026-05-01&created_to=soon"
    monkeypatch.setattr(contact_screens, "FILTERS", {"": asked})
    assert contact_screens.ignored(owner) == [
        *("last_touch_min=2026-05-01", "created_to=soon"),
        # The search among the filtered asks for the same.
        *("last_touch_min=2026-05-01", "created_to=soon"),
    ]

"""Two people press the button at one instant."""

import pytest

from crm_plugin.contacts.merge import AlreadyMerged, merge_contacts, undo_merge
from crm_plugin.contacts.merge.refusals import AlreadyUndone
from crm_plugin.models import Contact, ContactAlias
from tests import factories
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair():
    return [
        factories.ContactFactory(email=f"{name}@mail.example") for name in ("a", "b")
    ]


def attempt(pair):
    try:
        return merge_contacts(*pair, by=None)
    except AlreadyMerged:
        return None


@pytest.mark.parametrize("crossed", [False, True])
def test_one_wins_and_the_other_is_told(pair, crossed):
    first, second = ([Contact.objects.get(pk=c.pk) for c in pair] for _each in "ab")
    if crossed:
        second.reverse()
    done = at_once(attempt, [first, second])
    assert sum(result is not None for result in done) == 1
    assert Contact.objects.count() == ContactAlias.objects.count() == 1
    assert Contact.objects.get().points.count() == 2


def test_of_two_who_undo_at_once_one_is_told(pair):
    operation = merge_contacts(*pair, by=None)

    def undo(_who):
        try:
            return undo_merge(operation, by=None)
        except AlreadyUndone:
            return None

    done = at_once(undo, range(2))
    assert sum(result is not None for result in done) == 1
    assert Contact.objects.count() == 2

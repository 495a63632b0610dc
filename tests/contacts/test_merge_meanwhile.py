"""What others did between a merge and its undo: nothing that came back dangles."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from crm_plugin import journal
from crm_plugin.contacts import departments
from crm_plugin.contacts.duplicates import pairs
from crm_plugin.contacts.merge import Refused, merge_contacts, undo_merge
from crm_plugin.models import (
    Affiliation,
    Consent,
    Contact,
    ContactPoint,
    ContactValue,
    DealPerson,
    SegmentMembership,
    SuspectedPair,
)
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def survivor(db):
    return factories.ContactFactory(email="hanako@mail.example")


@pytest.fixture
def duplicate(db):
    return factories.ContactFactory(email="hana@work.example")


@pytest.fixture
def friend(db):
    return factories.ContactFactory(family_name="Friend")


def back(operation):
    """Undo, and let the database look at every key at once."""
    undone = undo_merge(operation, by=None)
    connection.check_constraints()
    return undone


class TestSomebodyElseWasMerged:
    def test_whoever_introduced_them_is_found_under_the_new_id(
        self, survivor, duplicate, friend
    ):
        Contact.objects.filter(pk=duplicate.pk).update(introduced_by=friend)
        operation = merge_contacts(survivor, duplicate, by=None)
        other = factories.ContactFactory()
        merge_contacts(other, friend, by=None)
        assert back(operation).duplicate.introduced_by == other

    def test_the_survivors_own_introducer_as_well(self, survivor, duplicate, friend):
        Contact.objects.filter(pk=survivor.pk).update(introduced_by=friend)
        Contact.objects.filter(pk=duplicate.pk).update(introduced_by=survivor)
        chosen = {"introduced_by_id": "duplicate"}
        operation = merge_contacts(survivor, duplicate, choices=chosen, by=None)
        other = factories.ContactFactory()
        merge_contacts(other, friend, by=None)
        undone = back(operation)
        assert undone.duplicate.introduced_by == survivor
        assert undone.survivor.introduced_by == other

    def test_not_the_same_holds_for_whom_they_became(
        self, survivor, duplicate, friend, owner
    ):
        pairs.tell_apart(duplicate, friend, by=owner)
        operation = merge_contacts(survivor, duplicate, by=None)
        other = factories.ContactFactory()
        merge_contacts(other, friend, by=None)
        back(operation)
        lower, higher = sorted((duplicate.pk, other.pk))
        pair = SuspectedPair.objects.get(lower=lower, higher=higher)
        assert pair.dismissed_by == owner

    def test_a_pair_of_whom_they_became_and_them_is_none(
        self, survivor, duplicate, friend, owner
    ):
        pairs.tell_apart(duplicate, friend, by=owner)
        operation = merge_contacts(survivor, duplicate, by=None)
        friend.delete()
        back(operation)
        assert not SuspectedPair.objects.exists()


class TestSomethingIsGone:
    def test_an_introducer_who_is_gone_is_nobody(self, survivor, duplicate, friend):
        Contact.objects.filter(pk=duplicate.pk).update(introduced_by=friend)
        operation = merge_contacts(survivor, duplicate, by=None)
        friend.delete()
        assert back(operation).duplicate.introduced_by is None

    def test_an_owner_who_left_the_firm_is_nobody(self, survivor, duplicate):
        user = User.objects.create_user("gone")
        Contact.objects.update(owner=user)
        operation = merge_contacts(survivor, duplicate, by=user)
        user.delete()
        undone = back(operation)
        assert (undone.survivor.owner, undone.duplicate.owner) == (None, None)

    def test_a_department_that_was_removed_is_none(self, survivor, duplicate):
        firm = factories.OrganisationFactory()
        sales = firm.departments.create(name="Sales")
        for each in (survivor, duplicate):
            each.affiliations.create(organisation=firm, department=sales)
        operation = merge_contacts(survivor, duplicate, by=None)
        departments.remove(sales, by=None)
        back(operation)
        assert list(duplicate.affiliations.values_list("department")) == [(None,)]

    def test_a_firm_that_is_gone_takes_the_place_in_it_along(self, survivor, duplicate):
        firm = factories.OrganisationFactory()
        for each in (survivor, duplicate):
            each.affiliations.create(organisation=firm)
        operation = merge_contacts(survivor, duplicate, by=None)
        firm.delete()
        back(operation)
        assert not Affiliation.objects.exists()

    def test_an_attribute_that_is_gone_takes_its_answers_along(
        self, survivor, duplicate, occasion
    ):
        for each, choice in zip(
            (survivor, duplicate), occasion.choices.all(), strict=True
        ):
            ContactValue.objects.create(owner=each, definition=occasion, choice=choice)
        chosen = {"attribute.occasion": "duplicate"}
        operation = merge_contacts(survivor, duplicate, choices=chosen, by=None)
        ContactValue.objects.all().delete()
        occasion.delete()
        back(operation)
        assert not ContactValue.objects.exists()

    def test_a_deal_that_is_gone_involves_nobody(self, survivor, duplicate):
        deal = factories.DealFactory()
        for each in (survivor, duplicate):
            deal.people.create(contact=each)
        operation = merge_contacts(survivor, duplicate, by=None)
        deal.delete()
        back(operation)
        assert not DealPerson.objects.exists()

    def test_a_segment_that_is_gone_holds_nobody(self, survivor, duplicate):
        segment = factories.SegmentFactory(live=False)
        for each in (survivor, duplicate):
            factories.MembershipFactory(segment=segment, contact=each)
        operation = merge_contacts(survivor, duplicate, by=None)
        segment.delete()
        back(operation)
        assert not SegmentMembership.objects.exists()

    def test_a_topic_that_is_gone_is_agreed_to_by_nobody(self, survivor, duplicate):
        topic = factories.TopicFactory()
        for each in (survivor, duplicate):
            factories.ConsentFactory(
                point=factories.PointFactory(contact=each, value="both@mail.example"),
                topic=topic,
            )
        operation = merge_contacts(survivor, duplicate, by=None)
        Consent.objects.all().delete()
        topic.delete()
        assert back(operation).duplicate.points.count() == 2

    def test_an_address_that_was_taken_off_comes_back_on_the_other_record_alone(
        self, survivor, duplicate
    ):
        shared = [
            factories.PointFactory(contact=each, value="both@mail.example")
            for each in (survivor, duplicate)
        ]
        for point in shared:
            factories.DeliveryFactory(contact=point.contact, point=point)
        operation = merge_contacts(survivor, duplicate, by=None)
        ContactPoint.objects.filter(pk=shared[0].pk).delete()
        back(operation)
        assert list(ContactPoint.objects.filter(value="both@mail.example")) == [
            shared[1]
        ]


def test_an_address_that_was_entered_anew_meanwhile_is_not_entered_twice(
    survivor, duplicate
):
    """The joined point was taken off, and another one of the record corrected to it."""
    joined, own = (
        factories.PointFactory(contact=each, value="both@mail.example")
        for each in (survivor, duplicate)
    )
    factories.DeliveryFactory(contact=duplicate, point=own, agreed=False)
    moved = duplicate.points.get(value="hana@work.example")
    operation = merge_contacts(survivor, duplicate, by=None)
    norm = {"value": own.value, "value_norm": own.value_norm}
    joined.delete()
    ContactPoint.objects.filter(pk=moved.pk).update(**norm)
    back(operation)
    assert list(duplicate.points.values_list("pk", "value")) == [(moved.pk, own.value)]


def test_a_bulk_owner_who_left_does_not_come_back(survivor, owner):
    """Not only merges: whatever is taken back names nobody who is gone."""
    user = User.objects.create_user("gone")
    Contact.objects.update(owner=user)
    survivor.refresh_from_db()
    operation = journal.edit(survivor, {"owner_id": owner.pk}, by=owner)
    user.delete()
    assert journal.undo(operation, by=owner) == []
    connection.check_constraints()
    survivor.refresh_from_db()
    assert survivor.owner is None


def test_an_archived_survivor_is_taken_apart_as_well(survivor, duplicate):
    operation = merge_contacts(survivor, duplicate, by=None)
    Contact.objects.update(archived_at=timezone.now())
    undone = back(operation)
    assert undone.survivor.archived_at
    assert undone.duplicate.archived_at is None


def test_a_survivor_that_was_erased_cannot_be_taken_apart(survivor, duplicate):
    operation = merge_contacts(survivor, duplicate, by=None)
    Contact.objects.get().delete()
    with pytest.raises(Refused, match="not there any more"):
        undo_merge(operation, by=None)


def test_a_merge_after_an_undo_and_its_undo_again(survivor, duplicate):
    """There and back: A into B, undone, B into A, undone."""
    before = dt.datetime.now(dt.UTC)
    first = merge_contacts(survivor, duplicate, by=None)
    undone = back(first)
    second = merge_contacts(undone.duplicate, undone.survivor, by=None)
    back(second)
    assert set(Contact.objects.values_list("pk", flat=True)) == {
        survivor.pk,
        duplicate.pk,
    }
    assert second.at >= before
    with pytest.raises(Refused, match="already"):
        undo_merge(first, by=None)

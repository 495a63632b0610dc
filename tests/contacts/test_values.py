import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from crm_plugin import journal
from crm_plugin.contacts import values
from crm_plugin.models import ContactChange, ContactValue
from tests import factories

pytestmark = pytest.mark.django_db


def shown(contact, **kwargs):
    rows = values.read([contact.pk], **kwargs).get(contact.pk, [])
    return {definition.key: text for definition, text in rows}


def test_values_are_written_and_shown(contact, occasion, likes):
    values.write(
        {contact.pk: {"occasion": "family", "likes": ["lunch", "dinner"]}}, by=None
    )
    assert shown(contact) == {"occasion": "Family", "likes": "Lunch, Dinner"}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "tea"),
        ("long_text", "much\ntea"),
        ("number", Decimal("1.5")),
        ("yes_no", True),
        ("yes_no", False),
    ],
)
def test_each_type_comes_back_as_it_was_written(contact, kind, value):
    factories.AttributeFactory(key="x", type=kind)
    values.write({contact.pk: {"x": value}}, by=None)
    assert values.current([contact.pk], ["x"]) == {contact.pk: {"x": value}}


def test_writing_the_same_again_changes_nothing(contact, occasion, likes):
    said = {contact.pk: {"occasion": "family", "likes": ["lunch"]}}
    values.write(said, by=None)
    assert values.write(said, by=None) == []


def test_a_value_that_is_corrected_was_changed_then(contact, occasion, time_machine):
    """Rules ask when a value was recorded or changed."""
    values.write({contact.pk: {"occasion": "family"}}, by=None)
    later = timezone.now() + dt.timedelta(days=40)
    time_machine.move_to(later, tick=False)
    values.write({contact.pk: {"occasion": "business"}}, by=None)
    assert ContactValue.objects.get().updated_at == later


def test_a_tick_may_be_taken_away(contact, likes):
    values.write({contact.pk: {"likes": ["lunch", "dinner"]}}, by=None)
    values.write({contact.pk: {"likes": ["dinner"]}}, by=None)
    assert shown(contact) == {"likes": "Dinner"}


def test_a_value_may_be_emptied(contact, occasion):
    values.write({contact.pk: {"occasion": "family"}}, by=None)
    values.write({contact.pk: {"occasion": None}}, by=None)
    assert not ContactValue.objects.exists()


def test_keys_that_are_not_named_stay(contact, occasion, likes):
    values.write({contact.pk: {"occasion": "family"}}, by=None)
    values.write({contact.pk: {"likes": ["lunch"]}}, by=None)
    assert set(shown(contact)) == {"occasion", "likes"}


def test_the_change_feed_hears_of_it(contact, occasion):
    values.write({contact.pk: {"occasion": "family"}}, by=None)
    assert list(ContactChange.objects.values_list("contact_id", "aspect")) == [
        (contact.pk, "attributes")
    ]


@pytest.mark.parametrize("before", [None, "business"])
def test_a_write_can_be_undone(contact, occasion, before, owner):
    if before:
        values.write({contact.pk: {"occasion": before}}, by=None)
    entries = values.write({contact.pk: {"occasion": "family"}}, by=None)
    operation = journal.record("edit", entries, by=None)
    journal.undo(operation, by=owner)
    assert values.current([contact.pk], ["occasion"]) == (
        {contact.pk: {"occasion": "business"}} if before else {}
    )


def test_a_removal_can_be_undone(contact, likes, owner):
    values.write({contact.pk: {"likes": ["lunch", "dinner"]}}, by=None)
    entries = values.write({contact.pk: {"likes": []}}, by=None)
    journal.undo(journal.record("edit", entries, by=None), by=owner)
    assert shown(contact) == {"likes": "Lunch, Dinner"}


def test_sensitive_values_are_shown_only_with_the_right(contact, allergies, owner):
    values.write({contact.pk: {"allergies": "peanuts"}}, by=None)
    assert shown(contact) == {}
    assert shown(contact, user=owner) == {"allergies": "peanuts"}


def test_sensitive_values_are_not_written_without_the_right(
    contact, allergies, outsider
):
    values.write({contact.pk: {"allergies": "none"}}, by=outsider)
    assert not ContactValue.objects.exists()


def test_an_organisation_has_values_of_its_own():
    organisation = factories.OrganisationFactory()
    factories.AttributeFactory(key="industry", type="text", describes="organisation")
    values.write({organisation.pk: {"industry": "Steel"}}, noun="organisation", by=None)
    rows = values.read([organisation.pk], noun="organisation")[organisation.pk]
    assert [text for _definition, text in rows] == ["Steel"]
    assert not ContactChange.objects.exists()


@pytest.mark.parametrize("count", [1, 20])
def test_reading_costs_the_same_for_many(
    count, occasion, likes, django_assert_num_queries
):
    contacts = factories.ContactFactory.create_batch(count)
    said = {"occasion": "family", "likes": ["lunch", "dinner"]}
    values.write({contact.pk: said for contact in contacts}, by=None)
    with django_assert_num_queries(3):
        assert len(values.read([contact.pk for contact in contacts])) == count


@pytest.mark.parametrize("count", [1, 20])
def test_writing_costs_the_same_for_many(
    count, occasion, likes, django_assert_num_queries
):
    contacts = factories.ContactFactory.create_batch(count)
    ids = [contact.pk for contact in contacts]
    values.write(
        {pk: {"occasion": "family", "likes": ["lunch"]} for pk in ids}, by=None
    )
    new = {pk: {"occasion": "business", "likes": ["dinner"]} for pk in ids}
    # definitions, choices, rows, delete, update, insert, change feed
    with django_assert_num_queries(7):
        values.write(new, by=None)

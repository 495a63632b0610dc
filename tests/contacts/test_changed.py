import pytest

from crm_plugin.contacts import changed, records
from crm_plugin.touchpoints import history
from tests import factories

pytestmark = pytest.mark.django_db


def lines(contact, user, **kwargs):
    found = changed.of(contact.pk, before=None, limit=10, user=user, **kwargs)
    return [line for entry in found for line in entry.lines]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"contact.given_name": "華子"}, ("Given name", "花子 → 華子")),
        (
            {"contact.heard_from": "passing"},
            ("Heard of us from", "– → walked past"),
        ),
        ({"point.card": "M-0042"}, ("Member card", "– → M-0042")),
        ({"attribute.occasion": "family"}, ("Occasion", "– → Family")),
        ({"organisation.name": "ひかり"}, ("Organisation", "– → ひかり")),
    ],
)
def test_the_journal_is_told_in_words(contact, owner, occasion, said, told):
    records.apply_values(contact, said, by=owner)
    assert told in lines(contact, owner)


def test_a_changed_choice_names_both(contact, owner, occasion):
    records.apply_values(contact, {"attribute.occasion": "family"}, by=owner)
    records.apply_values(contact, {"attribute.occasion": "business"}, by=owner)
    assert ("Occasion", "Family → Business") in lines(contact, owner)


def test_a_removed_value_is_still_told(contact, owner, occasion):
    records.apply_values(contact, {"attribute.occasion": "family"}, by=owner)
    records.apply_values(contact, {"attribute.occasion": None}, by=owner)
    assert ("Occasion", "Family → –") in lines(contact, owner)


def test_sensitive_values_are_left_out_without_the_right(
    contact, owner, outsider, allergies
):
    records.apply_values(contact, {"attribute.allergies": "peanuts"}, by=owner)
    records.apply_values(contact, {"attribute.allergies": None}, by=owner)
    assert lines(contact, outsider) == []
    assert ("Allergies", "– → peanuts") in lines(contact, owner)


def test_changes_of_somebody_else_are_not_told(contact, owner):
    other = factories.ContactFactory()
    records.apply_values(other, {"contact.given_name": "華子"}, by=owner)
    assert lines(contact, owner) == []


def test_changes_stand_in_the_history_with_their_author(contact, owner):
    records.apply_values(contact, {"contact.given_name": "華子"}, by=owner)
    (entry,) = [e for e in history.story(contact, user=owner) if e.kind == "change"]
    assert entry.by == owner
    assert entry.details == (("Given name", "花子 → 華子"),)


@pytest.mark.parametrize("count", [1, 8])
def test_it_costs_the_same_for_many(
    contact, owner, occasion, count, django_assert_max_num_queries
):
    for number in range(count):
        said = {"attribute.occasion": ["family", "business"][number % 2]}
        records.apply_values(contact, said, by=owner)
    with django_assert_max_num_queries(8):
        changed.of(contact.pk, before=None, limit=10, user=owner)

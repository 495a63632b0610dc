import datetime as dt

import pytest

from crm_plugin import journal
from crm_plugin.contacts import editing, records, search, values
from crm_plugin.models import (
    Affiliation,
    Change,
    Contact,
    ContactChange,
    ContactPoint,
    Organisation,
)
from tests import factories

pytestmark = pytest.mark.django_db

HANAKO = {
    "contact.family_name": "佐藤 様",
    "contact.given_name": "花子",
    "contact.family_kana": "さとう",
    "point.email": "Hanako@Mail.Example",
    "point.phone": "090-1234-5678",
    "organisation.name": "株式会社ひかり",
    "affiliation.title": "総務部長",
}


def test_a_contact_is_made_of_cleaned_values(occasion):
    contact = records.create_contact({**HANAKO, "attribute.occasion": "家族"})
    assert (contact.family_name, contact.family_kana) == ("佐藤", "サトウ")
    assert set(contact.points.values_list("kind", "value_norm")) == {
        ("email", "hanako@mail.example"),
        ("phone", "+819012345678"),
    }
    assert contact.affiliations.get().title == "総務部長"
    assert values.current([contact.pk], ["occasion"]) == {
        contact.pk: {"occasion": "family"}
    }


def test_a_whole_name_is_split():
    contact = records.create_contact({"contact.name": "Hanako Sato"})
    assert (contact.family_name, contact.given_name) == ("Sato", "Hanako")


def test_nothing_but_a_name_is_needed():
    assert records.create_contact({"contact.family_name": "佐藤"}).name == "佐藤"


def test_a_contact_by_hand_is_not_provisional():
    assert not records.create_contact(HANAKO).provisional


def test_a_contact_from_a_form_is_provisional():
    assert records.create_contact(HANAKO, provisional=True).provisional


def test_the_first_touch_is_kept():
    contact = records.create_contact(
        HANAKO, first_touch={"channel": "web", "source": "mail"}
    )
    assert contact.first_touch.source == "mail"
    assert contact.first_touch.at == contact.created_at


def test_a_refused_value_leaves_nothing_behind():
    with pytest.raises(ValueError, match="e-mail"):
        records.create_contact({"point.email": "nonsense"})
    assert not Contact.objects.exists()


def test_a_new_contact_is_found_at_once(owner):
    contact = records.create_contact(HANAKO)
    assert list(search.find("さとう", user=owner)) == [contact]


def test_only_what_changes_is_written(contact):
    operation = records.apply_values(
        contact,
        {"contact.family_name": contact.family_name, "contact.given_name": "華子"},
        by=None,
    )
    assert list(operation.changes.values_list("field", "old", "new")) == [
        ("given_name", "花子", "華子")
    ]


def test_the_contact_in_hand_is_fresh_afterwards(contact):
    records.apply_values(contact, {"contact.given_name": "華子"}, by=None)
    assert (contact.given_name, contact.version) == ("華子", 2)


def test_nothing_is_written_when_nothing_changes(contact):
    assert (
        records.apply_values(contact, {"contact.given_name": "花子"}, by=None) is None
    )
    assert not Change.objects.exists()
    contact.refresh_from_db()
    assert contact.version == 1


def test_the_change_feed_hears_which_aspects_changed(contact, occasion):
    records.apply_values(
        contact,
        {"contact.given_name": "華子", "attribute.occasion": "family"},
        by=None,
    )
    heard = set(ContactChange.objects.values_list("aspect", flat=True))
    assert heard == {"fields", "attributes"}


def test_the_change_feed_hears_of_another_owner_and_nothing_else(contact, owner):
    ContactChange.objects.all().delete()
    editing.save(contact, {}, owner=owner, version=contact.version, by=owner)
    told = ContactChange.objects.values_list("contact_id", "aspect")
    assert list(told) == [(contact.pk, "fields")]


def test_a_blank_empties_a_column(contact):
    records.apply_values(contact, {"contact.given_name": ""}, by=None)
    assert contact.given_name == ""


def test_a_date_may_be_emptied(contact):
    records.apply_values(contact, {"contact.birth_on": "1985-05-03"}, by=None)
    records.apply_values(contact, {"contact.birth_on": ""}, by=None)
    assert contact.birth_on is None


def test_a_second_address_stands_beside_the_first(contact):
    records.apply_values(contact, {"point.email": "other@mail.example"}, by=None)
    assert contact.points.filter(kind="email").count() == 2


def test_an_address_in_another_spelling_is_not_added(contact):
    records.apply_values(
        contact, {"point.phone": "０９０ー１２３４ー５６７８"}, by=None
    )
    assert contact.points.filter(kind="phone").count() == 1


def test_an_edit_can_be_undone(contact, owner):
    operation = records.apply_values(
        contact,
        {
            "contact.birth_on": "1985-05-03",
            "point.card": "M-0042",
            "organisation.name": "ひかり",
        },
        by=owner,
    )
    journal.undo(operation, by=owner)
    contact.refresh_from_db()
    assert contact.birth_on is None
    assert not contact.points.filter(kind="card").exists()
    assert not Affiliation.objects.exists()


def test_a_sensitive_value_is_not_written_without_the_right(
    contact, allergies, outsider
):
    assert (
        records.apply_values(contact, {"attribute.allergies": "none"}, by=outsider)
        is None
    )


def test_an_unknown_field_is_left_out(contact):
    assert records.apply_values(contact, {"contact.is_staff": "1"}, by=None) is None


def test_values_that_survived_json_are_applied(contact, likes):
    records.apply_values(
        contact,
        {"contact.birth_on": "1985-05-03", "attribute.likes": ["lunch"]},
        by=None,
    )
    assert contact.birth_on == dt.date(1985, 5, 3)


def test_a_postal_address_is_taken_apart(contact):
    records.apply_values(
        contact, {"point.postal": "〒０７０ー００３０ 北海道旭川市宮下通7丁目"}, by=None
    )
    point = contact.points.get(kind="postal")
    assert (point.postal_code, point.prefecture, point.city) == (
        "070-0030",
        "北海道",
        "旭川市",
    )


class TestDiffering:
    def test_equal_values_are_dropped(self, contact):
        said = {
            "contact.given_name": "花子",
            "contact.given_kana": "はなこ",
            "point.email": "HANAKO@mail.example",
            "point.phone": "090 1234 5678",
            "contact.name": contact.family_name + contact.given_name,
        }
        assert records.differing(contact, said) == {}

    def test_blank_values_are_dropped(self, contact):
        assert records.differing(contact, {"contact.note": " ", "point.card": ""}) == {}

    def test_other_and_new_values_are_kept_and_cleaned(self, contact, occasion):
        said = {
            "contact.family_name": "Ｔａｎａｋａ",
            "point.phone": "03-1234-5678",
            "attribute.occasion": "接待",
        }
        assert records.differing(contact, said) == {
            "contact.family_name": "Tanaka",
            "point.phone": "03-1234-5678",
            "attribute.occasion": "business",
        }

    def test_a_second_address_that_is_known_is_dropped(self, contact):
        factories.PointFactory(contact=contact, value="second@mail.example")
        assert records.differing(contact, {"point.email": "second@mail.example"}) == {}

    def test_an_organisation_without_its_legal_form_is_the_same(self, contact):
        records.apply_values(contact, {"organisation.name": "株式会社ひかり"}, by=None)
        assert records.differing(contact, {"organisation.name": "ひかり(株)"}) == {}

    def test_attributes_that_are_held_are_dropped(self, contact, likes):
        records.apply_values(contact, {"attribute.likes": ["lunch", "dinner"]}, by=None)
        assert records.differing(contact, {"attribute.likes": "Dinner, Lunch"}) == {}


class TestOrganisations:
    def test_one_organisation_stands_for_all_its_spellings(self):
        for name in ["株式会社ひかり", "㈱ヒカリ", "ひかり"]:
            records.create_contact(
                {"contact.family_name": "佐藤", "organisation.name": name}
            )
        assert Organisation.objects.get().name == "株式会社ひかり"

    def test_a_contact_who_moves_keeps_the_old_place(self, contact):
        for name in ["ひかり", "みどり", "ひかり"]:
            records.apply_values(contact, {"organisation.name": name}, by=None)
        assert contact.affiliations.count() == 2

    def test_a_department_is_made_once(self, contact):
        said = {"organisation.name": "ひかり", "organisation.department": "総務部"}
        records.apply_values(contact, said, by=None)
        records.create_contact({"contact.family_name": "田中", **said})
        assert Organisation.objects.get().departments.get().name == "総務部"

    def test_a_title_alone_goes_to_the_current_place(self, contact):
        records.apply_values(contact, {"organisation.name": "ひかり"}, by=None)
        records.apply_values(contact, {"affiliation.title": "部長"}, by=None)
        assert contact.affiliations.get().title == "部長"


@pytest.mark.parametrize("count", [2, 20])
def test_writing_many_costs_the_same_as_writing_few(
    count, occasion, django_assert_max_num_queries
):
    contacts = factories.ContactFactory.create_batch(count)
    said = {
        contact.pk: {
            "contact.given_name": f"名{contact.pk}",
            "point.email": f"new{contact.pk}@mail.example",
            "organisation.name": f"会社{contact.pk}",
            "organisation.department": "総務部",
            "attribute.occasion": "family",
        }
        for contact in contacts
    }
    with django_assert_max_num_queries(28):
        records.write(said)
        records.finish(said, {"fields"})
    assert ContactPoint.objects.count() == count

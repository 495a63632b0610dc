import pytest

from crm_plugin.contacts import duplicates, records
from tests import factories

pytestmark = pytest.mark.django_db


def found(values, user, **kwargs):
    return [
        (suspect.contact, suspect.reasons)
        for suspect in duplicates.suspects(values, user=user, **kwargs)
    ]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"point.email": "hanako@mail.example"}, "same e-mail address"),
        ({"point.phone": "090-1234-5678"}, "same phone number"),
        ({"point.phone": ["03-1234-5678", "09012345678"]}, "same phone number"),
        (
            {"contact.family_kana": "サトウ", "contact.given_kana": "ハナコ"},
            "same name in kana",
        ),
    ],
)
def test_somebody_on_record_is_suspected_with_the_reason(contact, owner, said, reason):
    assert found(said, owner) == [(contact, [reason])]


def test_a_family_name_alone_is_no_suspicion(contact, owner):
    assert found({"contact.family_kana": "サトウ"}, owner) == []


def test_the_one_with_most_reasons_stands_first(owner):
    factories.ContactFactory(email="family@mail.example", family_kana="タナカ")
    both = factories.ContactFactory(email="family@mail.example")
    said = {
        "point.email": "family@mail.example",
        "contact.family_kana": "サトウ",
        "contact.given_kana": "ハナコ",
    }
    assert found(said, owner)[0][0] == both


def test_the_contact_in_hand_is_no_suspect(contact, owner):
    said = {"point.email": "hanako@mail.example"}
    assert found(said, owner, exclude=contact.pk) == []


def test_whoever_may_not_see_contacts_learns_nothing(contact, outsider):
    assert found({"point.email": "hanako@mail.example"}, outsider) == []


def test_an_archived_contact_is_no_suspect(contact, owner):
    contact.archived_at = contact.created_at
    contact.save()
    assert found({"point.email": "hanako@mail.example"}, owner) == []


def test_a_card_in_another_spelling_is_the_same(owner):
    contact = records.create_contact({"point.card": "M-0042"})
    assert found({"point.card": "m 0042"}, owner) == [(contact, ["same member card"])]

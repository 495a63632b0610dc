import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

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


def typed(*names, kana=("", "")):
    boxes = ("family_name", "given_name", "family_kana", "given_kana")
    said = zip(boxes, (*names, *kana), strict=True)
    return {f"contact.{box}": name for box, name in said if name}


def stored(*names, kana=("", "")):
    return records.create_contact(typed(*names, kana=kana))


TAKAHASHI = (("髙橋", "花子"), ("タカハシ", "ハナコ"))


@pytest.mark.parametrize(
    ("names", "kana", "reason"),
    [
        (("高橋", "花子"), ("", ""), "same name"),
        (("髙橋", "花子"), ("", ""), "same name"),
        (("花子", "高橋"), ("", ""), "family and given name swapped"),
        (("", ""), ("タカハシ", "ハナコ"), "same name in kana"),
        (("", ""), ("たかはし", "はなこ"), "same name in kana"),
        (("", ""), ("ﾀｶﾊｼ", "ﾊﾅｺ"), "same name in kana"),
        (("", ""), ("ハナコ", "タカハシ"), "family and given name swapped"),
        (("Takahashi", "Hanako"), ("", ""), "same name by its sound"),
        (("ＴＡＫＡＨＡＳＨＩ", "ｈａｎａｋｏ"), ("", ""), "same name by its sound"),
        (("Hanako", "Takahashi"), ("", ""), "family and given name swapped"),
        (("たかはし", "はなこ"), ("", ""), "same name by its sound"),
        (("高橋", "華子"), ("タカハシ", "ハナコ"), "same name in kana"),
    ],
)
def test_a_name_is_the_same_in_any_spelling(owner, names, kana, reason):
    contact = stored(*TAKAHASHI[0], kana=TAKAHASHI[1])
    assert found(typed(*names, kana=kana), owner) == [(contact, [reason])]


def test_long_vowels_and_romanisations_do_not_count(owner):
    contact = stored("大野", "裕子", kana=("オオノ", "ユウコ"))
    for names in (("Ohno", "Yuko"), ("Ōno", "Yūko"), ("Oono", "Yuuko")):
        assert [who for who, _why in found(typed(*names), owner)] == [contact]


@pytest.mark.parametrize(
    ("names", "kana"),
    [
        (("高橋", "花"), ("", "")),
        (("高", "花子"), ("", "")),
        (("髙橋", "太郎"), ("タカハシ", "タロウ")),
        (("", ""), ("タカハシ", "ハナ")),
        (("Takahashi", "Hana"), ("", "")),
        (("髙橋", ""), ("タカハシ", "")),
    ],
)
def test_part_of_a_name_or_another_given_name_is_no_suspicion(owner, names, kana):
    stored(*TAKAHASHI[0], kana=TAKAHASHI[1])
    assert found(typed(*names, kana=kana), owner) == []


def test_the_queries_are_as_many_for_a_common_name(owner):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            found(typed(*TAKAHASHI[0], kana=TAKAHASHI[1]), owner)
        return len(queries)

    stored(*TAKAHASHI[0], kana=TAKAHASHI[1])
    cost()
    few = cost()
    for _n in range(30):
        stored(*TAKAHASHI[0], kana=TAKAHASHI[1])
    assert cost() == few
    assert few < 12


@pytest.mark.parametrize(
    ("kind", "stored_as", "typed_as", "reason"),
    [
        ("line", "hana-line", "HANA-LINE", "same LINE id"),
        ("sns", "instagram:hana_t", "https://instagram.com/Hana_T", "same SNS id"),
        ("sns", "hana_t", "@hana_t", "same SNS id"),
    ],
)
def test_an_account_in_another_spelling_is_the_same(
    owner, kind, stored_as, typed_as, reason
):
    contact = records.create_contact({f"point.{kind}": stored_as})
    assert found({f"point.{kind}": typed_as}, owner) == [(contact, [reason])]


def test_one_handle_on_two_networks_is_two_people(owner):
    records.create_contact({"point.sns": "instagram:taro"})
    assert found({"point.sns": "x:taro"}, owner) == []

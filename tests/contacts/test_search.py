import pytest

from crm_plugin.contacts import match, records, search
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def hanako():
    records.create_contact(
        {"contact.name": "田中 一郎", "contact.kana": "タナカ イチロウ"}
    )
    return records.create_contact(
        {
            "contact.name": "髙橋 花子",
            "contact.kana": "タカハシ ハナコ",
            "point.email": "Hanako.T@mail.example",
            "point.phone": "090-1234-5678",
            "point.card": "M-0042",
            "point.sns": "@hana_t",
            "organisation.name": "株式会社ひかり電機",
        }
    )


@pytest.mark.parametrize(
    "typed",
    [
        "髙橋",
        "高橋",
        "高橋 花子",
        "高橋花子",
        "花子",
        "花",
        "たかはし",
        "ﾀｶﾊｼ",
        "タカハシ　ハナコ",
        "はなこ たかはし",
        "takahashi",
        "Ｔａｋａｈａｓｈｉ hanako",
        "hanako.t@mail.example",
        "HANAKO.T",
        "090-1234-5678",
        "０９０ー１２３４",
        "(090) 1234 5678",
        "+81 90-1234-5678",
        "12345678",
        "M-0042",
        "m0042",
        "@hana_t",
        "ひかり電機",
        "ヒカリ",
        "高橋 ひかり",
    ],
)
def test_one_box_finds_her_however_she_is_typed(hanako, owner, typed):
    assert list(search.find(typed, user=owner)) == [hanako]


@pytest.mark.parametrize("typed", ["", "　", "-", "山本", "花子 山本", "%", "_______"])
def test_what_is_not_there_is_not_found(hanako, owner, typed):
    assert not search.find(typed, user=owner).exists()


def test_a_very_long_text_is_no_burden(hanako, owner):
    assert not search.find("あ" * 100_000, user=owner).exists()


def test_a_name_in_latin_letters_is_found_in_either_order(owner):
    contact = records.create_contact({"contact.name": "John Smith"})
    assert list(search.find("smithjohn", user=owner)) == [contact]
    assert list(search.find("john smith", user=owner)) == [contact]


def test_whoever_may_not_see_contacts_finds_nobody(hanako, outsider):
    assert not search.find("花子", user=outsider).exists()


def test_an_archived_contact_is_not_found(hanako, owner):
    hanako.archived_at = hanako.created_at
    hanako.save()
    assert not search.find("花子", user=owner).exists()


def test_a_changed_name_is_found_under_the_new_one_only(hanako, owner):
    records.apply_values(hanako, {"contact.family_name": "佐藤"}, by=None)
    assert list(search.find("佐藤", user=owner)) == [hanako]
    assert not search.find("髙橋", user=owner).exists()


@pytest.mark.parametrize("count", [1, 20])
def test_refreshing_costs_the_same_for_many(count, django_assert_num_queries):
    contacts = factories.ContactFactory.create_batch(count, email=None)
    with django_assert_num_queries(4):
        search.refresh([contact.pk for contact in contacts])


class TestMatch:
    def test_an_address_leads_to_everybody_who_has_it_the_oldest_first(self):
        first, second = factories.ContactFactory.create_batch(
            2, email="family@mail.example"
        )
        assert match.by_email(["family@mail.example", "other@mail.example"]) == {
            "family@mail.example": [first.pk, second.pk]
        }

    def test_a_number_and_a_card_lead_to_their_contact(self, hanako):
        assert match.by_phone(["+819012345678"]) == {"+819012345678": [hanako.pk]}
        assert match.by_card(["m0042"]) == {"m0042": [hanako.pk]}

    def test_an_archived_contact_does_not_match(self, hanako):
        hanako.archived_at = hanako.created_at
        hanako.save()
        assert match.by_phone(["+819012345678"]) == {}

    def test_blank_keys_match_nobody(self):
        factories.PointFactory(value="", value_norm="")
        assert match.by_email([""]) == {}

    def test_many_keys_cost_one_query(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            match.by_email(f"guest{n}@mail.example" for n in range(5000))

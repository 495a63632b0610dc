from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from crm_plugin import models, normalise
from crm_plugin.contacts import (
    changes,
    match,
    points,
    records,
    search,
    search_index,
)
from crm_plugin.contacts.models import ContactSearchKey
from crm_plugin.models import Contact
from tests import factories

pytestmark = pytest.mark.django_db


MORE = [
    ("phone", "0166-22-1234"),
    ("card", "8012345678"),
    ("card", "0312345678"),
    ("sns", "instagram:hanako"),
    ("sns", "https://instagram.com/hanako_s"),
]


@pytest.fixture
def hanako():
    records.create_contact(
        {"contact.name": "田中 一郎", "contact.kana": "タナカ イチロウ"}
    )
    hanako = records.create_contact(
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
    for kind, value in MORE:
        points.build(hanako.pk, kind, value).save()
    search.refresh([hanako.pk])
    return hanako


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
        "8012345678",
        "0312345678",
        "0312-345678",
        "@hanako",
        "＠Hanako",
        "@hanako_s",
        "instagram:hanako_s",
        "Instagram hanako_s",
        "https://www.instagram.com/hanako/?hl=ja",
        "+81 166 22",
        "+８１－１６６－２２",
        "0166-22",
        "ひかり電機",
        "㈱ひかり電機",
        "(株)ひかり電機",
        "（株） ひかり電機",
        "ひかり電機㈱",
        "ひかり電機 株式会社",
        "髙橋, 花子",
        "ヒカリ",
        "高橋 ひかり",
    ],
)
def test_one_box_finds_her_however_she_is_typed(hanako, owner, typed):
    assert list(search.find(typed, user=owner)) == [hanako]
    assert search.first(Contact.objects.all(), typed) == ([hanako.pk], False)


@pytest.mark.parametrize("typed", ["co.jp", "ltd", "Co.,"])
def test_what_only_looks_like_a_legal_form_is_looked_for(hanako, owner, typed):
    wanted = records.create_contact(
        {"contact.name": "佐藤 ltd", "point.email": "co.jp@mail.example"}
    )
    records.create_contact({"contact.name": "JP 佐藤"})
    assert list(search.find(typed, user=owner)) == [wanted]


def test_a_member_card_is_not_taken_for_the_number_of_a_telephone(owner):
    carded, called = (
        records.create_contact({"contact.name": "佐藤", kind: "0312345678"})
        for kind in ("point.card", "point.phone")
    )
    both = [carded.pk, called.pk]
    assert sorted(search.first(Contact.objects.all(), "0312345678")[0]) == both
    assert list(search.find("+81 3-1234-5678", user=owner)) == [called]


@pytest.mark.parametrize(
    ("kana", "typed"),
    [
        ("オオノ コウイチ", ["ono", "ohno", "oono", "koichi", "kouichi", "Ōno"]),
        ("イトウ ユウコ", ["ito", "itoh", "itou", "yuko", "yuuko", "ito yuko"]),
        (
            "コンドウ ジュンイチ",
            ["kondo", "kondoh", "junichi", "jun'ichi", "Kondoh Jun"],
        ),
        ("シマダ チヅル", ["shimada", "simada", "chizuru", "tiduru"]),
        ("ナンバ ユーゴ", ["namba", "nanba", "yugo"]),
    ],
)
def test_a_name_is_found_in_any_romanisation(owner, kana, typed):
    family, given = kana.split()
    wanted = records.create_contact(
        {"contact.family_kana": family, "contact.given_kana": given}
    )
    records.create_contact({"contact.name": "John Smith"})
    for spelling in typed:
        assert list(search.find(spelling, user=owner)) == [wanted], spelling
        assert search.first(Contact.objects.all(), spelling)[0] == [wanted.pk]


def test_a_sound_is_meant_from_the_start_of_a_name(hanako, owner):
    assert list(search.find("hana", user=owner)) == [hanako]
    assert not search.find("akahas", user=owner).exists()


@pytest.mark.parametrize(
    "typed", ["090-1234-5678 内線12", "090-1234-5678 ext. 12", "tel:+81-90-1234-5678"]
)
def test_a_number_as_it_stands_on_a_card_finds_its_owner(hanako, owner, typed):
    assert list(search.find(typed, user=owner)) == [hanako]


def test_keys_are_filled_anew_when_the_feed_asks_for_it(hanako, owner):
    ContactSearchKey.objects.update(folded="")
    assert not search.find("はなこ", user=owner).exists()
    migration = import_module("crm_plugin.migrations.0003_search_by_sound")
    with connection.cursor() as cursor:
        cursor.execute(migration.ASK)
    changes.drain()
    assert list(search.find("はなこ", user=owner)) == [hanako]
    assert not changes.ContactChange.objects.exists()


def test_handles_on_record_are_found_after_the_upgrade(hanako, owner):
    records.create_contact({"contact.name": "佐藤"})
    ContactSearchKey.objects.update(folded="")
    changes.drain()
    step = import_module("crm_plugin.migrations.0034_main_lines_and_handles")
    with connection.cursor() as cursor:
        cursor.execute(step.ASK)
    assert changes.ContactChange.objects.count() == 1
    changes.drain()
    assert list(search.find("@hanako_s", user=owner)) == [hanako]


@pytest.mark.parametrize("typed", ["", "　", "-", "山本", "花子 山本", "%", "_______"])
def test_what_is_not_there_is_not_found(hanako, owner, typed):
    assert not search.find(typed, user=owner).exists()


def test_a_whole_number_finds_its_owner_and_nobody_whose_number_begins_so(owner):
    hers, _other = (
        records.create_contact({"contact.name": name, "point.phone": number})
        for name, number in (("佐藤", "0312345678"), ("鈴木", "0312345679"))
    )
    for typed in ("03-1234-5678", "０３（１２３４）５６７８", "+81 3 1234 5678"):
        assert list(search.find(typed, user=owner)) == [hers]
        assert search.first(Contact.objects.all(), typed) == ([hers.pk], False)
    assert search.find("03-1234-567", user=owner).count() == 2


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
    with django_assert_num_queries(6):
        search.refresh([contact.pk for contact in contacts])


def named(count, **kwargs):
    people = factories.ContactFactory.create_batch(count, email=None, **kwargs)
    search.refresh([person.pk for person in people])
    return people


class TestFirst:
    @pytest.mark.parametrize("typed", ["佐藤", "佐", "sato", "佐藤直", "サトウナオ"])
    def test_it_gives_fifty_of_many_and_says_that_there_are_more(self, typed):
        named(
            51,
            family_name="佐藤",
            given_name="直美",
            family_kana="サトウ",
            given_kana="ナオミ",
        )
        found, more = search.first(Contact.objects.all(), typed)
        assert (len(set(found)), more) == (50, True)

    def test_it_gives_all_of_few(self):
        people = named(3, family_name="佐藤")
        assert search.first(Contact.objects.all(), "佐藤") == (
            [person.pk for person in people],
            False,
        )

    def test_it_looks_further_when_the_first_candidates_are_not_wanted(
        self, monkeypatch
    ):
        monkeypatch.setattr(search, "CANDIDATES", 10)
        *_others, wanted = named(30, family_name="佐藤")
        mine = Contact.objects.filter(pk=wanted.pk)
        assert search.first(mine, "佐藤") == ([wanted.pk], False)

    @pytest.mark.parametrize(
        "typed", ["佐 花子", "花子 佐藤", "佐藤 ハナコ", "sa hanako"]
    )
    def test_every_word_counts(self, typed):
        named(
            2,
            family_name="佐藤",
            given_name="一郎",
            family_kana="サトウ",
            given_kana="イチロウ",
        )
        (wanted,) = named(
            1,
            family_name="佐藤",
            given_name="花子",
            family_kana="サトウ",
            given_kana="ハナコ",
        )
        assert search.first(Contact.objects.all(), typed) == ([wanted.pk], False)

    @pytest.mark.parametrize(
        "typed", ['"', 'a" OR "b', "NEAR(a b)", "folded:x", "*", "a^b"]
    )
    def test_the_index_reads_no_operators(self, hanako, typed):
        assert search.first(Contact.objects.all(), typed) == ([], False)

    @pytest.mark.parametrize("typed", ["佐藤 桜子", "桜子 佐藤", "佐藤 サクラコ"])
    def test_the_word_that_few_hold_spares_looking_at_all_who_hold_the_other(
        self, typed, monkeypatch, django_assert_num_queries
    ):
        monkeypatch.setattr(search, "CANDIDATES", 10)
        named(30, family_name="佐藤", given_name="花子")
        (wanted,) = named(
            1, family_name="佐藤", given_name="桜子", given_kana="サクラコ"
        )
        with django_assert_num_queries(3):
            found = search.first(Contact.objects.all(), typed)
        assert found == ([wanted.pk], False)

    def test_it_asks_once_for_each_word_and_once_for_contacts(
        self, hanako, django_assert_max_num_queries
    ):
        search.first(Contact.objects.all(), "花子")
        with django_assert_max_num_queries(3):
            search.first(Contact.objects.all(), "hanako.t@mail 髙橋")
        with django_assert_max_num_queries(search.PROBED + 1):
            search.first(Contact.objects.all(), "髙橋 " * 20)

    def test_an_index_that_was_lost_is_made_anew_from_the_keys(self, hanako):
        with connection.cursor() as cursor:
            kind = "TABLE" if connection.vendor == "sqlite" else "INDEX"
            cursor.execute(f"DROP {kind} {search_index.INDEX}")
        assert not search_index.available()
        search_index.install()
        assert search_index.available()
        assert search.first(Contact.objects.all(), "hanako.t@")[0] == [hanako.pk]

    def test_a_deleted_contact_leaves_the_index(self, hanako):
        hanako.delete()
        assert not search_index.holding([["タカハシ"]]).exists()
        assert not search_index.starting("花子").exists()


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


def test_old_sns_ids_are_compared_by_their_network_from_now_on(db):
    step = import_module("crm_plugin.migrations.0023_accounts_by_network")
    one, other = (
        records.create_contact({"point.sns": said})
        for said in ("https://instagram.com/hana_t", "IG hana_t")
    )
    rows = models.ContactPoint.objects
    for point in rows.all():
        rows.filter(pk=point.pk).update(value_norm=normalise.fold(point.value))
    rows.create(
        contact=other, kind="sns", value="insta:hana_t", value_norm="instagram:hana_t"
    )
    step.compare_by_network(apps, None)
    assert rows.get(contact=one).value_norm == "instagram:hana_t"
    norms = rows.filter(contact=other).values_list("value_norm", flat=True)
    assert sorted(norms) == sorted(["instagram:hana_t", normalise.fold("IG hana_t")])

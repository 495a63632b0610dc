"""The whole search, the search of what changed, and what both remember."""

import datetime as dt
import re
from pathlib import Path

import pytest

from crm_plugin import queue
from crm_plugin.contacts import changed, changes, merge, points, records
from crm_plugin.contacts.duplicates import pairs, search
from crm_plugin.models import (
    Change,
    Contact,
    DuplicateKey,
    SuspectedPair,
    Unsearched,
)

pytestmark = pytest.mark.django_db


def make(name, kana="", born=None, **reach):
    names = [*(name.split(" ")), *(kana.split() or ["", ""])]
    contact = Contact.objects.create(
        family_name=names[0],
        given_name=names[1],
        family_kana=names[2],
        given_kana=names[3],
        birth_on=born,
    )
    for kind, value in reach.items():
        points.build(contact.pk, kind, value).save()
    return contact


def found():
    return {(pair.lower_id, pair.higher_id) for pair in SuspectedPair.objects.open()}


@pytest.fixture
def double(db):
    """One person on record twice, and her husband."""
    make("佐藤 太郎", "サトウ タロウ", phone="090-1234-5678")
    one = make("佐藤 花子", "サトウ ハナコ", phone="090-1234-5678")
    other = make("Sato Hanako", phone="09012345678", email="hanako@mail.example")
    return one, other


def test_it_finds_the_double_and_not_the_husband(double):
    search.search_now()
    assert found() == {(double[0].pk, double[1].pk)}
    assert SuspectedPair.objects.get().reasons == ["same_sound", "same_phone"]


def test_a_second_search_changes_nothing(double):
    search.search_now()
    before = list(SuspectedPair.objects.values())
    search.search_now()
    assert list(SuspectedPair.objects.values()) == before


def test_what_is_suspected_no_longer_goes(double):
    search.search_now()
    double[1].points.all().delete()
    search.search_now()
    assert found() == set()


def test_not_the_same_is_remembered_in_further_searches(double, owner):
    search.search_now()
    pairs.dismiss(SuspectedPair.objects.get(), by=owner)
    search.search_now()
    assert found() == set()
    assert SuspectedPair.objects.get().dismissed_by == owner


def test_not_the_same_can_be_taken_back(double, owner):
    search.search_now()
    pair = SuspectedPair.objects.get()
    assert pairs.dismiss(pair, by=owner)
    assert not pairs.dismiss(pair, by=owner)
    assert pairs.restore(pair, by=owner)
    assert not pairs.restore(pair, by=owner)
    assert len(found()) == 1


def test_both_records_tell_who_said_not_the_same_and_who_took_it_back(
    double, owner, role
):
    search.search_now()
    pair = SuspectedPair.objects.get()
    colleague = role("staff")
    pairs.dismiss(pair, by=colleague)
    pairs.restore(pair, by=owner)
    for contact, other in (double, reversed(double)):
        told = changed.of(contact.pk, before=None, limit=9, user=owner)
        assert [(entry.operation.by, entry.lines) for entry in told] == [
            (owner, [("Not the same person as", f"{other} → –")]),
            (colleague, [("Not the same person as", f"– → {other}")]),
        ]
    said = Change.objects.filter(field="dismissed_by").order_by("id").last()
    assert (said.old, said.new) == (colleague.pk, None)


def test_what_was_said_of_a_pair_names_nobody_whom_the_reader_may_not_see(
    double, owner, outsider
):
    search.search_now()
    pairs.dismiss(SuspectedPair.objects.get(), by=owner)
    told = changed.of(double[0].pk, before=None, limit=9, user=outsider)
    assert [entry.lines for entry in told] == [[("Not the same person as", "– → …")]]


def test_an_archived_contact_is_nobodys_double(double):
    Contact.objects.filter(pk=double[0].pk).update(archived_at=double[0].created_at)
    search.search_now()
    assert found() == set()


def test_an_erased_contact_leaves_no_keys(double):
    search.search_now()
    double[1].delete()
    assert not DuplicateKey.objects.filter(contact_id=double[1].pk).exists()
    assert not SuspectedPair.objects.exists()


def test_a_search_goes_on_where_a_worker_stopped(double, monkeypatch, settings):
    monkeypatch.setattr(search, "SLICE", 1)
    settings.CRM_WORK_SLICE_SECONDS = 0
    work = search.start()
    assert queue.run_due(search.KIND, seconds=60)[search.KIND] > 1
    work.refresh_from_db()
    assert (work.state, work.position, work.total) == ("done", 6, 6)
    assert found() == {(double[0].pk, double[1].pk)}


class TestContactsThatChanged:
    def test_a_new_one_is_compared_without_a_whole_search(self, double):
        search.search_now()
        third = records.create_contact(
            {
                "contact.family_name": "佐藤",
                "contact.given_name": "花子",
                "point.phone": "090-1234-5678",
            }
        )
        queue.run_due("changes", "duplicates-changed")
        assert found() == {
            (double[0].pk, double[1].pk),
            (double[0].pk, third.pk),
            (double[1].pk, third.pk),
        }
        assert not Unsearched.objects.exists()

    def test_another_number_ends_the_suspicion(self, double):
        search.search_now()
        double[1].points.filter(kind="phone").delete()
        changes.note([double[1].pk], "points")
        queue.run_due("changes", "duplicates-changed")
        assert found() == set()

    def test_only_names_and_points_ask_for_a_comparison(self, contact):
        Unsearched.objects.all().delete()
        changes.note([contact.pk], "purchases")
        changes.drain()
        assert not Unsearched.objects.exists()

    def test_the_cost_does_not_grow_with_those_who_did_not_change(
        self, django_assert_max_num_queries
    ):
        for number in range(30):
            make(f"客{number} 花子", phone=f"090-1234-{number:04}")
        search.search_now()
        changes.note([Contact.objects.first().pk], "fields")
        changes.drain()
        with django_assert_max_num_queries(20):
            queue.run_due("duplicates-changed", seconds=1)

    def test_the_worker_is_not_asked_for_nothing(self, db):
        assert search.search_changed() is False


def test_every_night_everything_is_searched(double):
    queue.run_due("duplicates-nightly", search.KIND)
    assert len(found()) == 1


def test_three_records_of_one_person_share_a_number_as_one_person(db):
    """A family name alone belongs to whoever alone is called so at that number."""
    for name in ("松本 知弘", "マツモト トモヒロ", "マツモト"):
        make(name if " " in name else f"{name} ", phone="090-3468-3774")
    search.search_now()
    assert len(found()) == 3


def test_a_family_name_alone_is_not_paired_with_each_of_a_family(db):
    for name in ("松本 知弘", "松本 花子", "マツモト "):
        make(name, phone="090-3468-3774")
    search.search_now()
    assert found() == set()


class TestWhoSees:
    def test_staff_see_pairs(self, double, role):
        search.search_now()
        assert SuspectedPair.objects.visible_to(role("staff")).count() == 1

    def test_an_outsider_sees_none(self, double, outsider):
        search.search_now()
        assert not SuspectedPair.objects.visible_to(outsider).exists()

    def test_the_record_says_who_it_may_also_be(self, double, owner):
        search.search_now()
        ((_pair, other),) = pairs.may_be(double[1], user=owner)
        assert other == double[0]


@pytest.mark.parametrize("room", ["evidence", "naming", "scoring"])
def test_every_reason_has_words(room):
    source = (Path(search.__file__).parent / f"{room}.py").read_text()
    given = re.findall(r'"((?:same|similar|shared|other|swapped)_\w+)"', source)
    assert set(given) <= {*pairs.FOR, *pairs.AGAINST}


FAMILIES = "青木 アオキ|石田 イシダ|上野 ウエノ|遠藤 エンドウ|岡本 オカモト|加藤 カトウ|木村 キムラ|工藤 クドウ|小林 コバヤシ|坂本 サカモト"
GIVENS = "明 アキラ|恵 メグミ|健 ケン|幸子 サチコ|進 ススム|隆 タカシ|千春 チハル|哲也 テツヤ|直美 ナオミ|弘 ヒロシ"


def sheet():
    """92 people of a small firm's list: ten family names, ten given names."""
    families = [entry.split() for entry in FAMILIES.split("|")]
    givens = [entry.split() for entry in GIVENS.split("|")]
    return [
        {
            "name": f"{families[n % 10][0]} {givens[(n // 10 + n) % 10][0]}",
            "kana": f"{families[n % 10][1]} {givens[(n // 10 + n) % 10][1]}",
            "born": dt.date(1950, 1, 2) + dt.timedelta(days=n * 191),
            "phone": f"0166-{20 + n % 40}-{(n * 7919) % 10_000:04}",
        }
        for n in range(92)
    ]


def test_eight_doubles_among_a_hundred_rows_are_found_and_nobody_else():
    """Row 1.24: the spreadsheet of a small firm."""
    rows = sheet()
    twice = {
        0: {"name": "アオキ アキラ", "phone": rows[0]["phone"]},
        11: {"name": "Ishida Kenn", "phone": rows[11]["phone"]},
        22: {**rows[22], "phone": "090-1111-2222"},
        33: {**rows[33], "kana": "エンドウ チハレ", "born": None},
        44: {
            "name": "直美 岡本",
            "kana": "ナオミ オカモト",
            "phone": rows[44]["phone"],
        },
        55: {**rows[55], "name": f"黒柳 {rows[55]['name'].split()[1]}", "kana": ""},
        66: {**rows[66], "phone": rows[66]["phone"][:-1] + "x"},
        77: {"name": rows[77]["name"].replace(" ", "") + " ", "born": rows[77]["born"]},
    }
    people = [make(**row) for row in rows]
    doubles = {number: make(**row) for number, row in twice.items()}
    search.search_now()
    assert found() == {
        (people[number].pk, double.pk) for number, double in doubles.items()
    }


class TestAMerge:
    def test_not_the_same_holds_for_the_survivor(self, double, owner):
        search.search_now()
        pairs.dismiss(SuspectedPair.objects.get(), by=owner)
        survivor = make("Sato Hanako", email="other@mail.example")
        operation = merge.merge_contacts(survivor, double[1], by=owner)
        (pair,) = SuspectedPair.objects.all()
        assert (pair.lower_id, pair.higher_id) == (double[0].pk, survivor.pk)
        assert pair.dismissed_by == owner
        merge.undo_merge(operation, by=owner)
        (pair,) = SuspectedPair.objects.all()
        assert (pair.lower_id, pair.higher_id) == (double[0].pk, double[1].pk)

    def test_the_pair_itself_is_settled_and_comes_back_with_an_undo(
        self, double, owner
    ):
        search.search_now()
        operation = merge.merge_contacts(*double, by=owner)
        assert not SuspectedPair.objects.exists()
        merge.undo_merge(operation, by=owner)
        assert found() == {(double[0].pk, double[1].pk)}

"""What a worker makes of the notes: history, contact days, counts; and what it forgets."""

import datetime as dt
import itertools
import uuid

import pytest
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.consents.models import ConsentEvent
from crm_plugin.contacts.merge import merge_contacts
from crm_plugin.touchpoints import history, search_counts
from crm_plugin.touchpoints.models import (
    ContactFrequency,
    PageRead,
    SearchCount,
    SiteNote,
    Touchpoint,
)
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 5, 11, 3, tzinfo=dt.UTC)  # noon in Tokyo


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def reads(contact):
    """``reads("Lunch", minutes=5)``: the contact read that page so long after noon."""
    numbers = itertools.count(1)
    known = {}

    def note(title, *, minutes=0, person=contact.public_id, **more):
        number = known.setdefault(title, next(numbers))
        return SiteNote.objects.create(
            kind="page",
            person=person,
            page_id=number,
            page_title=title,
            page_url=f"https://hinata.example/{number}/",
            revision=9,
            at=NOON + dt.timedelta(minutes=minutes),
            said_at=NOON,
            **more,
        )

    return note


def looks_for(words, found=0, *, person=None, at=NOON):
    return SiteNote.objects.create(
        kind="search", person=person, words=words, found=found, language="ja", at=at
    )


def sort():
    queue.run_due("site-visits")
    assert not SiteNote.objects.exists()


def test_a_visit_is_one_entry_of_the_history_with_its_pages(reads, contact, owner):
    for minutes, title in enumerate(["Lunch", "Dinner", "Lunch"]):
        reads(title, minutes=minutes)
    sort()
    told = history.story(contact, user=owner)
    (entry,) = [entry for entry in told if entry.kind == "page"]
    assert entry.title == "2 pages read"
    assert entry.details == (("12:00", "Lunch"), ("12:01", "Dinner"))
    assert (entry.kind, entry.channel, entry.direction) == ("page", "web", "in")


def test_what_is_read_later_that_day_joins_the_visit(reads, contact):
    reads("Lunch")
    sort()
    reads("Dinner", minutes=30)
    sort()
    assert Touchpoint.objects.get().title == "2 pages read"


def test_the_next_day_is_another_visit(reads):
    reads("Lunch")
    reads("Lunch", minutes=13 * 60)
    sort()
    assert Touchpoint.objects.count() == 2
    assert PageRead.objects.count() == 2


def test_a_visit_is_one_contact_day(reads, contact):
    for title in ("Lunch", "Dinner"):
        reads(title)
    sort()
    queue.run_due("changes")
    assert ContactFrequency.objects.get(pk=contact.pk).days_30 == 1


def test_a_thousand_pages_a_day_do_not_flood_the_history(reads):
    for number in range(60):
        reads(f"Page {number}")
    sort()
    assert len(Touchpoint.objects.get().answers) == 40
    assert PageRead.objects.count() == 60


def test_whoever_is_gone_leaves_nothing(reads):
    reads("Lunch", person=uuid.uuid4())
    sort()
    assert not Touchpoint.objects.exists()


def test_after_a_merge_it_is_the_surviving_contact_who_read(reads, contact):
    survivor = ContactFactory()
    reads("Lunch")
    merge_contacts(survivor, contact, by=None)
    sort()
    assert PageRead.objects.get().contact == survivor


def test_pages_read_follow_a_merge_without_doubles(reads, contact):
    other = ContactFactory()
    for person in (contact, other):
        reads("Lunch", person=person.public_id)
    sort()
    merge_contacts(other, contact, by=None)
    assert PageRead.objects.filter(contact=other).count() == 1


def test_the_yes_on_which_it_rests_stands_in_the_ledger_once(reads):
    for title in ("Lunch", "Dinner"):
        reads(title)
        sort()
    event = ConsentEvent.objects.get()
    assert (event.topic, event.action) == ("site-behaviour", "grant")
    assert event.evidence["browser"] == "recognised"


def test_many_notes_cost_as_many_statements_as_few(
    reads, contact, django_assert_max_num_queries
):
    people = [contact, *ContactFactory.create_batch(30)]
    for person in people:
        reads("Lunch", person=person.public_id)
        looks_for("gift", person=person.public_id)
    with django_assert_max_num_queries(45):
        sort()
    assert Touchpoint.objects.count() == 62


def test_words_are_counted_by_day_in_one_spelling():
    for words in ("Gift", "ＧＩＦＴ", " gift "):
        looks_for(words, found=0)
    looks_for("gift", found=3)
    looks_for("gift", at=NOON + dt.timedelta(days=1))
    sort()
    rows = SearchCount.objects.order_by("on")
    counted = rows.values_list("term", "searches", "without_results")
    assert list(counted) == [("gift", 4, 3), ("gift", 1, 1)]


@pytest.mark.parametrize(
    "words", ["hanako@mail.example", "090-1234-5678", "09012345678", "山田 0166123456"]
)
def test_what_names_a_person_is_not_counted(words):
    looks_for(words)
    sort()
    assert not SearchCount.objects.exists()


def test_a_flood_of_words_is_cut(monkeypatch):
    monkeypatch.setattr(search_counts, "WORDS_A_DAY", 5)
    for number in range(5):
        looks_for(f"word{number}")
    sort()
    for words in ("another", "word1"):
        looks_for(words)
    sort()
    assert SearchCount.objects.count() == 5
    assert SearchCount.objects.get(term="word1").searches == 2


def test_searched_tells_what_found_nothing_most():
    for words, found in (("gift", 0), ("gift", 0), ("lunch", 5), ("vegan", 0)):
        looks_for(words, found)
    sort()
    told = search_counts.searched(nothing=True)
    assert [(row.term, row.without) for row in told] == [("gift", 2), ("vegan", 1)]
    assert len(search_counts.searched()) == 3


class TestForgetting:
    @pytest.fixture
    def old(self, reads, contact, time_machine):
        reads("Lunch")
        looks_for("gift", person=contact.public_id)
        sort()
        time_machine.shift(dt.timedelta(days=366))
        queue.run_due("site-visits-purge")

    def test_which_pages_and_words_it_was_is_forgotten(self, old, contact, owner):
        assert not PageRead.objects.exists()
        assert not SearchCount.objects.exists()
        told = [entry.words for entry in history.story(contact, user=owner)]
        assert not any("Lunch" in words or "gift" in words for words in told)

    def test_that_somebody_was_there_stays(self, old):
        assert set(Touchpoint.objects.values_list("kind", flat=True)) == {
            "page",
            "search",
        }

    def test_what_is_younger_stays(self, reads, time_machine):
        reads("Lunch")
        sort()
        time_machine.shift(dt.timedelta(days=300))
        queue.run_due("site-visits-purge")
        assert PageRead.objects.exists()
        assert Touchpoint.objects.get().answers


def test_the_time_of_a_visit_is_the_sites(reads):
    with timezone.override("UTC"):
        reads("Lunch")
        sort()
    assert Touchpoint.objects.get().answers[0]["label"] == "12:00"

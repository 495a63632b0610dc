"""Rules published and contacts changed while a refresh is at work."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.contacts import changes
from crm_plugin.models import Contact, Segment, SegmentMembership, SegmentScheme
from crm_plugin.segments import applying, intervals, ready_made, refresh
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.parallel import at_once

ENGLISH = [condition("language", languages=["en"])]
JAPANESE = [condition("language", languages=["ja"])]


def members(segment):
    stays = SegmentMembership.objects.filter(segment=segment, left_at=None)
    return set(stays.values_list("contact_id", flat=True))


def publish(segment, rule):
    segment.rule = rule
    segment.save_revision().publish()


@pytest.fixture
def english(db):
    return factories.SegmentFactory(key="english", rule=ENGLISH)


@pytest.fixture
def guests(db):
    return [factories.ContactFactory(language=language) for language in ("en", "ja")]


@pytest.fixture
def meanwhile(monkeypatch):
    """Something that happens once *place* has read, before anything is written."""

    def happens(act, module=refresh, place="_affected"):
        read = getattr(module, place)

        def then(*args):
            found = read(*args)
            act()
            return found

        monkeypatch.setattr(module, place, then)

    return happens


def test_who_changed_is_asked_by_the_rule_that_is_stored_by_then(
    english, guests, meanwhile
):
    """A rule published, and refreshed wholly, after the drain had looked for rules."""
    refresh.refresh(english)

    def new_rule():
        publish(english, JAPANESE)
        refresh.refresh(english)

    meanwhile(new_rule)
    refresh.refresh_contacts([guest.pk for guest in guests], {"fields"})
    assert members(english) == {guests[1].pk}


@pytest.mark.parametrize("gone", ["unpublished", "switched off", "deleted"])
def test_a_segment_that_is_gone_by_then_takes_nobody_in(
    english, guests, meanwhile, gone
):
    rows = Segment.objects.filter(pk=english.pk)
    acts = {
        "unpublished": lambda: Segment.objects.get().unpublish(),
        "switched off": lambda: rows.update(active=False),
        "deleted": rows.delete,
    }
    meanwhile(acts[gone])
    assert refresh.refresh_contacts([guests[0].pk], {"fields"}) == 0
    assert not SegmentMembership.objects.exists()


def test_a_class_published_by_then_takes_its_people_out_of_those_after_it(
    guests, meanwhile
):
    scheme = SegmentScheme.objects.create(key="abc", name="A/B/C")
    first = factories.SegmentFactory(scheme=scheme, place=0, rule=JAPANESE)
    second = factories.SegmentFactory(
        scheme=scheme, place=1, rule=[condition("language", languages=["en", "ja"])]
    )
    meanwhile(lambda: Segment.objects.filter(pk=first.pk).update(rule=ENGLISH))
    refresh.refresh_contacts([guest.pk for guest in guests], {"fields"})
    assert [members(row) for row in (first, second)] == [
        {guests[0].pk},
        {guests[1].pk},
    ]


def test_everybody_is_compared_with_the_rule_that_is_stored_by_then(
    english, guests, meanwhile
):
    acts = [lambda: publish(Segment.objects.get(), JAPANESE)]
    meanwhile(lambda: acts and acts.pop()(), applying, "chosen")
    refresh.refresh(english)
    assert members(english) == {guests[1].pk}


@pytest.mark.parametrize("languages", [["en", "ja"], ["ja", "en"]], ids=str)
def test_stays_follow_each_other_whoever_changes_while_everybody_is_read(
    english, guests, meanwhile, languages
):
    """Who is let in, or out, by a change just then, and changes back at once."""
    guest = guests[languages.index("ja")]
    refresh.refresh(english)

    def there_and_back():
        for language, noticed in zip(languages, (True, False), strict=True):
            Contact.objects.filter(pk=guest.pk).update(language=language)
            if noticed:
                assert refresh.refresh_contacts([guest.pk], {"fields"}) == 1

    acts = [there_and_back]
    meanwhile(lambda: acts and acts.pop()(), applying, "chosen")
    done = refresh.refresh(english)
    assert done.entered + done.left == 1
    stays = SegmentMembership.objects.filter(contact=guest.pk).order_by("entered_at")
    days = [day for stay in stays for day in (stay.entered_at, stay.left_at) if day]
    assert len(days) in (2, 3)
    assert days == sorted(days)


def test_a_worker_whose_clock_is_slow_writes_after_what_was_written(english, guests):
    an_hour = dt.timedelta(hours=1)
    ahead = timezone.now() + an_hour
    refresh.refresh(english, at=ahead)
    Contact.objects.update(language="ja")
    refresh.refresh_contacts([guests[0].pk], {"fields"})
    stay = SegmentMembership.objects.get()
    assert stay.entered_at == ahead
    assert ahead < stay.left_at < ahead + an_hour


@pytest.fixture
def no_end(english, guests, meanwhile):
    """Somebody publishes another rule whenever one has been read, seven times."""
    rules = [JAPANESE, *[ENGLISH, JAPANESE] * 3]
    assert len(rules) > applying.TRIES

    def again():
        if rules:
            publish(Segment.objects.get(), rules.pop())

    meanwhile(again, applying, "chosen")
    return rules


def test_what_is_overtaken_again_and_again_is_left_as_it_was(english, no_end):
    with pytest.raises(refresh.Overtaken):
        refresh.refresh(english)
    assert members(english) == set()


def test_a_worker_that_was_overtaken_tries_again_later(english, guests, no_end):
    work = refresh.start(english)
    assert refresh.refresh_in_worker(work, 0) is False
    queue.run_due("segment")
    assert no_end == []
    assert members(english) == {guests[1].pk}


def test_the_clock_that_was_overtaken_tries_again_later(english, guests, no_end):
    Segment.objects.update(next_change_at=timezone.now())
    assert refresh.refresh_by_clock() is True
    assert Segment.objects.get().next_change_at <= timezone.now()
    assert refresh.refresh_by_clock() is True
    assert members(english) == {guests[1].pk}


def test_the_command_that_was_overtaken_says_so(no_end):
    with pytest.raises(CommandError, match="try again later"):
        call_command("crm_segment", "english")


def test_a_ready_made_one_that_was_overtaken_is_left_to_the_worker(no_end):
    ready_made.ensure(
        ["english"], definitions={"english": {"rule": ENGLISH}}, refreshed=True
    )
    assert queue.Work.objects.filter(kind="segment").exists()


@pytest.mark.django_db(transaction=True)
def test_who_changed_after_everybody_was_read_does_not_enter(meanwhile):
    """On SQLite nobody waits for a full refresh: it asks again whom it had read."""
    if connection.vendor == "postgresql":
        pytest.skip("a lock keeps others waiting there")
    english = factories.SegmentFactory(rule=ENGLISH)
    stays, turns, leaves, enters = factories.ContactFactory.create_batch(4)
    of = {stays: "en", turns: "en", leaves: "en", enters: "ja"}
    for guest, language in of.items():
        Contact.objects.filter(pk=guest.pk).update(language=language)
    refresh.refresh_contacts([leaves.pk], {"fields"})

    def somebody_changes(_nothing):
        for guest, language in ((turns, "ja"), (leaves, "ja"), (enters, "en")):
            Contact.objects.filter(pk=guest.pk).update(language=language)
        refresh.refresh_contacts([turns.pk, leaves.pk, enters.pk], {"fields"})

    acts = [somebody_changes]
    meanwhile(lambda: acts and at_once(acts.pop(), [None]), intervals, "_collect")
    refresh.refresh(english)
    assert members(english) == {stays.pk, enters.pk}
    assert Segment.objects.get().size == 2
    assert SegmentMembership.objects.filter(contact=turns.pk).count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_busy_site_never_overtakes_a_full_refresh(monkeypatch):
    """Whoever changes all the while is in the right place in the end, and counted."""
    monkeypatch.setattr(intervals, "SLICE", 1)
    monkeypatch.setattr(intervals, "BREATH", 0.005)
    monkeypatch.setattr(applying, "CHUNK", 3)
    english = factories.SegmentFactory(rule=ENGLISH)
    guests = factories.ContactFactory.create_batch(16, language="en")

    def work(act):
        act()

    def drain():
        for number, guest in enumerate(guests):
            Contact.objects.filter(pk=guest.pk).update(
                language="ja" if number % 2 else "en"
            )
            changes.note([guest.pk], "fields")
            changes.drain()

    at_once(work, [drain, lambda: refresh.refresh(english)])
    english.refresh_from_db()
    assert members(english) == {guest.pk for guest in guests[::2]}
    assert english.size == 8
    done = refresh.refresh(english)
    assert (done.entered, done.left) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_full_refreshes_at_once_leave_what_one_would_leave(monkeypatch):
    monkeypatch.setattr(intervals, "SLICE", 1)
    monkeypatch.setattr(intervals, "BREATH", 0.001)
    english = factories.SegmentFactory(rule=ENGLISH)
    guests = factories.ContactFactory.create_batch(10, language="en")
    at_once(lambda _n: refresh.refresh(Segment.objects.get()), range(3))
    assert members(english) == {guest.pk for guest in guests}
    assert SegmentMembership.objects.count() == 10
    assert Segment.objects.get().size == 10

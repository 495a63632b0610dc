import datetime as dt
import sqlite3

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm_plugin import queue, rules
from crm_plugin.contacts import changes, records
from crm_plugin.models import Contact, ContactScore, Score, SegmentMembership
from crm_plugin.scoring import refresh
from crm_plugin.scoring.computing import points_of
from crm_plugin.scoring.decay import steps
from crm_plugin.scoring.writing import Overtaken, apply
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.factories import line

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 1, 3, tzinfo=dt.UTC)
CALLS = condition("touchpoints", kind="call", when="ever")
FADING = [line(CALLS, points=8, given="each", half_life=30)]


def held(score):
    rows = ContactScore.objects.filter(score=score)
    return dict(rows.values_list("contact_id", "value"))


def called(contact, days=0, at=NOON):
    return factories.TouchpointFactory(
        contact=contact, kind="call", at=at - dt.timedelta(days=days)
    )


def test_whoever_fulfils_a_line_has_its_points_and_nobody_else_a_row(db):
    score = factories.ScoreFactory()
    guest = factories.ContactFactory(language="en")
    factories.ContactFactory(language="ja")
    assert refresh.refresh(score) == 1
    assert held(score) == {guest.pk: 5}


def test_lines_add_up_and_points_may_be_taken_off(contact):
    called(contact)
    language = condition("language", languages=[contact.language])
    lines = [line(language, points=10), line(CALLS, points=-3, given="each")]
    score = factories.ScoreFactory(lines=lines)
    refresh.refresh(score)
    assert held(score) == {contact.pk: 7}


def test_a_line_gives_no_more_than_so_many_times_its_points(contact):
    for days in range(5):
        called(contact, days)
    score = factories.ScoreFactory(lines=[line(CALLS, given="each", most=3)])
    refresh.refresh(score)
    assert held(score) == {contact.pk: 15}


def test_points_for_each_time_are_given_from_the_least_number_on(contact):
    other = factories.ContactFactory()
    for person, number in ((contact, 2), (other, 1)):
        for days in range(number):
            called(person, days)
    twice = condition("touchpoints", kind="call", when="ever", number=2)
    score = factories.ScoreFactory(lines=[line(twice, given="each")])
    refresh.refresh(score)
    assert held(score) == {contact.pk: 10}


@pytest.mark.parametrize(
    ("days", "left"), [(0, 8), (29, 5), (30, 4), (60, 2), (90, 1), (240, None)]
)
def test_an_event_counts_half_as_much_after_each_half_life(contact, days, left):
    called(contact, days)
    score = factories.ScoreFactory(lines=FADING)
    refresh.refresh(score, at=NOON)
    assert held(score).get(contact.pk) == left


def test_short_half_lives_have_no_step_of_no_day():
    assert steps(1)[0] == (1, 1_000)
    days = [age for age, _much in steps(3)]
    assert days == sorted(set(days))
    assert days[-1] == 24


def test_an_unchanged_refresh_changes_nothing(contact):
    score = factories.ScoreFactory(lines=FADING)
    called(contact)
    assert refresh.refresh(score, at=NOON) == 1
    assert refresh.refresh(score, at=NOON) == 0


def test_the_number_of_queries_does_not_depend_on_the_number_of_contacts(db):
    score = factories.ScoreFactory(lines=FADING)
    counts = []
    for number in (1, 30):
        for guest in factories.ContactFactory.create_batch(number):
            called(guest)
        with CaptureQueriesContext(connection) as queries:
            refresh.refresh(score, at=NOON)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert len(held(score)) == 31


def test_more_than_a_slice_is_written_whole(db, monkeypatch):
    monkeypatch.setattr(refresh, "CHUNK", 2)
    monkeypatch.setattr("crm_plugin.scoring.writing.SLICE", 2)
    monkeypatch.setattr("crm_plugin.scoring.writing.BREATH", 0)
    guests = factories.ContactFactory.create_batch(5, language="en")
    score = factories.ScoreFactory()
    assert refresh.refresh(score) == 5
    ContactScore.objects.all().delete()
    ids = [guest.pk for guest in guests]
    assert refresh.refresh_contacts(ids, {"fields"}) == set(ids)
    assert len(held(score)) == 5


def test_who_changed_is_looked_at_and_nobody_else(db):
    score = factories.ScoreFactory(lines=FADING)
    one, other = factories.ContactFactory.create_batch(2)
    for guest in (one, other):
        called(guest, at=timezone.now())
    assert refresh.refresh_contacts([one.pk], {"touchpoints"}) == {one.pk}
    assert held(score) == {one.pk: 8}


def test_a_score_that_does_not_rest_on_what_changed_is_not_asked(db):
    factories.ScoreFactory(lines=FADING)
    guest = factories.ContactFactory()
    called(guest, at=timezone.now())
    assert refresh.refresh_contacts([guest.pk], {"purchases"}) == set()


def test_a_call_becomes_points_and_points_a_segment_in_one_go(contact):
    score = factories.ScoreFactory(key="warmth", lines=FADING)
    rule = [condition("score", score="warmth", how="at_least", number=8)]
    warm = factories.SegmentFactory(rule=rule)
    called(contact, at=timezone.now())
    changes.note([contact.pk], "touchpoints")
    changes.drain()
    assert held(score) == {contact.pk: 8}
    stays = SegmentMembership.objects.filter(segment=warm, left_at=None)
    assert [stay.contact_id for stay in stays] == [contact.pk]


def test_points_fade_on_the_clock_and_whoever_asks_for_them_follows(contact):
    score = factories.ScoreFactory(key="warmth", lines=FADING)
    rule = [condition("score", score="warmth", how="at_least", number=8)]
    warm = factories.SegmentFactory(rule=rule)
    called(contact)
    with time_machine.travel(NOON, tick=False):
        refresh.refresh(score)
        assert refresh.refresh_by_clock() is False
    with time_machine.travel(NOON + dt.timedelta(days=30), tick=False):
        assert refresh.refresh_by_clock() is True
    assert held(score) == {contact.pk: 4}
    assert queue.Work.objects.filter(kind="segment", key=str(warm.pk)).exists()


def test_a_score_without_a_clock_is_never_due(db):
    score = factories.ScoreFactory()
    refresh.refresh(score)
    assert score.next_change_at is None


def test_a_broken_line_keeps_the_points_as_they_were(contact):
    score = factories.ScoreFactory(lines=FADING)
    called(contact)
    refresh.refresh(score, at=NOON)
    gone = condition("uses", category="gone", how="at_least", number=1, when="ever")
    Score.objects.filter(pk=score.pk).update(lines=[line(gone)])
    score.refresh_from_db()
    with pytest.raises(rules.BrokenRule):
        refresh.refresh(score, at=NOON)
    score.refresh_from_db()
    assert score.frozen_at == NOON
    assert held(score) == {contact.pk: 8}
    assert refresh.refresh_contacts([contact.pk], {"uses"}) == set()


def test_the_clock_goes_on_to_the_score_behind_one_that_fails(contact, monkeypatch):
    lines = [line(CALLS, points=8)]
    failing, healthy = (factories.ScoreFactory(lines=lines) for _one in range(2))
    called(contact)
    early = NOON - dt.timedelta(days=2)
    Score.objects.filter(pk=failing.pk).update(next_change_at=early)
    Score.objects.filter(pk=healthy.pk).update(
        next_change_at=early + dt.timedelta(hours=1)
    )
    works = refresh.points_of
    monkeypatch.setattr(refresh, "points_of", fails_once(works))
    assert [refresh.refresh_by_clock() for _time in range(2)] == [True, True]
    assert held(healthy)
    assert not held(failing)


def fails_once(works):
    """Whoever asks first meets an error that may pass."""
    asked = []

    def points_of(*args):
        asked.append(args)
        if len(asked) == 1:
            raise OperationalError("database is locked")
        return works(*args)

    return points_of


def test_switched_off_it_has_no_points(contact):
    score = factories.ScoreFactory(lines=FADING)
    called(contact)
    refresh.refresh(score, at=NOON)
    score.active = False
    score.save()
    refresh.refresh(score, at=NOON)
    assert held(score) == {}


def test_who_is_archived_has_no_points(contact):
    score = factories.ScoreFactory(lines=FADING)
    called(contact)
    refresh.refresh(score, at=NOON)
    records.finish([contact.pk], ["fields"])
    Contact.objects.filter(pk=contact.pk).update(archived_at=NOON)
    changes.drain()
    assert held(score) == {}


def test_what_was_overtaken_is_not_written(contact):
    if connection.vendor == "postgresql":
        pytest.skip("a lock keeps others waiting there")
    score = factories.ScoreFactory(lines=FADING)
    called(contact)
    points = points_of(score.read_lines, NOON)
    with pytest.raises(Overtaken):
        apply(score.pk, points, still=lambda: False)
    assert held(score) == {}
    assert apply(score.pk, points) == 1


def test_what_was_overtaken_to_the_end_is_tried_again_later(contact, monkeypatch):
    if connection.vendor == "postgresql":
        pytest.skip("a lock keeps others waiting there")
    rows = Score.objects.filter(pk=factories.ScoreFactory(lines=FADING).pk)
    called(contact, at=timezone.now())
    rows.update(next_change_at=timezone.now())
    times, written = [], refresh.apply

    def while_others_change(*args, **kwargs):
        if len(times) < 2 * refresh.TRIES:
            times.append(rows.update(refreshed_at=timezone.now()))
        return written(*args, **kwargs)

    monkeypatch.setattr(refresh, "apply", while_others_change)
    assert refresh.refresh_by_clock() is True
    assert refresh.refresh_in_worker(refresh.start(rows.get()), 0) is False
    assert held(rows.get()) == {}
    queue.run_due("score")
    assert held(rows.get()) == {contact.pk: 8}


def test_who_is_deleted_takes_the_points_along(contact):
    score = factories.ScoreFactory(lines=FADING)
    called(contact)
    refresh.refresh(score, at=NOON)
    contact.delete()
    assert held(score) == {}


def test_a_worker_refreshes_it(contact):
    score = factories.ScoreFactory(lines=FADING)
    called(contact, at=timezone.now())
    work = refresh.start(score)
    assert refresh.refresh_in_worker(work, 0) is True
    assert held(score) == {contact.pk: 8}


def test_the_spread_has_round_limits_and_counts_everybody(db):
    score = factories.ScoreFactory(lines=FADING)
    for number in (0, 1, 2, 30):
        guest = factories.ContactFactory()
        for _each in range(number):
            called(guest)
    refresh.refresh(score, at=NOON)
    score.refresh_from_db()
    bars = score.spread["bars"]
    assert score.spread["none"] == 1
    assert sum(number for _from, _to, number in bars) == 3
    assert bars[0] == [1, 49, 2]
    assert len(bars) <= 13


@pytest.fixture
def meanwhile(monkeypatch):
    """Something that happens after the scores were read, before points are written."""

    def happens(act):
        asked = refresh._rests_on

        def then(score, aspects):
            answer = asked(score, aspects)
            act()
            return answer

        monkeypatch.setattr(refresh, "_rests_on", then)

    return happens


def test_who_changed_gets_points_by_the_lines_that_are_stored_by_then(
    contact, meanwhile
):
    score = factories.ScoreFactory(lines=FADING)
    called(contact, at=timezone.now())
    newer = [line(CALLS, points=3, given="each")]
    meanwhile(lambda: Score.objects.filter(pk=score.pk).update(lines=newer))
    refresh.refresh_contacts([contact.pk], {"touchpoints"})
    assert held(score) == {contact.pk: 3}


@pytest.mark.parametrize("gone", ["switched off", "deleted"])
def test_a_score_that_is_gone_by_then_gives_no_points(contact, meanwhile, gone):
    rows = Score.objects.filter(pk=factories.ScoreFactory(lines=FADING).pk)
    called(contact, at=timezone.now())
    meanwhile(rows.delete if gone == "deleted" else lambda: rows.update(active=False))
    assert refresh.refresh_contacts([contact.pk], {"touchpoints"}) == set()
    assert not ContactScore.objects.exists()


def test_a_whole_refresh_learns_of_changes_that_moved_nobody(contact):
    score = factories.ScoreFactory(lines=FADING)
    refresh.refresh(score, at=NOON)
    Score.objects.update(spread_at=NOON)
    assert refresh.refresh_contacts([contact.pk], {"touchpoints"}) == set()
    score.refresh_from_db()
    assert score.refreshed_at > NOON
    assert score.spread_at == NOON


def test_lines_hold_no_more_conditions_together_than_a_rule(contact):
    english = condition("language", languages=["en"])
    score = factories.ScoreFactory(lines=[line(*[english] * 51)] * 2)
    with pytest.raises(rules.BrokenRule, match="at most 100 conditions"):
        refresh.refresh(score)
    assert refresh.refresh_contacts([contact.pk], {"fields"}) == set()


@pytest.fixture
def few_variables(db):
    """SQLite as it is built by default: no more than 32,766 values in a statement."""
    if connection.vendor != "sqlite":
        yield
        return
    kind, most = sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766
    before = connection.connection.setlimit(kind, most)
    yield
    connection.connection.setlimit(kind, before)


@pytest.mark.usefixtures("few_variables")
def test_an_import_is_looked_at_whatever_the_number_of_conditions(db):
    guest = factories.ContactFactory(language="en")
    english = condition("language", languages=["en"])
    score = factories.ScoreFactory(lines=[line(*[english] * 20)] * 2)
    ids = range(guest.pk, guest.pk + 2_000)
    assert refresh.refresh_contacts(ids, {"fields"}) == {guest.pk}
    assert held(score) == {guest.pk: 10}

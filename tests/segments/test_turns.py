"""Two previews at once in the whole house, one for each editor."""

import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin.models import PreviewTurn
from crm_plugin.segments import turns
from crm_plugin.segments.turns import turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def editors(role):
    return [role(name) for name in ("owner", "marketer", "staff")]


def test_a_place_is_given_and_given_back(owner):
    with turn(owner) as mine:
        assert mine.granted
    assert not PreviewTurn.objects.exclude(place=None).exists()


def test_a_place_is_given_back_when_the_work_breaks(owner):
    with pytest.raises(ValueError, match="broke"), turn(owner):
        raise ValueError("broke")
    with turn(owner) as mine:
        assert mine.granted


def test_an_editor_has_one_place_at_a_time(owner):
    with turn(owner), turn(owner) as second:
        assert not second.granted


def test_the_house_has_two(editors):
    one, two, three = editors
    with turn(one) as first, turn(two) as second, turn(three) as third:
        assert {first.place, second.place} == {1, 2}
        assert not third.granted
    with turn(three, again=True) as third:
        assert third.granted


def test_a_newer_request_overtakes_the_one_that_runs(owner):
    with turn(owner) as first:
        assert not first.overtaken
        with turn(owner):
            assert first.overtaken


def test_asking_again_overtakes_nothing(owner):
    with turn(owner) as first:
        with turn(owner, again=True) as second:
            assert not second.granted
        assert not first.overtaken


def test_asking_again_stands_for_the_newest_request(owner):
    with turn(owner), turn(owner) as newer:
        pass
    with turn(owner, again=True) as mine:
        assert mine.granted
        assert mine.number == newer.number


def test_a_process_that_died_blocks_nobody_for_longer_than_its_lease(owner, role):
    gone = turns._ask(role("marketer"), again=False)
    assert gone.granted
    late = timezone.now() - dt.timedelta(seconds=1)
    PreviewTurn.objects.update(until=late)
    with turn(owner) as mine:
        assert mine.place == gone.place


def test_one_who_comes_back_late_does_not_give_back_the_place_of_a_newer_request(owner):
    with turn(owner):
        PreviewTurn.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
        newer = turns._ask(owner, again=False)
        assert newer.granted
    assert PreviewTurn.objects.get(user=owner).running == newer.number


def test_who_was_quicker_has_the_place(owner, role, monkeypatch):
    """Between looking and taking, another process takes the same place."""
    other = role("marketer")
    PreviewTurn.objects.create(user=other)
    look = PreviewTurn.objects.exclude

    def then_taken(**kwargs):
        rows = list(look(**kwargs).values_list("user_id", "place"))
        PreviewTurn.objects.filter(user=other).update(place=1)
        return Rows(rows)

    monkeypatch.setattr(PreviewTurn.objects, "exclude", then_taken)
    with turn(owner) as mine:
        assert not mine.granted


class Rows(list):
    def values_list(self, *_names):
        return self


def test_the_last_answer_is_kept_for_its_segment(owner):
    with turn(owner) as mine:
        assert turns.answer(mine, "7", {"count": 3})
    assert turns.last_answer(owner, "7") == {"count": 3}
    assert turns.last_answer(owner, "8") == {}


def test_an_older_answer_never_replaces_a_newer_one(owner):
    with turn(owner) as older:
        pass
    with turn(owner) as newer:
        assert turns.answer(newer, "7", {"count": 2})
    assert not turns.answer(older, "7", {"count": 1})
    assert turns.last_answer(owner, "7") == {"count": 2}


def test_an_answer_that_was_overtaken_is_not_kept(owner):
    with turn(owner) as older, turn(owner):
        assert not turns.answer(older, "7", {"count": 1})

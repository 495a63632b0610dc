import datetime as dt
import time

import pytest

from crm_plugin.delivery.pace import Pacer

pytestmark = pytest.mark.django_db
SECOND = 1.0


@pytest.fixture
def clock(monkeypatch, time_machine):
    """A clock that only sleeping moves."""
    start = dt.datetime(2025, 5, 1, tzinfo=dt.UTC)
    state = {"now": 0.0}
    time_machine.move_to(start, tick=False)

    def sleep(seconds):
        state["now"] += seconds
        time_machine.move_to(start + dt.timedelta(seconds=state["now"]), tick=False)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: state["now"])
    return state


def test_three_workers_never_send_more_than_allowed_in_any_minute(clock, settings):
    settings.CRM_SEND_PER_MINUTE = 100
    workers, moments = [Pacer() for _ in range(3)], []
    while clock["now"] < 180:
        for pacer in workers:
            assert pacer.wait(10_000)
            moments.append(clock["now"])
    worst = max(
        sum(start <= moment < start + 60 for moment in moments) for start in moments
    )
    assert 95 <= worst <= 100


def test_without_a_limit_nobody_waits(clock, settings):
    settings.CRM_SEND_PER_MINUTE = 0
    assert all(Pacer().wait(0) for _ in range(1_000))
    assert clock["now"] == 0


def test_a_moment_after_the_slice_is_left_for_the_next(clock, settings):
    settings.CRM_SEND_PER_MINUTE = 6
    pacer = Pacer()
    assert pacer.wait(5)
    assert not pacer.wait(5)


def test_a_moment_that_was_not_used_is_used_next(clock, settings):
    settings.CRM_SEND_PER_MINUTE = 6
    pacer = Pacer()
    pacer.wait(60)
    pacer.give_back()
    assert pacer.wait(60)
    assert clock["now"] < SECOND


def test_a_claim_is_what_a_few_seconds_allow(settings):
    sizes = []
    for settings.CRM_SEND_PER_MINUTE in (0, 6, 600, 60_000):
        sizes.append(Pacer().portion)
    assert sizes == [100, 1, 50, 100]

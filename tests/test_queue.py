import datetime as dt
import traceback
from contextlib import nullcontext

import pytest
from django.db import transaction
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.queue import backend, running
from crm_plugin.queue.mistakes import Failed
from crm_plugin.queue.models import LostLease, Work

pytestmark = pytest.mark.django_db
TYPED = "hanako@mail.example"


@pytest.fixture
def count_to_three(monkeypatch):
    """A kind of work that advances by one per slice and is done at three."""
    seen = []

    def step(work, until):
        seen.append(work.position)
        work.advance(work.position + 1, total=3)
        return work.position >= 3

    monkeypatch.setitem(running._handlers, "count", step)
    return seen


def test_work_goes_on_slice_by_slice_until_it_is_done(count_to_three):
    queue.start("count", "a")
    queue.run_due("count")
    work = Work.objects.get()
    assert (work.state, work.position, work.percent) == ("done", 3, 100)
    assert count_to_three == [0, 1, 2]


def test_starting_the_same_work_twice_makes_one_row(count_to_three):
    assert queue.start("count", "a").pk == queue.start("count", "a").pk


def test_finished_work_can_be_started_anew(count_to_three):
    queue.start("count", "a")
    queue.run_due("count")
    assert queue.start("count", "a").position == 0


def test_nobody_takes_what_another_worker_holds(count_to_three):
    queue.start("count", "a")
    assert running.take("count") is not None
    assert running.take("count") is None


def test_an_expired_lease_is_taken_over_and_the_sleeper_writes_nothing(count_to_three):
    queue.start("count", "a")
    sleeper = running.take("count")
    Work.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    other = running.take("count")
    assert other.fence == sleeper.fence + 1
    with pytest.raises(LostLease):
        sleeper.advance(1)


def test_work_that_fails_five_times_is_given_up(monkeypatch, time_machine):
    def fail(work, until):
        raise ValueError("no")

    time_machine.move_to(timezone.now())
    monkeypatch.setitem(running._handlers, "fail", fail)
    queue.start("fail", "a")
    for _ in range(6):
        queue.run_due("fail", seconds=0.01)
        time_machine.shift(300)
    work = Work.objects.get()
    assert work.state == "failed"
    assert work.error.startswith("ValueError (test_queue.py:")


def test_an_error_in_a_task_leaves_its_words_behind(monkeypatch, caplog):
    def fail(work, until):
        raise ValueError(TYPED)

    monkeypatch.setitem(running._handlers, "fail", fail)
    queue.start("fail", "a")
    queue.run_due("fail", seconds=0.01)
    assert "ValueError" in caplog.text
    assert "hanako" not in caplog.text


def test_an_error_in_a_wake_up_reaches_the_broker_without_its_words(monkeypatch):
    def fail():
        raise ValueError(TYPED)

    monkeypatch.setattr(running, "tick", fail)
    with pytest.raises(Failed, match="ValueError") as caught:
        backend.run_task(backend.TICK, [], {})
    assert "hanako" not in "".join(traceback.format_exception(caught.value))


def test_work_waits_for_its_time(count_to_three):
    later = timezone.now() + dt.timedelta(hours=1)
    queue.start("count", "a", not_before=later)
    queue.run_due("count")
    assert Work.objects.get().state == "waiting"


def test_a_chore_is_due_again_only_after_its_period(monkeypatch, time_machine):
    calls = []
    time_machine.move_to(timezone.now())
    monkeypatch.setattr(running, "_chores", {})
    queue.chore("sweep", every=60)(lambda: calls.append(1))
    queue.run_due()
    queue.run_due()
    time_machine.shift(61)
    queue.run_due()
    assert len(calls) == 2


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_leaves_on_commit_and_once_per_transaction():
    from django_q.models import OrmQ

    with transaction.atomic():
        queue.wake("count")
        queue.wake("count")
        assert OrmQ.objects.count() == 0
    assert OrmQ.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_carries_a_name_and_nothing_else():
    from django_q.models import OrmQ

    queue.wake("changes")
    task = OrmQ.objects.get().task
    assert task["args"] == ("crm_plugin.queue.running.run_in_worker", ["changes"], {})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("in_a_transaction", [True, False])
def test_a_broker_that_does_not_answer_stops_nobody(monkeypatch, in_a_transaction):
    def unreachable(name):
        raise ConnectionError(name)

    monkeypatch.setattr("crm_plugin.queue.running._enqueue", unreachable)
    with transaction.atomic() if in_a_transaction else nullcontext():
        queue.wake("changes")


def test_the_tick_is_scheduled_once():
    from django_q.models import Schedule

    queue.ensure_tick()
    queue.ensure_tick()
    assert Schedule.objects.filter(name="crm-tick").count() == 1

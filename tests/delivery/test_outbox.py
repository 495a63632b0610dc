"""The state machine: nothing twice, nothing lost, whoever dies when."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crm_plugin.delivery import mailings, outbox
from crm_plugin.delivery.outbox import Outcome
from crm_plugin.models import Delivery, Mailing
from tests import factories

pytestmark = pytest.mark.django_db
State = Delivery.State
SENT = Outcome(State.SENT)
LATER = dt.timedelta(hours=1)


def rows_of(count):
    rendering = factories.RenderingFactory()
    return [factories.DeliveryFactory(rendering=rendering) for _ in range(count)]


def expire():
    Delivery.objects.filter(lease_until__isnull=False).update(
        lease_until=timezone.now() - LATER
    )


def state_of(row):
    return Delivery.objects.get(pk=row.pk).state


def test_a_claimed_row_is_nobody_elses():
    rows_of(3)
    assert len(outbox.claim(2)) == 2
    assert len(outbox.claim(10)) == 1
    assert outbox.claim(10) == []


def test_claiming_costs_the_same_for_any_number(django_assert_num_queries):
    rows_of(6)
    with django_assert_num_queries(9):
        outbox.claim(6)


def test_a_worker_that_died_before_hand_over_loses_nothing():
    (row,) = rows_of(1)
    outbox.claim(1)
    expire()
    outbox.recover()
    assert state_of(row) == State.PENDING


def test_a_worker_that_died_in_hand_over_leaves_it_uncertain():
    (row,) = rows_of(1)
    (claimed,) = outbox.claim(1)
    assert outbox.take(claimed)
    expire()
    outbox.recover()
    assert state_of(row) == State.UNCERTAIN
    assert outbox.claim(1) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="small tables are scanned")
def test_looking_for_dead_workers_never_reads_the_whole_outbox():
    expired = Delivery.objects.filter(lease_until__lt=timezone.now())
    plan = expired.filter(state=State.HANDING).order_by().explain()
    assert "crm_delivery_leased" in plan


def test_a_confirmation_mail_is_tried_again_instead():
    (row,) = rows_of(1)
    Delivery.objects.update(mailing=None, topic=None, kind="confirmation")
    (claimed,) = outbox.claim(1)
    outbox.take(claimed)
    expire()
    outbox.recover()
    assert state_of(row) == State.PENDING


def test_an_answer_of_a_person_is_never_doubled():
    (row,) = rows_of(1)
    Delivery.objects.update(mailing=None, topic=None, kind="answer")
    (claimed,) = outbox.claim(1)
    outbox.take(claimed)
    expire()
    outbox.recover()
    assert state_of(row) == State.UNCERTAIN


def test_a_worker_that_slept_past_its_lease_hands_nothing_over():
    (row,) = rows_of(1)
    (slow,) = outbox.claim(1)
    expire()
    assert not outbox.take(slow)
    outbox.recover()
    (quick,) = outbox.claim(1)
    assert not outbox.take(slow)
    assert outbox.take(quick)
    assert not outbox.record(slow, SENT)
    assert outbox.record(quick, SENT)
    assert state_of(row) == State.SENT


def test_a_worker_that_slept_after_hand_over_still_knows_better():
    (row,) = rows_of(1)
    (slow,) = outbox.claim(1)
    outbox.take(slow)
    expire()
    outbox.recover()
    assert outbox.record(slow, SENT)
    assert state_of(row) == State.SENT


def test_taking_twice_is_taking_once():
    rows_of(1)
    (row,) = outbox.claim(1)
    assert outbox.take(row)
    assert not outbox.take(row)


def test_every_claim_has_its_own_fence():
    (row,) = rows_of(1)
    (first,) = outbox.claim(1)
    expire()
    outbox.recover()
    (second,) = outbox.claim(1)
    assert (first.fence, second.fence) == (1, 2)


def test_one_address_stands_once_in_a_mailing():
    (row,) = rows_of(1)
    with pytest.raises(Exception, match="(?i)unique"):
        factories.DeliveryFactory(
            rendering=row.rendering, point=row.point, contact=row.contact, agreed=False
        )


def test_a_mailing_with_an_uncertain_row_is_over_but_counts_it():
    row, _other = rows_of(2)
    for claimed in outbox.claim(2):
        outbox.take(claimed)
        outbox.record(
            claimed, SENT if claimed.pk != row.pk else Outcome(State.UNCERTAIN)
        )
    mailings.finish_done()
    row.mailing.refresh_from_db()
    assert row.mailing.state == Mailing.State.FINISHED
    assert mailings.counts(row.mailing) == {("sent", ""): 1, ("uncertain", ""): 1}


@pytest.mark.parametrize("state", ["pending", "claimed", "handing"])
def test_a_mailing_with_an_open_row_is_not_finished(state):
    (row,) = rows_of(1)
    Delivery.objects.update(state=state)
    mailings.finish_done()
    row.mailing.refresh_from_db()
    assert row.mailing.state == Mailing.State.SENDING


def test_counts_are_one_query(django_assert_num_queries):
    (row,) = rows_of(1)
    with django_assert_num_queries(1):
        mailings.counts(row.mailing)


class Outbox(RuleBasedStateMachine):
    """Workers that claim, take, hand over, die and wake in any order."""

    def __init__(self):
        super().__init__()
        Delivery.objects.all().delete()
        self.rows = rows_of(4)
        self.handed: list[int] = []
        self.claimed: list[Delivery] = []
        self.taken: list[Delivery] = []

    @rule()
    def claim(self):
        self.claimed += outbox.claim(2)

    @rule()
    def take(self):
        if self.claimed:
            row = self.claimed.pop(0)
            if outbox.take(row):
                self.handed.append(row.pk)
                self.taken.append(row)

    @rule()
    def record(self):
        if self.taken:
            assert outbox.record(self.taken.pop(0), SENT)

    @rule()
    def die(self):
        self.claimed.clear()
        self.taken.clear()
        expire()

    @rule()
    def sleep(self):
        expire()

    @rule()
    def recover(self):
        outbox.recover()

    @rule()
    def release(self):
        if self.claimed:
            outbox.release([self.claimed.pop()])

    @invariant()
    def nothing_is_handed_over_twice_or_lost(self):
        assert len(self.handed) == len(set(self.handed))
        assert Delivery.objects.count() == 4
        told = mailings.counts(self.rows[0].mailing)
        assert sum(told.values()) == 4


def test_no_order_of_events_sends_twice():
    Machine = Outbox.TestCase
    Machine.settings = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    Machine().runTest()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
def test_two_workers_claim_disjoint_rows():
    rows_of(40)
    found: list[list[int]] = []
    ready = threading.Barrier(2)

    def work():
        ready.wait()
        mine = []
        while batch := outbox.claim(7):
            mine += [row.pk for row in batch]
        found.append(mine)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = found
    assert not set(first) & set(second)
    assert len(first) + len(second) == 40

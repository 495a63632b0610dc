import pytest

from crm_plugin.delivery import mailings, outbox, settle
from crm_plugin.delivery.drain import drain
from crm_plugin.delivery.outbox import Outcome
from crm_plugin.journal import Operation
from crm_plugin.models import ContactChange, Delivery, Mailing
from tests import factories

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def row(sink):
    """A message that the server had when the connection broke."""
    row = factories.DeliveryFactory()
    sink.after_data[row.address] = "drop"
    drain()
    sink.after_data.clear()
    row.refresh_from_db()
    assert row.state == State.UNCERTAIN
    return row


def test_what_arrived_counts_as_sent_since_it_left(row, owner):
    assert settle.arrived([row.pk], by=owner) == 1
    row.refresh_from_db()
    assert row.state == State.SENT
    assert row.sent_at == row.handed_at
    assert ContactChange.objects.filter(contact_id=row.contact_id).exists()


def test_what_is_sent_again_leaves_once_more_and_finishes_the_mailing(row, sink, owner):
    assert settle.send_again([row.pk], by=owner) == 1
    drain()
    assert sink.recipients == [row.address]
    assert Mailing.objects.get().state == Mailing.State.FINISHED
    assert mailings.counts(row.mailing) == {("sent", ""): 1}


def test_sending_again_asks_the_gates_again(row, sink, owner):
    row.contact.deliveries.update(state=State.UNCERTAIN)
    row.point.consents.update(state="withdrawn")
    settle.send_again([row.pk], by=owner)
    drain()
    assert sink.recipients == []
    row.refresh_from_db()
    assert (row.state, row.reason) == (State.SKIPPED, "no_consent")


@pytest.mark.parametrize("word", [settle.arrived, settle.send_again])
def test_each_word_is_journalled(row, owner, word):
    word([row.pk], by=owner)
    operation = Operation.objects.get()
    assert operation.by == owner
    assert operation.changes.get().old == "uncertain"


@pytest.mark.parametrize("word", [settle.arrived, settle.send_again])
def test_a_row_whose_end_is_known_is_left_alone(row, owner, word):
    Delivery.objects.update(state=State.BOUNCED)
    assert word([row.pk], by=owner) == 0
    row.refresh_from_db()
    assert row.state == State.BOUNCED
    assert not Operation.objects.exists()


def test_nothing_of_a_mailing_that_was_taken_back_is_sent_again(row, owner):
    Mailing.objects.update(state=Mailing.State.CANCELLED)
    assert settle.send_again([row.pk], by=owner) == 0


def test_a_worker_that_wakes_late_does_not_undo_the_word(row, owner):
    settle.send_again([row.pk], by=owner)
    assert not outbox.record(row, Outcome(State.SENT))
    row.refresh_from_db()
    assert row.state == State.PENDING

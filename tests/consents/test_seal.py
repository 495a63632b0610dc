import pytest

from crm_plugin import queue
from crm_plugin.consents import ledger, triggers
from crm_plugin.consents.models import ConsentEvent, ConsentSeal
from crm_plugin.consents.seal import seal, verify_seals
from tests.factories import PointFactory, TopicFactory

pytestmark = pytest.mark.django_db


def ask(times=1):
    words = ledger.wording_for("Yes.", "en")
    for _time in range(times):
        ledger.ask(PointFactory(), TopicFactory(), wording=words)


@pytest.fixture
def three_nights(time_machine):
    for day in (1, 2, 3):
        time_machine.move_to(f"2026-05-0{day}T20:00:00+09:00")
        ask(2)
        time_machine.move_to(f"2026-05-0{day + 1}T03:00:00+09:00")
        seal()


def test_an_untouched_ledger_passes(three_nights):
    assert ConsentSeal.objects.count() == 3
    assert verify_seals() == []


@pytest.mark.parametrize("position", [0, 2, 5])
def test_a_changed_line_breaks_its_seal(three_nights, position):
    triggers.remove()
    line = ConsentEvent.objects.order_by("id")[position]
    ConsentEvent.objects.filter(pk=line.pk).update(action="confirm")
    triggers.install()
    seals = list(ConsentSeal.objects.order_by("up_to").values_list("up_to", flat=True))
    assert verify_seals() == [seals[position // 2]]


def test_a_removed_line_breaks_its_seal(three_nights):
    triggers.remove()
    ConsentEvent.objects.order_by("id")[3].delete()
    triggers.install()
    assert len(verify_seals()) == 1


def test_nothing_new_makes_no_seal(three_nights):
    assert seal() is None


def test_lines_that_may_still_be_committing_wait_for_the_next_night():
    ask()
    assert seal() is None


def test_the_worker_seals(time_machine):
    time_machine.move_to("2026-05-01T20:00:00+09:00")
    ask()
    time_machine.move_to("2026-05-02T03:00:00+09:00")
    queue.run_due("seal")
    assert ConsentSeal.objects.count() == 1

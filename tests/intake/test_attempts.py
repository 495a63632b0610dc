import datetime as dt

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake import acknowledge, attempts, said, submissions
from crm_plugin.touchpoints.models import Inquiry

pytestmark = pytest.mark.django_db
NOON = "2026-05-01T12:00:00+09:00"
TYPED = "an error may quote hanako@mail.example"


def mistake(*args, **kwargs):
    raise TypeError(TYPED)


def locked(*args, **kwargs):
    raise OperationalError(TYPED)


@pytest.fixture
def stored(send, time_machine):
    time_machine.move_to(NOON)
    return send(email="hanako@mail.example", message="Hello", process_it=False)


def pass_hours(time_machine, hours):
    time_machine.move_to(timezone.now() + dt.timedelta(hours=hours))


def test_in_worker_mode_the_visitor_waits_for_the_row_only(stored, settings):
    settings.CRM_CAPTURE = "worker"
    assert attempts.capture(stored).state == "stored"
    assert not Contact.objects.exists()
    queue.run_due("intake")
    stored.refresh_from_db()
    assert stored.state == "processed"


def test_only_the_mail_is_left_to_the_worker(stored):
    assert attempts.capture(stored).state == "taken_in"
    assert Inquiry.objects.exists()
    assert not Delivery.objects.exists()
    queue.run_due("intake")
    stored.refresh_from_db()
    assert (stored.state, Delivery.objects.count()) == ("processed", 1)


@pytest.mark.parametrize("failing", [mistake, locked])
def test_a_failure_loses_nothing_and_leaves_nothing_half_done(
    stored, failing, monkeypatch
):
    monkeypatch.setattr("crm_plugin.touchpoints.log.record", failing)
    attempts.attempt(stored)
    stored.refresh_from_db()
    assert (stored.state, stored.attempts) == ("stored", 1)
    assert not Contact.objects.exists()


def test_what_is_expected_is_noted_by_its_name(stored, monkeypatch, caplog):
    monkeypatch.setattr("crm_plugin.touchpoints.log.record", locked)
    attempts.attempt(stored)
    assert stored.error == "OperationalError"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "hanako" not in caplog.text


def test_a_mistake_of_ours_is_loud_and_says_where_it_arose(stored, monkeypatch, caplog):
    monkeypatch.setattr("crm_plugin.touchpoints.log.record", mistake)
    attempts.attempt(stored)
    assert stored.error.startswith("TypeError (test_attempts.py:")
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "in mistake" in caplog.text
    assert "hanako" not in caplog.text


@pytest.mark.parametrize("mistaken", [AttributeError, LookupError, TypeError])
def test_no_programming_error_counts_as_expected(mistaken):
    assert not issubclass(mistaken, attempts.EXPECTED)
    assert not any(issubclass(known, mistaken) for known in attempts.EXPECTED)


def test_what_failed_is_tried_again_by_the_worker(stored, monkeypatch, time_machine):
    with monkeypatch.context() as broken:
        broken.setattr("crm_plugin.touchpoints.log.record", mistake)
        attempts.attempt(stored)
    queue.run_due("intake")
    stored.refresh_from_db()
    assert stored.state == "stored"
    pass_hours(time_machine, 1)
    queue.run_due("intake")
    stored.refresh_from_db()
    assert (stored.state, stored.error) == ("processed", "")
    assert Inquiry.objects.get().received_at == stored.received_at


def test_after_five_attempts_staff_are_asked(stored, monkeypatch, time_machine):
    monkeypatch.setattr("crm_plugin.touchpoints.log.record", mistake)
    for _time in range(6):
        queue.run_due("intake")
        pass_hours(time_machine, 3)
    stored.refresh_from_db()
    assert (stored.state, stored.attempts) == ("failed", 5)


def test_one_that_cannot_be_taken_in_keeps_no_other_waiting(stored, send, monkeypatch):
    fine = send(email="taro@mail.example", message="Hi", process_it=False)
    real = said.values_of
    monkeypatch.setattr(
        "crm_plugin.intake.said.values_of",
        lambda row: mistake() if row.pk == stored.pk else real(row),
    )
    queue.run_due("intake")
    fine.refresh_from_db()
    assert fine.state == "processed"


@pytest.fixture
def unanswered(stored, monkeypatch, time_machine):
    """The mail cannot be written: an owner's text is broken, say."""
    with monkeypatch.context() as broken:
        broken.setattr("crm_plugin.intake.acknowledge.post", mistake)
        for _time in range(5):
            queue.run_due("intake")
            pass_hours(time_machine, 3)
    stored.refresh_from_db()
    return stored


def test_a_mail_that_fails_holds_up_neither_contact_nor_inquiry(unanswered):
    assert Inquiry.objects.get().contact == Contact.objects.get()
    assert (unanswered.state, unanswered.attempts) == ("failed", 5)


def test_trying_again_then_writes_the_mail_only(unanswered):
    submissions.release(unanswered)
    assert unanswered.state == "taken_in"
    attempts.attempt(unanswered)
    assert (Inquiry.objects.count(), Delivery.objects.count()) == (1, 1)


def test_no_mail_is_written_to_a_person_erased_meanwhile(stored, settings):
    settings.CRM_CAPTURE = "request"
    attempts.capture(stored)
    Contact.objects.all().delete()
    queue.run_due("intake")
    stored.refresh_from_db()
    assert (stored.state, Delivery.objects.count()) == ("processed", 0)


def test_a_late_failure_undoes_nothing_that_another_worker_did(stored, monkeypatch):
    late = type(stored).objects.get(pk=stored.pk)
    attempts.attempt(stored)
    monkeypatch.setattr("crm_plugin.intake.process.process", locked)
    attempts.attempt(late)
    stored.refresh_from_db()
    assert (stored.state, stored.attempts) == ("processed", 0)


def test_a_note_that_cannot_be_written_leaves_the_row_due(stored, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("crm_plugin.intake.process.process", locked)
        broken.setattr("django.db.models.query.QuerySet.update", locked)
        attempts.attempt(stored)
    queue.run_due("intake")
    stored.refresh_from_db()
    assert stored.state == "processed"


def test_a_held_submission_waits_for_a_person(send):
    row = send(email="hanako@mail.example", message="Hello", spam_reason="honeypot")
    assert row.state == "held"
    queue.run_due("intake")
    assert not Contact.objects.exists()


def test_the_cost_of_the_mail_is_known(stored, settings, django_assert_num_queries):
    settings.CRM_CAPTURE = "request"
    taken = attempts.capture(stored)
    lock = connection.vendor == "postgresql"
    with django_assert_num_queries(27 + lock):
        acknowledge.acknowledge(taken)

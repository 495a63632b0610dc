import pytest
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, connection, transaction

from crm_plugin import signing
from crm_plugin.consents import ledger, triggers
from crm_plugin.consents.models import (
    Consent,
    ConsentEvent,
    ConsentSubject,
    Suppression,
    Wording,
)
from crm_plugin.contacts.models import ContactChange, ContactPoint
from tests.factories import ContactFactory, PointFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    return TopicFactory()


@pytest.fixture
def point():
    return PointFactory(value="hanako@mail.example")


@pytest.fixture
def words():
    return ledger.wording_for("Yes, send me the news of Hinata.", "en")


def state(point, topic):
    row = Consent.objects.filter(point=point, topic=topic).first()
    return row.state if row else None


def test_asking_waits_for_the_persons_own_yes(point, topic, words):
    ledger.ask(point, topic, wording=words, page=7, revision=9, ip="192.0.2.0/24")
    assert state(point, topic) == "pending"
    event = ConsentEvent.objects.get()
    assert (event.action, event.page, event.revision) == ("ask", 7, 9)
    assert event.wording == words.pk


def test_the_ledger_holds_no_name_and_no_address(point, topic, words):
    ledger.ask(point, topic, wording=words, source="form")
    row = str(ConsentEvent.objects.values().get())
    assert "hanako" not in row
    assert signing.address_hash("email", "hanako@mail.example") in row


def test_confirming_grants_with_the_wording_she_saw(point, topic, words):
    ledger.ask(point, topic, wording=words)
    ledger.confirm(point, topic, wording=words)
    row = Consent.objects.get()
    assert (row.state, row.basis, row.wording) == ("granted", "opt_in", words.pk)


def test_asking_again_takes_nothing_from_a_granted_consent(point, topic, words):
    ledger.confirm(point, topic, wording=words)
    ledger.ask(point, topic, wording=ledger.wording_for("other words", "en"))
    row = Consent.objects.get()
    assert (row.state, row.wording) == ("granted", words.pk)


def test_asking_never_lifts_a_refusal(point, topic, words):
    ledger.withdraw(point, topic=topic, source="page")
    ledger.ask(point, topic, wording=words)
    assert state(point, topic) == "withdrawn"


def test_a_new_yes_of_the_person_lifts_an_earlier_stop(point, topic, words):
    ledger.withdraw(point, source="one-click")
    ledger.confirm(point, topic, wording=words)
    assert state(point, topic) == "granted"
    assert not Suppression.objects.exists()


def test_a_stop_set_by_staff_stays_after_a_new_yes(point, topic, words):
    ledger.suppress("email", point.value_norm, reason="staff")
    ledger.confirm(point, topic, wording=words)
    assert Suppression.objects.get().reason == "staff"


def test_no_more_marketing_withdraws_every_topic_and_stops_the_address(point, words):
    topics = [TopicFactory(key=key) for key in ("news", "events")]
    for topic in topics:
        ledger.confirm(point, topic, wording=words)
    ledger.withdraw(point, source="one-click")
    assert {state(point, topic) for topic in topics} == {"withdrawn"}
    assert Suppression.objects.get().address_hash == signing.address_hash(
        "email", point.value_norm
    )


def test_saying_it_three_times_writes_it_once(point, topic, words):
    ledger.confirm(point, topic, wording=words)
    for _time in range(3):
        ledger.withdraw(point, source="one-click")
    assert ConsentEvent.objects.filter(action="withdraw").count() == 1


def test_leaving_one_topic_keeps_the_others(point, words):
    news, events = TopicFactory(key="news"), TopicFactory(key="events")
    for topic in (news, events):
        ledger.confirm(point, topic, wording=words)
    for _time in range(2):
        ledger.withdraw(point, topic=news, source="preferences")
    assert (state(point, news), state(point, events)) == ("withdrawn", "granted")
    assert not Suppression.objects.exists()
    assert ConsentEvent.objects.filter(action="withdraw").count() == 1


def test_a_withdrawal_holds_on_every_contact_with_the_address(point, topic, words):
    husband = PointFactory(contact=ContactFactory(), value=point.value)
    for each in (point, husband):
        ledger.confirm(each, topic, wording=words)
    ledger.withdraw(point, topic=topic, source="page")
    assert state(husband, topic) == "withdrawn"


def test_a_stop_survives_the_deletion_of_the_person(point):
    ledger.withdraw(point, source="page")
    address = point.value_norm
    point.contact.delete()
    assert not ledger.suppress("email", address, reason="bounced")
    assert Suppression.objects.get().reason == "unsubscribed"


def test_an_import_states_its_basis_for_many_at_once(
    topic, owner, django_assert_max_num_queries
):
    points = [PointFactory() for _ in range(30)]
    with django_assert_max_num_queries(12):
        count = ledger.attest(
            [p.pk for p in points], topic, basis="customer", note="cards", by=owner
        )
    assert count == 30
    event = ConsentEvent.objects.first()
    assert (event.action, event.basis, event.actor) == (
        "attest",
        "customer",
        f"user {owner.pk}",
    )
    assert event.evidence == {"note": "cards"}


def test_an_import_never_lifts_a_refusal(topic, owner):
    left, stopped, fresh = (PointFactory() for _ in range(3))
    ledger.withdraw(left, topic=topic, source="page")
    ledger.suppress("email", stopped.value_norm, reason="complained")
    ids = [left.pk, stopped.pk, fresh.pk]
    assert ledger.attest(ids, topic, basis="customer", note="", by=owner) == 1
    assert state(left, topic) == "withdrawn"
    assert state(stopped, topic) is None


def test_an_import_keeps_the_better_evidence_of_an_opt_in(point, topic, words, owner):
    ledger.confirm(point, topic, wording=words)
    ledger.attest([point.pk], topic, basis="customer", note="", by=owner)
    assert Consent.objects.get().basis == "opt_in"


def test_an_opt_in_replaces_the_basis_of_an_import(point, topic, words, owner):
    ledger.attest([point.pk], topic, basis="customer", note="", by=owner)
    ledger.confirm(point, topic, wording=words)
    assert Consent.objects.get().basis == "opt_in"


def test_unconfirmed_sign_ups_expire(point, topic, words, settings, time_machine):
    time_machine.move_to("2026-05-01T12:00:00+09:00")
    ledger.ask(point, topic, wording=words)
    time_machine.move_to("2026-05-08T12:00:00+09:00")
    assert ledger.expire_unconfirmed() == 0
    time_machine.move_to("2026-05-10T12:00:00+09:00")
    assert ledger.expire_unconfirmed() == 1
    assert state(point, topic) is None
    assert ConsentEvent.objects.last().action == "expire"


def test_each_verb_tells_the_change_feed(point, topic, words):
    ledger.ask(point, topic, wording=words)
    change = ContactChange.objects.get()
    assert (change.contact_id, change.aspect) == (point.contact_id, "consents")


def test_evidence_survives_the_deletion_of_the_contact(point, topic, words):
    ledger.confirm(point, topic, wording=words)
    point.contact.delete()
    assert not Consent.objects.exists()
    assert not ConsentSubject.objects.exists()
    assert ConsentEvent.objects.get().action == "confirm"
    assert Wording.objects.get() == words


def test_a_wording_is_stored_once_for_the_same_words():
    first = ledger.wording_for("Yes please.\r\nThank you.", "en")
    assert ledger.wording_for(" Yes please.\nThank you.", "en") == first
    assert ledger.wording_for("Yes please.\nThank you.", "ja") != first


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE crm_plugin_consentevent SET topic = 'x'",
        "DELETE FROM crm_plugin_consentevent",
        "UPDATE crm_plugin_wording SET text = 'x'",
        "DELETE FROM crm_plugin_wording",
    ],
)
def test_the_database_itself_refuses_to_change_evidence(point, topic, words, statement):
    ledger.confirm(point, topic, wording=words)
    with (
        pytest.raises(DatabaseError, match="insert-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert ContactPoint.objects.exists()


def test_missing_triggers_are_named():
    assert triggers.missing() == []
    triggers.remove()
    assert "crm_plugin_consentevent_no_update" in triggers.missing()


def test_every_migrate_puts_missing_triggers_back():
    triggers.remove()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert triggers.missing() == []


@pytest.mark.django_db(transaction=True)
def test_a_flushing_test_may_write_the_ledger(point, topic, words):
    ledger.confirm(point, topic, wording=words)
    assert ConsentEvent.objects.count() == 1

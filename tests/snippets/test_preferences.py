"""How somebody wants to hear from us, written down by staff."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from crm_plugin.consents import rebuild
from crm_plugin.models import (
    Consent,
    ConsentEvent,
    Delivery,
    Preference,
    Suppression,
)
from crm_plugin.touchpoints import history
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(url, contact):
    return url("crm_contact:preferences", contact.pk)


@pytest.fixture
def save(staff, page):
    def post(**said):
        data = {"frequency": "every", "basis": "phone", "language": "ja", **said}
        return staff.post(page, data)

    return post


@pytest.fixture
def consent(contact):
    from crm_plugin.consents import ledger

    topic = factories.TopicFactory()
    point = contact.points.get(kind="email")
    ledger.confirm(point, topic, wording=ledger.wording_for("Yes.", "en"))
    return Consent.objects.get()


def test_the_record_leads_there(staff, contact, page):
    assert page in staff.get(contact.get_admin_url()).content.decode()


def test_what_was_asked_for_is_kept_with_who_and_on_what(save, contact, role):
    until = timezone.localdate() + dt.timedelta(days=30)
    save(frequency="monthly", channel="phone", paused_until=str(until), basis="counter")
    row = Preference.objects.get()
    assert (row.frequency, row.channel, row.paused_until) == ("monthly", "phone", until)
    assert row.set_by == "staff"
    line = ConsentEvent.objects.get()
    assert (line.action, line.basis, line.source) == ("prefer", "counter", "record")
    assert line.actor.startswith("user ")
    assert line.evidence["frequency"] == ["every", "monthly"]


def test_the_language_stands_on_the_record(save, contact):
    save(language="en")
    contact.refresh_from_db()
    assert contact.language == "en"
    assert ConsentEvent.objects.get().evidence == {"language": ["ja", "en"]}


def test_nothing_changed_writes_nothing(save):
    save()
    assert not ConsentEvent.objects.exists()
    assert not Preference.objects.exists()


def test_without_a_basis_nothing_is_saved(save):
    answer = save(frequency="monthly", basis="")
    assert "Please say how we know it." in answer.content.decode()
    assert not Preference.objects.exists()


def test_a_pause_in_the_past_is_told(save):
    answer = save(paused_until="2001-01-01")
    assert "That day is over." in answer.content.decode()
    assert not Preference.objects.exists()


def test_a_topic_can_be_taken_away_and_not_given(save, consent):
    save(stop=[consent.pk], basis="letter")
    consent.refresh_from_db()
    assert consent.state == "withdrawn"
    assert not Suppression.objects.exists()
    line = ConsentEvent.objects.latest("id")
    assert (line.action, line.source, line.basis) == ("withdraw", "record", "letter")
    assert rebuild.differences() == []


def test_another_persons_consent_is_out_of_reach(save, consent):
    other = factories.ConsentFactory(topic=consent.topic)
    answer = save(stop=[other.pk])
    assert answer.status_code == 200
    other.refresh_from_db()
    assert other.state == "granted"


def test_the_history_tells_it(save, contact, owner):
    save(frequency="monthly", basis="counter")
    entries = history.story(contact, user=owner)
    (entry,) = [e for e in entries if e.title == "Preferences changed"]
    assert ("How often", "each message → once a month") in entry.details
    assert ("Basis", "said at the counter") in entry.details


def test_the_link_to_their_own_page_is_mailed(staff, url, contact):
    send = url("crm_contact:send_preferences_link", contact.pk)
    point = contact.points.get(kind="email")
    for _time in range(2):
        staff.post(send, {"point": point.pk})
    mail = Delivery.objects.get()
    assert (mail.kind, mail.address) == ("preferences", "hanako@mail.example")
    assert mail.by.username == "staff"


@pytest.mark.parametrize("typed", ["", "x", "9" * 30])
def test_a_link_to_nowhere_is_told(staff, url, contact, typed):
    other = factories.PointFactory()
    send = url("crm_contact:send_preferences_link", contact.pk)
    for point in (typed, other.pk):
        assert staff.post(send, {"point": point}).status_code == 302
    assert not Delivery.objects.exists()


def test_who_may_only_look_neither_sees_nor_sets_them(role, login, contact, page):
    marketer = login(role("marketer"))
    assert page not in marketer.get(contact.get_admin_url()).content.decode()
    assert marketer.post(page, {"frequency": "monthly"}).status_code == 302
    assert not Preference.objects.exists()


def test_without_the_right_to_consents_no_topic_is_offered(
    staff, page, consent, django_user_model
):
    from django.contrib.auth.models import Group

    right = Permission.objects.get(codename="view_consent")
    Group.objects.get(name="Staff").permissions.remove(right)
    assert 'name="stop"' not in staff.get(page).content.decode()

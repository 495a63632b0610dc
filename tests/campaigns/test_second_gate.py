"""Consent is asked again as a message leaves, whatever the audience said before."""

import uuid

import pytest
from django.core import mail
from django.db.models import Q

from crm_plugin import models, queue
from crm_plugin.campaigns.launch import launch
from crm_plugin.consents import ledger
from crm_plugin.delivery import gates
from tests import factories


@pytest.fixture(autouse=True)
def no_grace(settings):
    settings.CRM_LAUNCH_GRACE_SECONDS = 0


def left_the_topic(person, topic):
    ledger.withdraw(person.points.get(), topic=topic, source="one-click")


def left_everything(person, topic):
    ledger.withdraw(person.points.get(), source="one-click")


def was_entered_by_mistake(person, topic):
    ledger.retract([person.points.get().pk], topic, basis="paper", by=None)


def never_confirmed(person, topic):
    """Only asked, never confirmed; and yet in the outbox, as if by a fault before it."""
    models.Consent.objects.filter(point__contact=person).update(state="pending")
    models.Delivery.objects.filter(contact=person).update(state="pending", reason="")


def lost_the_consent(person, topic):
    models.Consent.objects.filter(point__contact=person).delete()


MEANWHILE = [
    *(left_the_topic, left_everything, was_entered_by_mistake),
    *(never_confirmed, lost_the_consent),
]


@pytest.fixture
def meanwhile(campaign, owner, lunch):
    """Everybody agreed and is in the segment; what each did since stands beside them.

    The last one did nothing. Nobody left the segment.
    """
    campaign.include_segments = [lunch]
    campaign.save()
    people = []
    for number in range(len(MEANWHILE) + 1):
        person = factories.ContactFactory(email=f"{number}@mail.example")
        point, topic = person.points.get(), campaign.topic
        ledger.attest([point.pk], topic, basis="paper", note="", by=owner)
        factories.MembershipFactory(contact=person, segment=lunch)
        people.append(person)
    mailing = launch(campaign, by=owner, key=uuid.uuid4())
    queue.run_due("launch")
    assert mailing.deliveries.filter(state="pending").count() == len(people)
    for act, person in zip(MEANWHILE, people, strict=False):
        act(person, campaign.topic)
    return people


def written_to():
    queue.run_due("deliver")
    return {address for message in mail.outbox for address in message.to}


def test_who_took_their_consent_back_since_the_launch_gets_nothing(meanwhile, lunch):
    *others, content = meanwhile
    assert lunch.memberships.filter(left_at=None).count() == len(meanwhile)
    assert written_to() == {content.points.get().value}
    held = models.Delivery.objects.filter(contact__in=others)
    assert {row.state for row in held} == {"skipped"}
    assert {row.reason for row in held} <= {"no_consent", "suppressed"}


def test_without_that_gate_each_of_them_would_be_written_to(meanwhile, monkeypatch):
    """What shows that the test above hangs on this gate, and on nothing before it."""
    monkeypatch.setattr(gates, "passes", lambda *_asked, **_more: Q())
    assert written_to() == {person.points.get().value for person in meanwhile}


def test_without_the_question_of_consent_only_the_stop_of_an_address_holds(
    meanwhile, monkeypatch
):
    asked = gates.marketing_holds

    def all_but_consent(*values, **names):
        holds = asked(*values, **names)
        return [(why, hold) for why, hold in holds if why != "no_consent"]

    monkeypatch.setattr(gates, "marketing_holds", all_but_consent)
    stopped = meanwhile[MEANWHILE.index(left_everything)]
    assert written_to() == {
        person.points.get().value for person in meanwhile if person != stopped
    }

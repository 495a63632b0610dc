import random

import pytest

from crm_plugin.consents import ledger, rebuild
from crm_plugin.consents.models import Consent, ConsentSubject
from tests.factories import ContactFactory, PointFactory, TopicFactory

pytestmark = pytest.mark.django_db


def current():
    fields = ("point_id", "topic_id", "state", "basis", "wording", "at")
    return sorted(Consent.objects.values_list(*fields), key=str)


def live_through_random_events(seed, *, count):
    chance = random.Random(seed)
    words = ledger.wording_for("Yes, please.", "en")
    topics = [TopicFactory(key=key) for key in ("news", "events", "wine")]
    points = [PointFactory() for _ in range(8)]
    points.append(PointFactory(contact=ContactFactory(), value=points[0].value))
    for _event in range(count):
        point, topic = chance.choice(points), chance.choice(topics)
        verb = chance.choice(["ask", "ask", "confirm", "topic", "all", "attest"])
        if verb in ("ask", "confirm"):
            getattr(ledger, verb)(point, topic, wording=words)
        elif verb == "attest":
            few = [p.pk for p in chance.sample(points, 3)]
            ledger.attest(few, topic, basis="customer", note="", by=None)
        else:
            left = topic if verb == "topic" else None
            ledger.withdraw(point, topic=left, source="page")
    return points


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_rebuild_equals_the_current_state(seed):
    live_through_random_events(seed, count=120)
    before = current()
    assert {row[2] for row in before} >= {"granted", "withdrawn"}
    assert rebuild.differences() == []
    rebuild.rebuild()
    assert current() == before


def test_a_rebuild_mends_what_was_tampered_with():
    points = live_through_random_events(4, count=60)
    before = current()
    Consent.objects.filter(point=points[0]).update(state="granted", basis="invented")
    assert rebuild.differences()
    rebuild.rebuild()
    assert current() == before


def test_people_who_are_gone_are_passed_over():
    points = live_through_random_events(5, count=60)
    points[1].contact.delete()
    before = current()
    rebuild.rebuild()
    assert current() == before


def test_after_a_merge_the_survivor_has_the_history_of_both():
    topic, words = TopicFactory(), ledger.wording_for("Yes.", "en")
    survivor, duplicate = (PointFactory(value="a@mail.example") for _ in range(2))
    ledger.confirm(duplicate, topic, wording=words)
    ConsentSubject.objects.filter(contact=duplicate.contact).update(
        contact=survivor.contact
    )
    duplicate.contact.delete()
    rebuild.rebuild()
    assert Consent.objects.get().point == survivor

"""A key that was changed: what was said under the old one still holds.

Stops and the ledger know addresses by keyed hash only, so nothing can be hashed anew.
"""

import pytest

from crm_plugin.consents import evidence, ledger, rebuild
from crm_plugin.consents.models import Consent, Suppression
from crm_plugin.delivery import gates, outbox
from crm_plugin.delivery.drain import drain
from crm_plugin.delivery.models import Delivery
from crm_plugin.imports import reach
from crm_plugin.snippets.contacts import facts
from tests.factories import (
    DeliveryFactory,
    PointFactory,
    RenderingFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db
ADDRESS = "hanako@mail.example"


@pytest.fixture(params=["own", "rotated"])
def change_the_key(request, settings):
    """Either way in which an installation gets another key."""

    def change():
        if request.param == "own":
            settings.CRM_LINK_KEY = "a key of its own"
        else:
            settings.SECRET_KEY, old = "new-key", settings.SECRET_KEY
            settings.SECRET_KEY_FALLBACKS = [old]

    return change


@pytest.fixture
def topic():
    return TopicFactory()


def stop(address=ADDRESS):
    ledger.suppress("email", address, reason=Suppression.Reason.COMPLAINED)


def test_a_stop_stays_one(change_the_key, topic):
    stop()
    change_the_key()
    stops = gates.marketing_stop(topic.key)
    assert gates.stopped("email", [ADDRESS, "other@mail.example"], stops) == {ADDRESS}


def test_nothing_is_handed_over_to_a_stopped_address(change_the_key):
    delivery = DeliveryFactory(rendering=RenderingFactory())
    stop(delivery.address_norm)
    change_the_key()
    drain()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == (Delivery.State.SKIPPED, "suppressed")


@pytest.mark.database
def test_the_last_gate_knows_it_too(change_the_key):
    """It was stopped after the slice was read: only the UPDATE itself can tell."""
    DeliveryFactory(rendering=RenderingFactory())
    DeliveryFactory(rendering=RenderingFactory())
    rows = outbox.claim(10)
    stop(rows[0].address_norm)
    change_the_key()
    writer = outbox.Writer()
    assert [writer.take(row) for row in rows] == [False, True]


def test_a_stop_is_not_written_twice(change_the_key):
    stop()
    change_the_key()
    assert not ledger.suppress("email", ADDRESS, reason=Suppression.Reason.STAFF)
    assert Suppression.objects.count() == 1


def test_a_newer_yes_lifts_the_stop_of_before(change_the_key, topic):
    point = PointFactory(value=ADDRESS)
    ledger.withdraw(point, source="page")
    change_the_key()
    ledger.confirm(point, topic, source="form")
    assert not Suppression.objects.exists()


def test_who_refused_cannot_be_attested_back(change_the_key, topic):
    """The record was deleted, came back by a sheet, and the key is another one."""
    old = PointFactory(value=ADDRESS)
    ledger.confirm(old, topic, source="form")
    ledger.withdraw(old, topic=topic, source="page")
    old.contact.delete()
    change_the_key()
    new = PointFactory(value=ADDRESS)
    assert ledger.attest([new.pk], topic, basis="existing", note="", by=None) == 0


def test_a_sheet_hears_of_stops_and_refusals(change_the_key, topic):
    point = PointFactory(value="taro@mail.example")
    ledger.withdraw(point, topic=topic, source="page")
    stop()
    change_the_key()
    ground = reach.survey({ADDRESS, "taro@mail.example"}, topic)
    assert ground.refused == {ADDRESS, "taro@mail.example"}


def test_the_ledger_still_says_how_everything_stands(change_the_key, topic):
    point = PointFactory(value=ADDRESS)
    ledger.confirm(point, topic, source="form")
    change_the_key()
    assert rebuild.differences() == []
    ledger.withdraw(point, topic=topic, source="page")
    assert rebuild.differences() == []
    assert rebuild.rebuild() == 1
    assert Consent.objects.get().state == "withdrawn"
    assert [e.event.action for e in evidence.of_point(point)] == ["confirm", "withdraw"]
    assert len(evidence.of_address("email", ADDRESS)) == 2


def test_the_record_shows_the_stop(change_the_key, owner):
    point = PointFactory(value=ADDRESS)
    stop()
    change_the_key()
    assert len(facts.stopped([point], owner)) == 1

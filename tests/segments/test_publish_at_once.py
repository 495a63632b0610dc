"""Two who publish at one instant: of two rules that read each other one comes in force."""

import threading
from contextlib import suppress

import pytest

from crm_plugin import rules
from crm_plugin.models import Segment
from crm_plugin.segments.models import guards
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def slowly(monkeypatch):
    """Whoever was told that nothing is in the way waits for the other one to be told."""
    told = threading.Barrier(2, timeout=2)

    def wait(_draft):
        with suppress(threading.BrokenBarrierError):
            told.wait()
        return ""

    monkeypatch.setattr(guards, "guards", [*guards.guards, wait])


def test_of_two_drafts_that_read_each_other_one_is_published(slowly):
    for key, other in ("ab", "ba"):
        segment = factories.SegmentFactory(key=key, name=key.upper())
        segment.save_revision().publish()
        segment.refresh_from_db()
        segment.rule = [condition("segment", segment=other, state="out")]
        segment.save_revision()

    def publish(key):
        try:
            Segment.objects.get(key=key).latest_revision.publish()
        except rules.BrokenRule:
            return "refused"
        return "published"

    assert sorted(at_once(publish, ["a", "b"])) == ["published", "refused"]
    read = [rules.segments_read(row.rule) for row in Segment.objects.live()]
    assert sorted(map(len, read)) == [0, 1]


def test_two_that_do_not_read_each_other_are_both_published():
    made = [factories.SegmentFactory(live=False) for _number in range(2)]
    for segment in made:
        segment.save_revision()
    at_once(lambda s: Segment.objects.get(pk=s.pk).latest_revision.publish(), made)
    assert Segment.objects.live().count() == 2

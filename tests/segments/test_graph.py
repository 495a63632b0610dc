import pytest

from crm_plugin.models import Segment
from crm_plugin.segments import graph
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db


def reads(key):
    return [condition("segment", segment=key)]


def test_those_on_which_others_rest_come_first():
    factories.SegmentFactory(key="a", rule=reads("b"))
    factories.SegmentFactory(key="b", rule=reads("c"))
    factories.SegmentFactory(key="c", rule=[condition("uses", how="none")])
    segments = list(Segment.objects.all())
    found = graph.ordered(segments, graph.needs_of(segments))
    assert [segment.key for segment in found] == ["c", "b", "a"]


def test_a_segment_may_not_read_itself():
    segment = factories.SegmentFactory(key="a", name="A")
    assert graph.circle(segment, reads("a")) == ["A"]


def test_a_circle_through_others_is_found_with_its_way():
    first = factories.SegmentFactory(key="a", name="A")
    factories.SegmentFactory(key="b", name="B", rule=reads("c"))
    factories.SegmentFactory(key="c", name="C", rule=reads("a"))
    assert graph.circle(first, reads("b")) == ["B", "C"]


def test_reading_another_is_no_circle():
    first = factories.SegmentFactory(key="a")
    factories.SegmentFactory(key="b", rule=[condition("uses", how="none")])
    assert graph.circle(first, reads("b")) == []


def test_an_existing_circle_does_not_stop_the_order():
    factories.SegmentFactory(key="a", rule=reads("b"))
    factories.SegmentFactory(key="b", rule=reads("a"))
    segments = list(Segment.objects.all())
    assert len(graph.ordered(segments, graph.needs_of(segments))) == 2

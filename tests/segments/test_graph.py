import pytest

from crm_plugin.models import Segment, SegmentScheme
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


@pytest.fixture
def scheme():
    """Two classes; a segment outside reads the later one."""
    found = SegmentScheme.objects.create(key="sizes", name="Sizes")
    for place, key in enumerate(["first", "second"]):
        nobody = [condition("uses", how="none")]
        factories.SegmentFactory(
            key=key, name=key.title(), scheme=found, place=place, rule=nobody
        )
    factories.SegmentFactory(key="x", name="X", rule=reads("second"))
    return found


def test_a_circle_through_a_class_behind_the_edited_one_is_found(scheme):
    first, second = scheme.classes.order_by("place")
    assert graph.circle(first, reads("x")) == ["X", "Second"]
    assert graph.circle(first, reads("second")) == ["Second"]
    assert graph.circle(second, reads("first")) == []


def test_what_a_class_before_it_reads_counts_for_a_class(scheme):
    first, second = scheme.classes.order_by("place")
    Segment.objects.filter(pk=first.pk).update(rule=reads("x"))
    assert graph.circle(second, second.rule) == ["X"]
    assert graph.circle_in(scheme) == ["X", "Second"]


def test_many_segments_that_read_each_other_are_searched_once():
    rule = [condition("segment", segment=f"s{n}") for n in range(14)]
    for number in range(14):
        key = f"s{number}"
        factories.SegmentFactory(key=key, rule=rule[:number])
    other = factories.SegmentFactory(key="other")
    assert graph.circle(other, rule) == []


def test_reading_another_is_no_circle():
    first = factories.SegmentFactory(key="a")
    factories.SegmentFactory(key="b", rule=[condition("uses", how="none")])
    assert graph.circle(first, reads("b")) == []


def test_an_existing_circle_does_not_stop_the_order():
    factories.SegmentFactory(key="a", rule=reads("b"))
    factories.SegmentFactory(key="b", rule=reads("a"))
    segments = list(Segment.objects.all())
    assert len(graph.ordered(segments, graph.needs_of(segments))) == 2

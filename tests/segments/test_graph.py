import datetime as dt

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from crm_plugin import queue, rules
from crm_plugin.models import Segment, SegmentScheme
from crm_plugin.segments import graph
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import bring_up_to_date, start
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


def test_many_lines_are_looked_at_with_one_query(django_assert_num_queries):
    segment = factories.SegmentFactory(key="a", name="A")
    factories.SegmentFactory(key="b", name="B", rule=reads("a"))
    with django_assert_num_queries(1):
        seen = graph.Graph(segment)
        assert [seen.way_back({key}) for key in "bax"] == [["B"], ["A"], []]


def test_reading_another_is_no_circle():
    first = factories.SegmentFactory(key="a")
    factories.SegmentFactory(key="b", rule=[condition("uses", how="none")])
    assert graph.circle(first, reads("b")) == []


def test_an_existing_circle_does_not_stop_the_order():
    factories.SegmentFactory(key="a", rule=reads("b"))
    factories.SegmentFactory(key="b", rule=reads("a"))
    segments = list(Segment.objects.all())
    assert len(graph.ordered(segments, graph.needs_of(segments))) == 2


NOBODY = [condition("uses", how="none")]


def not_in(key):
    return [condition("segment", segment=key, state="out")]


@pytest.fixture
def two(db):
    """Two segments in force, each with a draft that reads the other."""
    made = [factories.SegmentFactory(key=k, name=k.upper(), rule=NOBODY) for k in "ab"]
    for segment, other in zip(made, "ba", strict=True):
        segment.save_revision().publish()
        segment.refresh_from_db()
        segment.rule = not_in(other)
        segment.save_revision()
    return made


def in_force():
    """What the rules in force read."""
    return graph.needs_of(Segment.objects.live().filter(key__in=["a", "b"]))


def test_the_second_of_two_drafts_that_read_each_other_is_not_published(two):
    first, second = two
    first.latest_revision.publish()
    with pytest.raises(rules.BrokenRule, match="rest on itself, by way of: A"):
        second.latest_revision.publish()
    assert in_force() == {"a": {"b"}, "b": set()}


def test_by_the_clock_it_stays_a_draft_is_told_and_holds_up_nobody(
    client, owner, two, caplog
):
    later = timezone.now() + dt.timedelta(hours=1)
    third = factories.SegmentFactory(key="c", rule=NOBODY, live=False)
    for segment in [*two, third]:
        segment.go_live_at = later
        segment.save_revision().publish()
        later += dt.timedelta(minutes=1)
    with time_machine.travel(later + dt.timedelta(hours=1)):
        call_command("publish_scheduled")
    assert in_force() == {"a": {"b"}, "b": set()}
    second = Segment.objects.get(key="b")
    assert second.has_unpublished_changes
    assert not second.approved_schedule
    assert Segment.objects.get(key="c").live
    assert "rest on itself, by way of: A" in caplog.text
    client.force_login(owner)
    page = client.get(reverse("crm_segment:history", args=[second.pk])).text
    assert "Not published at its time" in page


def test_what_is_no_longer_in_force_closes_no_circle(two):
    first, second = two
    first.latest_revision.publish()
    Segment.objects.get(key="a").unpublish()
    second.latest_revision.publish()
    assert in_force() == {"b": {"a"}}


def comes_to_rest():
    """Whether a worker finds nothing left to do at last."""
    queue.run_due("segment", seconds=5)
    return not queue.under_way("segment")


def stored_circle(**values):
    """As no form and no guard lets it come about."""
    factories.ContactFactory()
    for key, rule in (("a", not_in("b")), ("b", [condition("segment", segment="a")])):
        factories.SegmentFactory(key=key, rule=rule, **values)


def test_what_rests_on_itself_is_not_refreshed_for_ever(db):
    stored_circle()
    outside = factories.SegmentFactory(key="outside", rule=not_in("a"))
    for segment in Segment.objects.filter(key__in=["a", "b"]):
        start(segment)
    assert comes_to_rest()
    outside.refresh_from_db()
    assert outside.refreshed_at


def test_bringing_up_to_date_ends_where_something_rests_on_itself(db):
    stored_circle()
    for segment in Segment.objects.all():
        start(segment)
    bring_up_to_date(Segment.objects.values_list("pk", flat=True))
    assert not Segment.objects.filter(refreshed_at=None).exists()


def test_a_class_that_rests_on_itself_is_not_refreshed_for_ever(scheme):
    factories.ContactFactory()
    Segment.objects.filter(key="second").update(rule=not_in("x"))
    factories.SegmentFactory(key="rest", scheme=scheme, rest=True, rule=[])
    either = [condition("segment", segment=key) for key in ("first", "second")]
    factories.SegmentFactory(key="y", rule=either)
    for segment in Segment.objects.all():
        start(segment)
    assert comes_to_rest()


def test_what_reads_one_class_and_is_read_by_another_follows_the_first(scheme):
    """No row rests on itself here, only the scheme does as a whole."""
    factories.ContactFactory()
    Segment.objects.filter(key="x").update(rule=reads("first"))
    Segment.objects.filter(key="second").update(rule=not_in("x"))
    start(Segment.objects.get(key="first"))
    assert comes_to_rest()
    assert Segment.objects.get(key="x").size == 1


def test_bringing_one_up_to_date_brings_those_along_that_read_it(db):
    """Also those that nobody asked for yet: its own refresh would find no change."""
    factories.ContactFactory()
    first = factories.SegmentFactory(key="a", rule=not_in("c"))
    second, other = (factories.SegmentFactory(key=k, rule=reads("a")) for k in "bd")
    factories.SegmentFactory(key="c", rule=NOBODY)
    start(first)
    bring_up_to_date([second.pk])
    assert Segment.objects.get(key="b").size == 1
    assert comes_to_rest()
    other.refresh_from_db()
    assert other.size == 1

import pytest

from crm_plugin.models import Segment
from crm_plugin.segments.impact import preview
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db
NUTS = [condition("attribute", attribute="allergies", operator="filled")]


@pytest.fixture
def allergies():
    value = factories.taste(
        factories.ContactFactory(), "nuts", key="allergies", sensitive=True
    )
    return value.definition


def test_a_rule_that_reads_something_sensitive_is_marked(allergies):
    assert factories.SegmentFactory(rule=NUTS).reads_sensitive


def test_it_does_not_exist_without_the_right(allergies, role, owner):
    segment = factories.SegmentFactory(rule=NUTS)
    assert segment not in Segment.objects.visible_to(role("marketer"))
    assert segment in Segment.objects.visible_to(owner)


def test_a_draft_hides_the_segment_at_once(allergies):
    segment = factories.SegmentFactory(rule=[condition("uses", how="none")])
    segment.rule = NUTS
    segment.save_revision()
    segment.refresh_from_db()
    assert segment.reads_sensitive


def test_a_segment_that_rests_on_it_is_sensitive_too(allergies):
    factories.SegmentFactory(key="nuts", rule=NUTS)
    other = factories.SegmentFactory(rule=[condition("segment", segment="nuts")])
    assert other.reads_sensitive


def test_an_attribute_that_turns_sensitive_hides_what_reads_it(allergies):
    allergies.sensitive = False
    allergies.save()
    nuts = factories.SegmentFactory(key="nuts", rule=NUTS)
    rests = factories.SegmentFactory(rule=[condition("segment", segment="nuts")])
    allergies.sensitive = True
    allergies.save()
    hidden = Segment.objects.filter(reads_sensitive=True)
    assert set(hidden) == {nuts, rests}


def test_a_preview_counts_nothing_without_the_right(allergies, outsider):
    found = preview(NUTS, user=outsider)
    assert found.figure.count == 0
    assert found.sample == []
    assert found.problems or found.hidden

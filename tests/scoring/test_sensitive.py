import pytest
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from crm_plugin.contacts import usage
from crm_plugin.models import BulkEdit, Score, Segment
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.factories import line

pytestmark = pytest.mark.django_db
NUTS = [line(condition("attribute", attribute="allergies", operator="filled"))]
ASKS = [condition("score", score="nuts", how="at_least", number=5)]


@pytest.fixture
def allergies():
    value = factories.taste(
        factories.ContactFactory(), "nuts", key="allergies", sensitive=True
    )
    return value.definition


def test_a_score_that_reads_something_sensitive_does_not_exist_without_the_right(
    allergies, role, owner
):
    score = factories.ScoreFactory(lines=NUTS)
    assert score.reads_sensitive
    assert score not in Score.objects.visible_to(role("marketer"))
    assert score in Score.objects.visible_to(owner)


def test_a_segment_that_asks_for_it_is_sensitive_too(allergies):
    factories.ScoreFactory(key="nuts", lines=NUTS)
    assert factories.SegmentFactory(rule=ASKS).reads_sensitive


def test_an_attribute_that_turns_sensitive_hides_the_score_and_who_asks(allergies):
    allergies.sensitive = False
    allergies.save()
    score = factories.ScoreFactory(key="nuts", lines=NUTS)
    segment = factories.SegmentFactory(rule=ASKS)
    assert not score.reads_sensitive
    allergies.sensitive = True
    allergies.save()
    assert Score.objects.get().reads_sensitive
    assert Segment.objects.get(pk=segment.pk).reads_sensitive


def test_a_line_that_reads_something_sensitive_hides_the_segments_that_ask(allergies):
    score = factories.ScoreFactory(key="nuts")
    segment = factories.SegmentFactory(rule=ASKS)
    assert not segment.reads_sensitive
    score.lines = NUTS
    score.save()
    segment.refresh_from_db()
    assert segment.reads_sensitive


def test_it_hides_what_was_done_to_everybody_whom_it_chose(allergies):
    score = factories.ScoreFactory(key="nuts")
    told = BulkEdit.objects.create(rule=ASKS, act="pick", state="done")
    score.lines = NUTS
    score.save()
    told.refresh_from_db()
    assert told.sensitive


def test_the_site_history_does_not_name_it(allergies, owner):
    score = factories.ScoreFactory(name="Nut lovers", lines=NUTS)
    log(instance=score, action="wagtail.create", user=owner)
    assert "Nut" not in ModelLogEntry.objects.get().label


def test_an_attribute_knows_the_scores_that_ask_it(allergies, role, owner):
    factories.ScoreFactory(name="Nut lovers", lines=NUTS)
    seen = [place.name for place in usage.places(allergies, user=owner)]
    unseen = [place.name for place in usage.places(allergies, user=role("marketer"))]
    assert (seen, unseen) == (["Nut lovers"], [""])

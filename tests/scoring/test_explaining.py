import datetime as dt

import pytest

from crm_plugin.scoring.explaining import explain
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.factories import line

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 1, 3, tzinfo=dt.UTC)
CALLS = condition("touchpoints", kind="call", when="ever")


def test_each_line_tells_what_it_gave_and_for_what(contact):
    for days in (3, 40):
        at = NOON - dt.timedelta(days=days)
        factories.TouchpointFactory(contact=contact, kind="call", at=at)
    lines = [
        line(CALLS, points=10, given="each", half_life=20),
        line(condition("language", languages=[contact.language]), points=-4),
        line(condition("language", languages=["xx"])),
    ]
    told = explain(factories.ScoreFactory(lines=lines), contact.pk, NOON)
    assert [row.points for row in told] == [12.5, -4.0, 0.0]
    assert [row.said for row in told] == ["+12.5 points", "−4 points", "0"]
    assert told[0].facts == ("2 times", "last on 02/26/2026")


def test_without_an_event_there_is_no_last_day(contact):
    score = factories.ScoreFactory(lines=[line(CALLS, given="each")])
    assert explain(score, contact.pk, NOON)[0].facts == ("0 times",)

import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin.reports import kpi
from crm_plugin.touchpoints.models import SearchCount

pytestmark = pytest.mark.django_db


def counted(term, searches, nothing=0, *, days_ago=0):
    on = timezone.localdate() - dt.timedelta(days=days_ago)
    SearchCount.objects.create(
        on=on, language="ja", term=term, searches=searches, without_results=nothing
    )


def test_words_by_period_and_those_without_results():
    counted("gift", 3, 3)
    counted("gift", 2, 0, days_ago=60)
    counted("gift", 4, 4, days_ago=200)
    counted("lunch", 9)
    counted("old", 5, 5, days_ago=400)
    result = kpi.get("searches").compute()
    assert [row[:5] for row in result.rows] == [
        ["lunch", 9, 9, 9, 0],
        ["gift", 3, 5, 9, 3],
    ]
    assert result.figures == {"without": 3}


def test_an_empty_report_is_one_query(django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        assert kpi.get("searches").compute().rows == []

"""Views and beginnings: numbers about a page, never about a person."""

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_plugin.forms import counted
from crm_plugin.intake import counting
from crm_plugin.intake.models import FormCount, Submission
from tests.parallel import at_once

from .building import EMAIL, build

AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/605"
SAID = {"e_mail": "h@mail.example"}


def counts():
    rows = FormCount.objects.order_by("source")
    return {row.source: (row.views, row.starts) for row in rows}


@pytest.fixture
def visitor(db, visit, root):
    found = visit(build(root, EMAIL))
    found.client.defaults["HTTP_USER_AGENT"] = AGENT
    return found


class TestViews:
    def test_a_view_is_counted_by_page_day_and_source(self, visitor):
        visitor.open()
        visitor.open()
        visitor.open("?utm_source=Instagram")
        visitor.open(referer="https://www.town.example/food?q=1")
        assert counts() == {"": (2, 0), "instagram": (1, 0), "town.example": (1, 0)}
        row = FormCount.objects.first()
        assert (row.page_id, str(row.day)) == (visitor.page.pk, "2026-05-11")

    @pytest.mark.parametrize(
        "agent",
        [
            "",
            "Googlebot/2.1 (+http://www.google.com/bot.html)",
            "curl/8.0",
            "python-requests/2.31",
            "facebookexternalhit/1.1",
        ],
    )
    def test_machines_are_not(self, visitor, agent):
        visitor.open(user_agent=agent)
        assert not counts()

    def test_nor_what_is_fetched_ahead_nor_head(self, visitor):
        visitor.open(sec_purpose="prefetch")
        visitor.client.head(visitor.url)
        assert not counts()

    def test_nor_our_own_staff(self, visitor, owner):
        visitor.client.force_login(owner)
        visitor.open()
        assert not counts()

    def test_nothing_is_stored_on_the_device(self, visitor):
        visitor.open()
        assert set(visitor.client.cookies) <= {"csrftoken"}

    def test_it_costs_one_statement_after_the_page_was_sent(self, visitor):
        visitor.open()
        before = counted.FormResponse.close
        seen = {}

        def close(response):
            seen["before"] = len(queries)
            before(response)

        counted.FormResponse.close = close
        try:
            with CaptureQueriesContext(connection) as queries:
                visitor.open()
        finally:
            counted.FormResponse.close = before
        assert len(queries) - seen["before"] == 1
        assert queries[-1]["sql"].startswith("UPDATE")

    def test_a_locked_database_costs_the_count_and_nothing_else(
        self, visitor, monkeypatch
    ):
        def locked(*args):
            raise OperationalError

        monkeypatch.setattr(counting, "_increment", locked)
        assert visitor.open().status_code == 200
        assert not counts()

    def test_made_up_sources_do_not_fill_the_table(self, visitor, monkeypatch):
        monkeypatch.setattr(counting, "MOST_SOURCES", 3)
        for number in range(6):
            visitor.open(f"?utm_source=s{number}")
        assert counts() == {
            "s0": (1, 0),
            "s1": (1, 0),
            "s2": (1, 0),
            counting.OTHERS: (3, 0),
        }

    @pytest.mark.parametrize(
        ("source", "name"),
        [
            ({"utm_source": "ＬＩＮＥ "}, "line"),
            ({"utm_source": "<script>"}, "script"),
            ({"utm_source": "あ" * 200}, "あ" * 60),
            ({"referrer": "https://www.town.example/a"}, "town.example"),
            ({"landing_url": "https://hinata.example/"}, ""),
            ({}, ""),
        ],
    )
    def test_a_source_has_a_short_plain_name(self, source, name):
        assert counting.via(source) == name


class TestBeginnings:
    def tell(self, visitor, **headers):
        address = reverse("crm:form_started")
        said = {"crm_stamp": visitor.stamp}
        return visitor.client.post(address, said, headers=headers)

    def test_the_script_tells_once_per_form_that_was_opened(self, visitor):
        visitor.open()
        for _time in range(3):
            assert self.tell(visitor).status_code == 204
        assert counts() == {"": (1, 1)}

    @pytest.mark.parametrize("stamp", ["", "x", "a.b.c"])
    def test_a_forged_stamp_counts_nothing(self, visitor, stamp):
        visitor.stamp = stamp
        assert self.tell(visitor).status_code == 204
        assert not counts()

    def test_without_script_the_first_press_counts(self, visitor):
        visitor.open()
        html = visitor.send(e_mail="x").content.decode()
        assert 'name="crm_started" value="1"' in html
        visitor.send(**SAID, crm_started="1")
        assert counts() == {"": (1, 1)}

    def test_sending_at_once_is_a_beginning_too(self, visitor):
        visitor.open()
        visitor.send(**SAID)
        assert counts() == {"": (1, 1)}

    def test_what_the_script_told_is_not_counted_again(self, visitor):
        visitor.open()
        self.tell(visitor)
        visitor.send(**SAID, crm_started="1")
        assert counts() == {"": (1, 1)}

    def test_the_submission_keeps_the_source_of_its_view(self, visitor):
        visitor.open("?utm_source=line")
        visitor.send(**SAID)
        assert Submission.objects.get().source["via"] == "line"
        assert counts() == {"line": (1, 1)}


@pytest.mark.django_db(transaction=True)
def test_counting_at_once_loses_nothing():
    counting.seen(7, "")
    at_once(lambda _n: [counting.seen(7, "") for _each in range(10)], range(6))
    assert FormCount.objects.get().views == 61

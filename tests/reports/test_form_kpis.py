"""What comes of forms, and how satisfied people are."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_plugin.intake.models import Confirmation, FormCount
from crm_plugin.reports import form_results, kpi, satisfaction
from crm_plugin.sales import summaries
from crm_plugin.touchpoints import ratings
from tests import factories

pytestmark = pytest.mark.django_db


def seen(page, views, starts, source="", days=1):
    FormCount.objects.create(
        page_id=page,
        day=timezone.localdate() - dt.timedelta(days=days),
        source=source,
        views=views,
        starts=starts,
    )


def sent(page, source="", **values):
    values.setdefault("contact", factories.ContactFactory())
    return factories.SubmissionFactory(
        page_id=page, state="processed", source={"via": source}, **values
    )


def confirmed(row):
    now = timezone.now()
    Confirmation.objects.create(submission=row, confirmed_at=now, expires_at=now)


def bought(contact, days_ago):
    at = timezone.now() - dt.timedelta(days=days_ago)
    factories.PurchaseFactory(contact=contact, at=at)
    summaries.recompute([contact.pk])


class TestFormResults:
    def test_each_step_is_counted_by_form_and_source(self):
        seen(7, 100, 40, "line")
        seen(7, 10, 5)
        first = sent(7, "line")
        confirmed(first)
        bought(first.contact, -1)
        sent(7, "line")
        found = form_results.numbers()
        assert found[7, "line"].row == [100, 40, 2, 1, 1]
        assert found[7, ""].row == [10, 5, 0, 0, 0]
        assert form_results.by_page(found)[7].row == [110, 45, 2, 1, 1]

    def test_who_had_bought_before_is_no_first_purchase(self):
        bought(sent(7).contact, 30)
        assert form_results.numbers()[7, ""].bought == 0

    def test_held_ones_and_old_ones_do_not_count(self):
        seen(7, 5, 5, days=100)
        factories.SubmissionFactory(page_id=7, state="held")
        assert not form_results.numbers()

    def test_nobody_sends_what_nobody_saw(self):
        sent(7)
        assert form_results.numbers()[7, ""].row == [1, 1, 1, 0, 0]

    def test_the_figures_cost_the_same_however_many_forms(self):
        def cost():
            with CaptureQueriesContext(connection) as queries:
                kpi.get("form_results").compute()
            return len(queries)

        sent(901)
        one = cost()
        for page in range(902, 912):
            seen(page, 10, 5)
            sent(page)
        assert cost() == one

    def test_the_form_is_named_after_its_page_is_gone(self):
        sent(7, page_title="Catering")
        assert kpi.get("form_results").compute().rows[0][0] == "Catering"

    def test_it_is_drawn_with_a_table_and_can_be_exported(self, client, owner):
        seen(7, 100, 40, "<script>")
        sent(7, "<script>", page_title="Catering")
        client.force_login(owner)
        url = reverse("crm_report:show", args=["form_results"])
        html = client.get(url).content.decode()
        assert "<svg" in html
        assert "40 (40 %)" in html
        assert "<script>&" not in html
        csv = client.get(f"{url}?export=csv")
        assert "Catering" in b"".join(csv).decode("utf-8-sig")


class TestSatisfaction:
    def rate(self, scale, *scores, contact=None, days=0, **values):
        at = timezone.now() - dt.timedelta(days=days)
        for number, score in enumerate(scores):
            key = f"{scale}-{days}-{number}-{contact and contact.pk}"
            ratings.rate(contact, None, {scale: score}, key=key, at=at, **values)

    def test_the_mean_and_the_good_ones_of_a_month(self):
        self.rate("stars", 5, 4, 2)
        ((answers, mean, good),) = satisfaction.stars_by_month().values()
        assert (answers, round(mean, 2), good) == (3, 3.67, 2)
        rows = kpi.get("satisfaction").compute().rows
        assert len(rows) == 12
        assert rows[-1][1:] == [3, 3.67, 67]
        assert rows[-2][1:] == [0, None, None]

    def test_recommendation_is_promoters_minus_detractors(self):
        self.rate("nps", *[10] * 5, *[7] * 3, *[0] * 2)
        (found,) = satisfaction.nps_by_month().values()
        assert (found.answers, found.nps) == (10, 30)

    def test_below_ten_answers_it_is_hidden(self):
        self.rate("nps", *[10] * 9)
        (found,) = satisfaction.nps_by_month().values()
        assert found.nps is None
        assert "too few answers" in str(kpi.get("nps").compute().rows)

    def test_a_segment_counts_the_latest_answer_of_each_member(self):
        segment = factories.SegmentFactory(name="Lunch", live=True)
        for _member in range(10):
            contact = factories.ContactFactory()
            factories.MembershipFactory(segment=segment, contact=contact)
            self.rate("nps", 0, contact=contact, days=20)
            self.rate("nps", 9, contact=contact, days=1)
        ((name, found),) = satisfaction.nps_by_segment()
        assert (name, found.nps) == ("Lunch", 100)

    def test_private_and_sensitive_segments_are_not_shown(self, contact):
        for number, hidden in enumerate(("private", "reads_sensitive")):
            segment = factories.SegmentFactory(live=True)
            type(segment).objects.filter(pk=segment.pk).update(**{hidden: True})
            factories.MembershipFactory(segment=segment, contact=contact)
            self.rate("nps", 9, contact=contact, days=number)
        assert satisfaction.nps_by_segment() == []

    def test_the_record_shows_the_latest_scores(self, client, owner, contact):
        self.rate("nps", 9, contact=contact)
        client.force_login(owner)
        assert "9 / 10" in client.get(contact.get_admin_url()).content.decode()

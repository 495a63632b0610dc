import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from crm_plugin.lifecycle import deal_days as durations
from crm_plugin.models import Change, Delivery, FollowUp, LostReason
from crm_plugin.reports import (
    after_purchase,
    deal_days,
    kpi,
    sales_by_channel,
    without_use,
)
from crm_plugin.sales import deals, followed_up, stages
from crm_plugin.sales.models import DealStage
from crm_plugin.touchpoints import follow_ups
from crm_plugin.touchpoints.models import Phase
from tests import factories

pytestmark = pytest.mark.django_db


def ago(days):
    return timezone.now() - dt.timedelta(days=days)


def bought(days, **said):
    return factories.PurchaseFactory(at=ago(days), **said)


class TestDealDays:
    @pytest.fixture(autouse=True)
    def _stages(self):
        stages.ensure()

    def win(self, days, **with_whom):
        """A deal that was won today after so many days."""
        deal = deals.open_deal("Deal", by=None, opened_at=ago(days), **with_whom)
        deals.win(deal, by=None)
        return deal

    def test_the_median_is_the_middle_one(self):
        for days in (2, 30, 10):
            self.win(days, contact=factories.ContactFactory())
        (row,) = deal_days.by_outcome()
        assert (row.which, row.count, row.days) == ("won", 3, 10)

    def test_of_an_even_number_it_lies_between_the_two(self):
        for days in (2, 5, 10, 30):
            self.win(days, contact=factories.ContactFactory())
        assert deal_days.by_outcome()[0].days == 7.5

    def test_open_deals_are_not_counted(self):
        deals.open_deal("Open", contact=factories.ContactFactory(), by=None)
        assert deal_days.by_outcome() == []

    def test_lost_deals_are_told_apart(self, contact):
        self.win(4, contact=contact)
        deal = deals.open_deal("Lost", contact=contact, by=None, opened_at=ago(9))
        deals.lose(deal, LostReason.objects.first(), by=None)
        found = {row.which: row.days for row in deal_days.by_outcome()}
        assert found == {"won": 4, "lost": 9}

    def test_each_open_stage_has_its_own(self, contact):
        deal = deals.open_deal("Deal", contact=contact, by=None, opened_at=ago(9))
        quote = DealStage.objects.get(key="quote")
        deals.move_deal(deal, quote, at=ago(3), by=None)
        deals.win(deal, by=None)
        found = {row.which.key: row.days for row in deal_days.by_stage()}
        assert found == {"inquiry": 6, "quote": 3}

    def test_by_segment_person_and_organisation(self, contact):
        firm = factories.OrganisationFactory()
        segment = factories.SegmentFactory(live=True)
        factories.MembershipFactory(segment=segment, contact=contact)
        for days in (4, 8):
            self.win(days, contact=contact, organisation=firm)
        self.win(99, contact=factories.ContactFactory())
        (row,) = deal_days.by_segment()
        assert (row.which, row.count, row.days) == (segment, 2, 6)
        people = type(contact).objects.filter(pk=contact.pk)
        (row,) = durations.named(people, durations.PERSON, limit=9)
        assert (row.which, row.days) == (contact, 6)
        firms = type(firm).objects.all()
        (row,) = durations.named(firms, durations.ORGANISATION, limit=9)
        assert (row.which, row.days) == (firm, 6)

    def test_a_sensitive_segment_is_not_told(self, contact):
        segment = factories.SegmentFactory(live=True)
        type(segment).objects.update(reads_sensitive=True)
        factories.MembershipFactory(segment=segment, contact=contact)
        self.win(4, contact=contact)
        assert deal_days.by_segment() == []

    def test_all_of_them_leave_as_a_file(self, client, owner, contact, monkeypatch):
        monkeypatch.setattr("crm_plugin.snippets.deals.durations.MOST", 1)
        others = [factories.ContactFactory() for _each in "12"]
        for each in (contact, *others):
            self.win(4, contact=each)
        client.force_login(owner)
        answer = client.get(reverse("crm_deal:durations"), {"export": "csv"})
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert all(str(each) in text for each in (contact, *others))
        assert text.splitlines()[0] == "By,Which,Deals,Median of days"

    def test_names_are_told_on_a_screen_of_their_own(self, role, client, contact):
        self.win(4, contact=contact)
        client.force_login(role("staff"))
        page = client.get(reverse("crm_deal:durations")).content.decode()
        assert str(contact) in page


class TestSalesByChannel:
    def test_sales_are_net_and_beside_the_year_before(self):
        bought(3, channel="web", amount=1000)
        bought(2, channel="web", amount=-300)
        bought(400, channel="web", amount=500)
        bought(3, channel="shop", amount=200)
        assert sales_by_channel.numbers() == [
            ("web", 1, 700, 500),
            ("shop", 1, 200, 0),
        ]

    def test_it_is_one_query(self, django_assert_num_queries):
        bought(3)
        with django_assert_num_queries(1):
            sales_by_channel.compute()


class TestAfterPurchase:
    def talk(self, contact, days, owner, **said):
        said = {"direction": "out", "by": owner, **said}
        return factories.TouchpointFactory(contact=contact, at=ago(days), **said)

    def letter(self, contact, days, owner, **said):
        row = factories.DeliveryFactory(
            contact=contact, kind="answer", sent_at=ago(days), by=owner
        )
        Delivery.objects.filter(pk=row.pk).update(mailing=None, **said)

    def step(self, contact, days, **said):
        FollowUp.objects.create(
            contact=contact,
            due_on=ago(days).date(),
            what="Call",
            done_at=ago(days),
            **said,
        )

    def by_channel(self):
        rows = after_purchase.compute().rows
        return {which: n for by, which, n in rows if by == "Follow-up by channel"}

    def test_who_was_called_is_not_in_the_list(self, owner):
        called, forgotten = bought(20), bought(20)
        self.talk(called.contact, 18, owner)
        assert list(followed_up.not_followed_up(14)) == [forgotten]

    def test_what_came_from_them_is_no_follow_up(self, owner):
        row = bought(20)
        self.talk(row.contact, 18, owner, direction="in")
        self.talk(row.contact, 30, owner)
        assert list(followed_up.not_followed_up(14)) == [row]

    def test_a_step_that_was_done_and_a_letter_by_hand_are(self, owner):
        first, second = bought(20), bought(20)
        self.step(first.contact, 15)
        self.letter(second.contact, 15, owner)
        assert list(followed_up.not_followed_up(14)) == []

    def test_a_mailing_is_none(self, owner):
        row = bought(20)
        factories.DeliveryFactory(contact=row.contact, sent_at=ago(15))
        assert list(followed_up.not_followed_up(14)) == [row]

    def test_only_the_last_purchase_counts(self):
        row = bought(40)
        bought(5, contact=row.contact)
        assert list(followed_up.not_followed_up(14)) == []

    def test_the_figure_counts_the_first_days_only(self, owner):
        early, late = bought(40), bought(40)
        self.talk(early.contact, 35, owner)
        self.talk(late.contact, 10, owner, channel="email")
        result = after_purchase.compute()
        assert result.figures == {"bought": 2, "followed_up": 1}
        assert self.by_channel() == {"phone": 1}

    def test_a_letter_by_hand_counts_in_its_channel(self, owner):
        row = bought(40)
        self.talk(row.contact, 36, owner)
        self.letter(row.contact, 35, owner)
        self.letter(row.contact, 34, owner)
        self.letter(bought(40).contact, 33, owner, channel="line")
        assert self.by_channel() == {"e-mail": 2, "phone": 1, "LINE": 1}

    def test_a_letter_too_late_too_early_or_to_many_counts_in_none(self, owner):
        row = bought(40)
        self.letter(row.contact, 10, owner)
        self.letter(row.contact, 41, owner)
        self.letter(row.contact, 35, None)
        factories.DeliveryFactory(contact=row.contact, sent_at=ago(35), by=owner)
        assert self.by_channel() == {}

    def test_a_step_counts_where_no_talk_or_letter_stands(self, owner):
        called, written, told, silent = (bought(40).contact for _ in range(4))
        self.talk(called, 35, owner)
        self.letter(written, 35, owner)
        for contact in (called, written, told):
            self.step(contact, 35, channel="shop")
        self.step(silent, 35)
        self.talk(silent, 10, owner)
        assert self.by_channel() == {
            "e-mail": 1,
            "phone": 1,
            "shop": 1,
            "channel not said": 1,
        }
        assert after_purchase.compute().figures["followed_up"] == 4

    def test_the_figure_asks_as_much_for_many_as_for_one(
        self, owner, django_assert_num_queries
    ):
        def buy():
            row = bought(40)
            self.talk(row.contact, 35, owner)
            self.letter(row.contact, 35, owner)
            self.step(bought(40).contact, 35, channel="shop")

        buy()
        for _number in range(5):
            with django_assert_num_queries(4):
                after_purchase.compute()
            buy()

    def test_the_list_leads_to_the_person_and_to_a_note(self, role, client):
        row = bought(20)
        client.force_login(role("staff"))
        url = reverse("crm_not_followed_up:index")
        page = client.get(url, {"days": "14"}).content.decode()
        assert str(row.contact) in page
        assert reverse("crm_touchpoint:add", args=[row.contact.pk]) in page
        assert str(row.contact) not in client.get(url, {"days": "30"}).content.decode()

    def test_all_of_them_leave_as_a_file_with_the_right(
        self, role, client, owner, monkeypatch, django_assert_max_num_queries
    ):
        monkeypatch.setattr(after_purchase, "SHOWN", 1)
        rows = [bought(20) for _each in "123"]
        url = reverse("crm_not_followed_up:index")
        client.force_login(owner)
        with django_assert_max_num_queries(20) as few:
            answer = client.get(url, {"days": "14", "export": "csv"})
            text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert all(str(row.contact) in text for row in rows)
        assert text.splitlines()[0] == "Contact,Bought on,Items,Amount"
        rows += [bought(20) for _each in "123"]
        with django_assert_max_num_queries(len(few)):
            answer = client.get(url, {"days": "14", "export": "csv"})
            b"".join(answer.streaming_content)
        assert Change.objects.filter(field="export", model="purchase").count() == 2
        client.force_login(role("staff"))
        answer = client.get(url, {"days": "14", "export": "csv"})
        assert "Content-Disposition" not in answer

    @pytest.mark.parametrize("days", ["", "x", "-3", "99999999999999", "²"])
    def test_what_is_no_number_of_days_is_answered(self, role, client, days):
        client.force_login(role("staff"))
        url = reverse("crm_not_followed_up:index")
        assert client.get(url, {"days": days}).status_code == 200

    def test_the_list_asks_as_much_for_many_as_for_one(
        self, role, client, django_assert_max_num_queries
    ):
        client.force_login(role("staff"))
        url = reverse("crm_not_followed_up:index")
        bought(20)
        client.get(url)
        with django_assert_max_num_queries(20) as few:
            client.get(url)
        most = len(few)
        for _number in range(8):
            bought(20)
        with django_assert_max_num_queries(most):
            client.get(url)


class TestWithoutUse:
    def test_the_share_is_told_by_source(self):
        from crm_plugin.models import FirstTouch

        used, never = factories.ContactFactory.create_batch(2)
        factories.uses(used, 5)
        for contact in (used, never):
            FirstTouch.objects.create(contact=contact, channel="shop", at=ago(9))
        factories.ContactFactory()
        found = [
            (row.label, row.contacts, row.without) for row in without_use.by_source()
        ]
        assert found == [("not known", 1, 1), ("shop", 2, 1)]
        assert without_use.compute().figures["share"] == 66.7

    def test_the_home_says_it(self, role, client):
        factories.uses(factories.ContactFactory(), 5)
        client.force_login(role("staff"))
        page = client.get(reverse("crm_home:index"))
        assert "no_use" in page.context


class TestPhases:
    def test_deals_under_way_are_told_with_their_worth_and_the_late_ones(self, contact):
        stages.ensure()
        for days in (-3, 3):
            deals.open_deal(
                "Deal",
                contact=contact,
                amount=500,
                expected_on=timezone.localdate() + dt.timedelta(days=days),
                by=None,
            )
        figures = kpi.get("open_deals").compute().figures
        assert (figures["count"], figures["late"]) == (2, 1)
        assert Decimal(figures["amount"]) == 1000

    def test_answers_owed_tell_the_late_and_the_complaints(self):
        factories.InquiryFactory()
        factories.InquiryFactory(received_at=ago(3), kind="complaint")
        figures = kpi.get("answers").compute().figures
        assert figures == {"in_time": 1, "overdue": 1, "complaints": 1}

    def test_every_phase_has_a_report_and_a_panel(self, role, client):
        phases = {entry.phase for entry in kpi.all_kpis()}
        assert phases >= set(Phase.values)
        client.force_login(role("staff"))
        page = client.get(reverse("crm_home:index")).content.decode()
        for phase in Phase:
            assert f'<p class="crm-phase">{phase.label}</p>' in page

    def test_every_report_but_the_data_map_belongs_to_a_phase(self):
        without = {entry.name for entry in kpi.all_kpis() if not entry.phase}
        assert without == {"data_map"}

    def test_the_phase_of_selling_is_not_called_takings(self):
        with override("ja"):
            assert Phase.SALES.label == "営業"

    def test_a_step_carries_the_phase_of_what_it_follows_from(self, contact, owner):
        inquiry = factories.InquiryFactory(contact=contact)
        today = timezone.localdate()
        step = follow_ups.plan(contact, due_on=today, what="Answer", inquiry=inquiry)
        assert step.phase == "support"

"""Amounts and days that nobody can mean are refused beside their field."""

import pytest
from django.urls import reverse
from django.utils import timezone

from crm_plugin.models import Deal, Plan, Product, Purchase
from crm_plugin.sales import deals
from tests import factories
from tests.sales.test_screens import sale

pytestmark = pytest.mark.django_db
HUGE = "999999999999.99"


@pytest.fixture
def staff(role, client):
    client.force_login(role("staff"))
    return client


def errors(answer, form="form"):
    return list(answer.context[form].errors)


class TestPurchases:
    @pytest.mark.parametrize("at", ["0001-01-01 00:00", "1025-04-01 12:00", "soon"])
    def test_a_day_of_another_age_is_refused(self, staff, at):
        answer = staff.post(reverse("crm_purchase:add"), sale(at=at))
        assert errors(answer) == ["at"]
        assert at in answer.content.decode()
        assert not Purchase.objects.exists()

    def test_more_than_can_be_recorded_is_refused(self, staff):
        second = {
            "lines-1-name": "Tea",
            "lines-1-quantity": "1",
            "lines-1-amount": HUGE,
        }
        said = sale(**{"lines-0-amount": HUGE}, **second)
        answer = staff.post(reverse("crm_purchase:add"), said)
        assert answer.status_code == 200
        assert "more than can be recorded" in answer.content.decode()

    @pytest.mark.parametrize("amount", ["1e400", "NaN", "Infinity", "9" * 20])
    def test_what_is_no_amount_is_refused_beside_it(self, staff, amount):
        said = sale(**{"lines-0-amount": amount})
        answer = staff.post(reverse("crm_purchase:add"), said)
        assert list(answer.context["form"].lines.errors[0]) == ["amount"]
        assert not Purchase.objects.exists()


class TestCounter:
    def enter(self, client, **said):
        first = {"do": "save", "payment": "cash", "channel": "shop", "key": "k"}
        return client.post(reverse("crm_counter:index"), {**first, **said})

    def test_more_than_can_be_recorded_is_refused(self, staff):
        dear = Product.objects.create(code="x", name="Castle", price=HUGE)
        answer = self.enter(staff, **{f"product-{dear.pk}": "999"})
        assert errors(answer) == ["amount"]
        assert not Purchase.objects.exists()

    @pytest.mark.parametrize("amount", ["-5", "9" * 20, "１億"])
    def test_what_is_no_amount_is_refused_and_kept(self, staff, amount):
        answer = self.enter(staff, amount=amount)
        assert errors(answer) == ["amount"]
        assert amount in answer.content.decode()


@pytest.mark.usefixtures("stages")
class TestDeals:
    def said(self, contact, **more):
        stage = deals.stage_of("open")
        first = {"do": "save", "title": "Party", "contact": contact.pk}
        return {**first, "stage": stage.pk, **more}

    @pytest.mark.parametrize(
        ("name", "typed"),
        [
            ("amount", "9" * 20),
            ("amount", "-1"),
            ("expected_on", "20266-01-01"),
            ("expected_on", "0206-01-01"),
            ("expected_on", "2206-01-01"),
            ("opened_on", "0025-04-01"),
            ("title", "題" * 121),
        ],
    )
    def test_it_is_refused_beside_the_field_and_kept(self, staff, contact, name, typed):
        said = self.said(contact, **{name: typed})
        answer = staff.post(reverse("crm_deal:add"), said)
        assert errors(answer) == [name]
        assert typed in answer.content.decode()
        assert not Deal.objects.exists()

    def test_the_reason_stays_typed_when_somebody_was_faster(self, staff, contact):
        deal = deals.open_deal("Party", contact=contact, by=None)
        lost = deals.stage_of("lost")
        said = {
            "reason": factories.models.LostReason.objects.first().pk,
            "note": "They found it too dear.",
            "on": timezone.localdate().isoformat(),
            "version": deal.version,
        }
        deals.edit_deal(deal, {"title": "Garden party"}, by=None)
        address = reverse("crm_deal:close", args=[deal.pk, lost.pk])
        answer = staff.post(address, said)
        text = answer.content.decode()
        assert "Somebody else changed this record" in text
        assert "They found it too dear." in text
        version = answer.context["form"]["version"].value()
        assert staff.post(address, {**said, "version": version}).status_code == 302
        assert Deal.objects.get().lost_note == "They found it too dear."


class TestPlans:
    @pytest.mark.parametrize("on", ["0001-01-01", "20266-01-01", "2300-01-01", "soon"])
    def test_a_day_of_another_age_is_refused(self, staff, contact, on):
        plan = factories.PlanFactory()
        address = reverse("crm_plan_period:change", args=[contact.pk])
        answer = staff.post(address, {"plan": plan.pk, "on": on, "note": "why"})
        assert errors(answer) == ["on"]
        assert "why" in answer.content.decode()

    def test_a_plan_that_somebody_has_is_not_deleted(self, client, owner, contact):
        plan = factories.PlanFactory()
        contact.plan_periods.create(plan=plan, started_on="2025-04-01")
        client.force_login(owner)
        address = reverse("crm_plan:delete", args=[plan.pk])
        answer = client.post(address, follow=True)
        assert "is in use, so nothing was deleted" in answer.content.decode()
        assert Plan.objects.exists()


class TestShortLists:
    def test_a_stage_with_deals_is_not_deleted(self, client, owner, contact):
        deal = factories.DealFactory(contact=contact)
        client.force_login(owner)
        address = reverse("crm_deal_stage:delete", args=[deal.stage_id])
        answer = client.post(address, follow=True)
        assert "is in use, so nothing was deleted" in answer.content.decode()

    def test_a_key_is_made_from_the_name_and_never_changes(self, client, owner):
        client.force_login(owner)
        said = {"name": "検討中", "kind": "open", "order": "15", "active": "on"}
        client.post(reverse("crm_deal_stage:add"), said)
        stage = Deal.stage.field.related_model.objects.get(name="検討中")
        assert stage.key.isascii()
        address = reverse("crm_deal_stage:edit", args=[stage.pk])
        client.post(address, {**said, "key": "other", "name": "検討"})
        stage.refresh_from_db()
        assert (stage.name, stage.key == "other") == ("検討", False)

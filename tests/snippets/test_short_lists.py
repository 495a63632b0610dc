"""Products, categories, stages, reasons and plans: told changes, steady cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_plugin import models
from tests import factories

pytestmark = pytest.mark.django_db
LISTS = {
    "crm_product": lambda n: models.Product.objects.create(code=f"P{n}", name=f"T{n}"),
    "crm_product_category": lambda n: factories.CategoryFactory(key=f"c{n}"),
    "crm_deal_stage": lambda n: factories.DealStageFactory(key=f"s{n}"),
    "crm_lost_reason": lambda n: models.LostReason.objects.create(key=f"r{n}"),
    "crm_plan": lambda n: factories.PlanFactory(key=f"p{n}"),
    "crm_attribute": lambda n: factories.AttributeFactory(),
}


@pytest.fixture
def as_owner(client, owner):
    client.force_login(owner)
    return client


def cost_of(client, address):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_for_many(as_owner, name):
    address = reverse(f"{name}:index")
    LISTS[name](0)
    cost_of(as_owner, address)
    before = cost_of(as_owner, address)
    for number in range(1, 8):
        LISTS[name](number)
    assert cost_of(as_owner, address) == before


def test_a_price_that_changed_is_told_with_old_and_new(as_owner, owner):
    tea = models.Product.objects.create(code="tea", name="Tea", price=400)
    address = reverse("crm_product:edit", args=[tea.pk])
    said = {
        "name": "Tea",
        "code": "tea",
        "category": "",
        "price": "450",
        "active": "on",
    }
    as_owner.post(address, said)
    change = models.Change.objects.get(model="product", field="price")
    assert (change.old, change.operation.by) == ("400.00", owner)
    text = as_owner.get(address).content.decode()
    assert "Price: ¥400 → ¥450" in text
    assert "owner" in text.split('id="told-heading"')[1]


def test_saving_it_unchanged_tells_nothing(as_owner):
    tea = models.Product.objects.create(code="tea", name="Tea", price=400)
    said = {
        "name": "Tea",
        "code": "tea",
        "category": "",
        "price": "400",
        "active": "on",
    }
    as_owner.post(reverse("crm_product:edit", args=[tea.pk]), said)
    assert not models.Change.objects.filter(model="product").exists()


def test_a_new_entry_stands_in_the_journal(as_owner, owner):
    as_owner.post(reverse("crm_plan:add"), {"name": "Gold", "rank": "30"})
    plan = models.Plan.objects.get()
    change = models.Change.objects.get(model="plan", object_id=plan.pk)
    assert (change.old, change.new["name"], change.operation.by) == (
        None,
        "Gold",
        owner,
    )


class TestPages:
    def grown(self, client, address, grow):
        grow(1)
        cost_of(client, address)
        before = cost_of(client, address)
        grow(5)
        assert cost_of(client, address) == before

    def test_a_purchase_costs_the_same_for_many_lines(self, as_owner, contact):
        purchase = factories.PurchaseFactory(contact=contact)
        category = factories.CategoryFactory()

        def grow(number):
            for _each in range(number):
                purchase.lines.create(name="Tea", amount=100, category=category)

        self.grown(as_owner, purchase.get_admin_url(), grow)

    def test_giving_back_costs_the_same_for_many_lines(self, as_owner, contact):
        purchase = factories.PurchaseFactory(contact=contact)

        def grow(number):
            for _each in range(number):
                purchase.lines.create(name="Tea", amount=100)

        address = reverse("crm_purchase:give_back", args=[purchase.pk])
        self.grown(as_owner, address, grow)

    def test_an_attribute_costs_the_same_for_many_values(self, as_owner):
        row = factories.AttributeFactory(key="word", type="text")

        def grow(number):
            for person in factories.ContactFactory.create_batch(number):
                person.values.create(definition=row, text="x")

        address = reverse("crm_attribute:edit", args=[row.pk])
        self.grown(as_owner, address, grow)

    def test_a_plan_costs_the_same_for_many_stays(self, as_owner, contact):
        plan = factories.PlanFactory()
        other = factories.PlanFactory(key="other", rank=20)

        def grow(number):
            for _each in range(number):
                day = 1 + contact.plan_periods.count()
                contact.plan_periods.create(
                    plan=plan,
                    came_from=other,
                    started_on=f"2025-01-{day:02}",
                    ended_on=f"2025-01-{day:02}",
                )

        address = reverse("crm_plan_period:change", args=[contact.pk])
        self.grown(as_owner, address, grow)

    def test_durations_cost_the_same_for_many_deals(self, as_owner):
        won = factories.DealStageFactory(key="won", kind="won")

        def grow(number):
            for _each in range(number):
                firm = factories.OrganisationFactory()
                deal = factories.DealFactory(organisation=firm)
                models.Deal.objects.filter(pk=deal.pk).update(
                    stage=won, closed_at=deal.opened_at
                )

        self.grown(as_owner, reverse("crm_deal:durations"), grow)

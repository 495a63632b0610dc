"""Products, categories, stages, reasons and plans: told changes, steady cost."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_plugin import models, sheets
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


@pytest.mark.parametrize(
    ("price", "shown"), [("1480", "1480"), ("1480.50", "1480.5"), ("0", "0")]
)
def test_the_form_shows_a_price_without_idle_zeros(as_owner, price, shown):
    tea = models.Product.objects.create(code="tea", name="Tea", price=price)
    page = as_owner.get(reverse("crm_product:edit", args=[tea.pk])).content.decode()
    said = page.split('name="price"')[1].split(">")[0]
    assert f'value="{shown}"' in said
    assert 'inputmode="decimal"' in said


def test_a_price_that_cannot_be_read_is_shown_as_it_was_typed(as_owner):
    typed = {"code": "tea", "name": "Tea", "price": "1480.999"}
    answer = as_owner.post(reverse("crm_product:add"), typed)
    assert 'value="1480.999"' in answer.content.decode()
    assert list(answer.context["form"].errors) == ["price"]


def test_saving_a_price_as_it_is_shown_is_no_change(as_owner):
    tea = models.Product.objects.create(code="tea", name="Tea", price=1480)
    page = as_owner.get(reverse("crm_product:edit", args=[tea.pk]))
    form = page.context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    data |= {"price": "1480", "active": "on"}
    answer = as_owner.post(reverse("crm_product:edit", args=[tea.pk]), data)
    assert answer.status_code == 302
    assert not models.Operation.objects.exists()


def test_the_price_list_leaves_as_a_file(as_owner):
    lunch = factories.CategoryFactory(key="lunch", name="Lunch")
    said = {"category": lunch, "price": 400, "active": False}
    models.Product.objects.create(code="=tea", name="Tea", **said)
    answer = as_owner.get(reverse("crm_product:index"), {"export": "csv"})
    sheet = sheets.open_sheet(b"".join(answer.streaming_content), "a.csv")
    headings, row = [cells for _number, cells in sheet.rows()]
    assert headings == ["Name", "Code", "Category", "Price", "Active"]
    assert row == ["Tea", "=tea", "Lunch", "400.00", "no"]
    assert models.Change.objects.get(field="export").model == "product"


def leaving(client, address, **asked):
    """Headings and rows of the file that a list leaves as."""
    answer = client.get(address, {"export": "csv", **asked})
    sheet = sheets.open_sheet(b"".join(answer.streaming_content), "a.csv")
    return [cells for _number, cells in sheet.rows()]


def test_a_short_list_leaves_with_the_columns_that_it_shows(as_owner):
    models.Plan.objects.create(key="gold", name="Gold", rank=30, active=False)
    found = leaving(as_owner, reverse("crm_plan:index"))
    assert found == [["Name", "Level", "Active"], ["Gold", "30", "no"]]
    assert models.Change.objects.get(field="export").model == "plan"


def test_attributes_leave_in_words(as_owner):
    factories.AttributeFactory(key="taste", label="Taste", sensitive=False)
    headings, *rows = leaving(as_owner, reverse("crm_attribute:index"))
    assert headings[:4] == ["Name", "Key", "Type", "Describes"]
    (row,) = [row for row in rows if row[1] == "taste"]
    assert row[0] == "Taste"
    assert row[-1] == "yes"


def test_a_sensitive_attribute_leaves_with_nobody_who_may_not_see_it(client, role):
    factories.AttributeFactory(key="allergies", sensitive=True)
    marketer = role("marketer")
    marketer.user_permissions.add(Permission.objects.get(codename="export_contact"))
    client.force_login(marketer)
    address = reverse("crm_attribute:index")
    assert "allergies" not in str(leaving(client, address))


def test_a_score_leaves_with_its_lines_in_words(as_owner):
    score = factories.ScoreFactory()
    headings, row = leaving(as_owner, reverse("crm_score:index"))
    assert headings == ["Name", "Points", "Contacts without points"]
    assert row[0] == str(score)


def test_a_short_list_leaves_in_as_many_queries_for_many(as_owner):
    def cost(address):
        with CaptureQueriesContext(connection) as queries:
            leaving(as_owner, address)
        return len(queries)

    for name in ("crm_plan", "crm_deal_stage", "crm_attribute"):
        address = reverse(f"{name}:index")
        LISTS[name](0)
        cost(address)
        before = cost(address)
        for number in range(1, 6):
            LISTS[name](number)
        assert cost(address) == before


def test_the_price_list_leaves_in_as_many_queries_for_many(as_owner):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            answer = as_owner.get(reverse("crm_product:index"), {"export": "csv"})
            b"".join(answer.streaming_content)
        return len(queries)

    def add(number):
        category = factories.CategoryFactory(key=f"c{number}")
        models.Product.objects.create(code=f"P{number}", name="T", category=category)

    add(0)
    few = cost()
    for number in range(1, 6):
        add(number)
    assert cost() == few


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

import datetime as dt

import pytest

from crm_plugin.contacts import search
from crm_plugin.journal import Change
from crm_plugin.models import Product, Purchase
from crm_plugin.sales import counter
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea(db):
    return Product.objects.create(code="T1", name="Tea", price=300)


@pytest.fixture
def enter(staff, url):
    """Send the counter's form; each time a sale of its own."""

    def post(key="k1", **said):
        data = {"payment": "cash", "channel": "shop", "key": key, "do": "save", **said}
        return staff.post(url("crm_counter:index"), data, follow=True)

    return post


def text(response):
    return response.content.decode()


def said(response):
    return " ".join(str(message) for message in response.context["messages"])


def test_an_amount_is_recorded_for_who_was_found(enter, contact):
    answer = enter(contact=contact.pk, amount="1200", payment="qr")
    purchase = Purchase.objects.get()
    assert (purchase.contact, purchase.amount, purchase.payment) == (
        contact,
        1200,
        "qr",
    )
    assert f"Recorded: ¥1,200, {contact}." in said(answer)


def test_a_sale_may_be_nobodys(enter):
    enter(amount="500")
    assert Purchase.objects.get().contact is None


def test_a_press_of_a_product_takes_its_price(enter, tea):
    enter(**{f"product-{tea.pk}": "2", "amount": "100"})
    purchase = Purchase.objects.get()
    assert purchase.amount == 700
    assert purchase.lines.get(product=tea).quantity == 2


def test_an_amount_adds_nothing_to_the_catalogue(enter):
    enter(amount="500", item="Flowers")
    assert Purchase.objects.get().lines.get().name == "Flowers"
    assert not Product.objects.exists()


def test_a_double_click_records_once(enter):
    enter(amount="500")
    enter(amount="500")
    assert Purchase.objects.count() == 1


@pytest.mark.parametrize(
    "typed", [{}, {"amount": "0"}, {"amount": "-5"}, {"amount": "abc"}]
)
def test_without_an_amount_nothing_is_recorded(enter, typed):
    enter(**typed)
    assert not Purchase.objects.exists()


@pytest.mark.parametrize("typed", ["x", "-1", "1e999", "NaN", "100000"])
def test_a_number_that_is_none_counts_nothing(enter, tea, typed):
    enter(**{f"product-{tea.pk}": typed})
    assert not Purchase.objects.exists()


def test_people_are_found_without_a_script(staff, url, contact):
    search.refresh([contact.pk])
    data = {"do": "look", "look_for": contact.family_name, "key": "k"}
    answer = staff.post(url("crm_counter:index"), data)
    assert answer.context["people"] == [contact]
    assert not answer.context["form"].errors


def test_todays_entries_stand_beside_it_and_can_be_undone(enter, staff, url):
    page = text(enter(amount="500"))
    assert "Entered today" in page
    purchase = Purchase.objects.get()
    answer = staff.post(url("crm_counter:undo", purchase.pk), follow=True)
    assert "Undone: ¥500." in said(answer)
    assert not Purchase.objects.exists()
    assert Change.objects.filter(model="purchase", old__amount="500.00").exists()


def test_what_is_older_or_from_a_till_is_not_undone_here(enter, staff, url):
    enter(amount="500")
    purchase = Purchase.objects.get()
    Purchase.objects.update(on=purchase.on - dt.timedelta(days=1))
    other = factories.PurchaseFactory()
    for row in (purchase, other):
        staff.post(url("crm_counter:undo", row.pk))
    assert Purchase.objects.count() == 2


def test_a_product_without_a_price_has_no_button(tea):
    Product.objects.create(code="T2", name="Cake")
    Product.objects.create(code="T3", name="Old", price=5, active=False)
    assert counter.buttons() == [tea]


def test_it_asks_as_much_for_many_entries_as_for_one(
    enter, staff, url, contact, tea, django_assert_max_num_queries
):
    enter(amount="500", contact=contact.pk)
    staff.get(url("crm_counter:index"))
    with django_assert_max_num_queries(22) as few:
        staff.get(url("crm_counter:index"))
    most = len(few)
    for number in range(8):
        person = factories.ContactFactory()
        enter(f"more{number}", amount="500", contact=person.pk)
    staff.get(url("crm_counter:index"))
    with django_assert_max_num_queries(most):
        staff.get(url("crm_counter:index"))


def test_who_may_only_look_has_no_counter(role, login, url):
    marketer = login(role("marketer"))
    assert marketer.get(url("crm_counter:index")).status_code == 302

import datetime as dt

import pytest
from django.urls import reverse

from crm_plugin.models import Change, Purchase
from crm_plugin.sales.record import Line, record_purchase
from crm_plugin.ui.money import format_money
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/crm/purchases/"


@pytest.fixture
def staff(role, client):
    user = role("staff")
    client.force_login(user)
    return user


@pytest.fixture
def bought(contact, owner):
    return record_purchase(
        contact=contact,
        at=dt.datetime(2025, 4, 1, 3, tzinfo=dt.UTC),
        lines=[Line("Set lunch", 1200)],
        by=owner,
    )


def test_the_list_shows_who_bought_what(staff, client, bought):
    page = client.get(LIST).content.decode()
    assert str(bought.contact) in page
    assert "Set lunch" in page
    assert "¥1,200" in page


def test_an_unknown_member_number_is_shown(staff, client):
    factories.PurchaseFactory(contact=None, member_number="m404")
    page = client.get(LIST).content.decode()
    assert "m404" in page


def test_the_list_asks_the_same_number_of_questions_for_many(
    staff, client, django_assert_max_num_queries
):
    factories.PurchaseFactory.create_batch(30)
    client.get(LIST)
    with django_assert_max_num_queries(20):
        client.get(LIST)


def test_staff_find_purchases_by_the_name_of_the_contact(staff, client, bought):
    from crm_plugin.contacts import search

    other = factories.PurchaseFactory(contact__family_name="鈴木")
    search.refresh([bought.contact_id, other.contact_id])
    page = client.get(LIST, {"q": "鈴木"}).content.decode()
    assert "鈴木" in page
    assert "Set lunch" not in page


def test_staff_record_a_sale_for_a_member_number(staff, client, contact):
    factories.PointFactory(contact=contact, kind="card", value="M-1", value_norm="m1")
    client.post(
        reverse("crm_purchase:add"),
        {
            "person": "Ｍ－１",
            "at": "2025-04-01 12:00",
            "item": "Tea",
            "amount": "500",
            "payment": "cash",
        },
    )
    assert Purchase.objects.get().contact == contact


def test_a_returned_item_counts_negative(staff, client):
    client.post(
        reverse("crm_purchase:add"),
        {
            "at": "2025-04-01 12:00",
            "item": "Tea",
            "amount": "500",
            "returned": "on",
            "payment": "cash",
        },
    )
    assert Purchase.objects.get().amount == -500


def test_a_sale_for_somebody_unknown_says_so(staff, client):
    response = client.post(
        reverse("crm_purchase:add"),
        {
            "person": "nobody@mail.example",
            "at": "2025-04-01 12:00",
            "item": "Tea",
            "amount": "500",
            "payment": "cash",
        },
    )
    assert "Nobody is known under this." in response.content.decode()
    assert not Purchase.objects.exists()


def test_correcting_a_purchase_is_journalled(staff, client, bought):
    page = client.get(reverse("crm_purchase:edit", args=[bought.pk]))
    assert "Set lunch" in page.content.decode()
    client.post(
        reverse("crm_purchase:edit", args=[bought.pk]),
        {"person": "", "at": "2025-04-01 12:00", "payment": "card"},
    )
    bought.refresh_from_db()
    assert bought.payment == "card"
    assert bought.contact is not None
    assert Change.objects.filter(model="purchase", field="payment").exists()


def test_a_purchase_is_headed_by_its_moment_and_its_amount(staff, client, bought):
    page = client.get(reverse("crm_purchase:edit", args=[bought.pk]))
    heading = page.context_data["view"].get_page_subtitle()
    assert heading == f"{bought.when()} {format_money(bought.amount)}"
    assert heading in page.content.decode()


def test_who_may_only_see_purchases_cannot_record_one(role, client):
    client.force_login(role("marketer"))
    assert client.get(LIST).status_code == 200
    assert client.get(reverse("crm_purchase:add")).status_code == 302


def test_an_outsider_sees_no_purchases(client, outsider, bought):
    client.force_login(outsider)
    assert client.get(LIST).status_code == 302
    assert client.get(reverse("crm_purchase:edit", args=[bought.pk])).status_code in {
        302,
        404,
    }


def test_staff_without_the_right_cannot_export(staff, client, bought):
    assert client.get(LIST, {"export": "csv"}).status_code == 302


def test_the_owner_exports_purchases(client, owner, bought):
    client.force_login(owner)
    response = client.get(LIST, {"export": "csv"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert "Set lunch" in text


def test_products_and_categories_have_a_screen(client, owner):
    client.force_login(owner)
    factories.CategoryFactory(key="lunch", name="Lunch")
    assert "Lunch" in client.get("/admin/crm/product-categories/").content.decode()
    assert client.get("/admin/crm/products/").status_code == 200

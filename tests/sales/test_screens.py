import datetime as dt

import pytest
from django.urls import reverse

from crm_plugin import normalise
from crm_plugin.models import Change, Purchase
from crm_plugin.sales.edit import correct_purchase
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


def sale(**said):
    """What the form of a new purchase sends, with one line."""
    first = {
        "at": "2025-04-01 12:00",
        "payment": "cash",
        "channel": "shop",
        "lines-TOTAL_FORMS": "3",
        "lines-INITIAL_FORMS": "0",
        "lines-0-name": "Tea",
        "lines-0-quantity": "1",
        "lines-0-amount": "500",
    }
    return {**first, **said}


def stored(purchase, **said):
    """What the form of a recorded purchase sends, nothing changed."""
    lines = list(purchase.lines.order_by("id"))
    first = {
        "at": "2025-04-01 12:00",
        "payment": "cash",
        "channel": "shop",
        "version": purchase.version,
        "lines-TOTAL_FORMS": str(len(lines) + 1),
        "lines-INITIAL_FORMS": str(len(lines)),
    }
    for number, line in enumerate(lines):
        first[f"lines-{number}-pk"] = line.pk
        for name in ("name", "quantity", "amount"):
            first[f"lines-{number}-{name}"] = getattr(line, name)
    return {**first, **said}


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


def test_the_list_is_narrowed_to_one_organisation(staff, client, bought):
    firm, other = factories.OrganisationFactory.create_batch(2)
    factories.PurchaseFactory(contact=None, organisation=firm, amount=111)
    factories.PurchaseFactory(organisation=firm, amount=222)
    factories.PurchaseFactory(organisation=other, amount=333)
    page = client.get(LIST, {"organisation": firm.pk}).content.decode()
    assert "¥111" in page
    assert "¥222" in page
    assert "¥333" not in page
    assert "¥1,200" not in page
    assert f'<option value="{firm.pk}" selected>' in page
    assert f'<option value="{other.pk}"' not in page


def test_staff_record_a_sale_for_a_member_number(staff, client, contact):
    factories.PointFactory(contact=contact, kind="card", value="M-1", value_norm="m1")
    client.post(reverse("crm_purchase:add"), sale(person="Ｍ－１"))
    assert Purchase.objects.get().contact == contact


def test_a_purchase_has_many_lines(staff, client):
    more = {"lines-1-name": "Cake", "lines-1-quantity": "2", "lines-1-amount": "900"}
    client.post(reverse("crm_purchase:add"), sale(**more, channel="phone"))
    purchase = Purchase.objects.get()
    assert (purchase.amount, purchase.channel) == (1400, "phone")
    assert purchase.lines.get(name="Cake").quantity == 2


def test_a_purchase_without_a_line_is_refused(staff, client):
    data = sale(**{"lines-0-name": "", "lines-0-amount": ""})
    answer = client.post(reverse("crm_purchase:add"), data)
    assert "Name at least one item." in answer.content.decode()


def test_a_purchase_is_made_for_an_organisation(staff, client, contact):
    firm = factories.OrganisationFactory(
        name="ひかり", name_norm=normalise.organisation("ひかり")
    )
    client.post(reverse("crm_purchase:add"), sale(organisation_name="ひかり"))
    assert Purchase.objects.get().organisation == firm


def test_a_returned_item_counts_negative(staff, client):
    client.post(reverse("crm_purchase:add"), sale(returned="on"))
    assert Purchase.objects.get().amount == -500


def test_a_sale_for_somebody_unknown_says_so(staff, client):
    data = sale(person="nobody@mail.example")
    response = client.post(reverse("crm_purchase:add"), data)
    assert "Nobody is known under this." in response.content.decode()
    assert not Purchase.objects.exists()


def test_correcting_a_purchase_is_journalled(staff, client, bought):
    page = client.get(reverse("crm_purchase:edit", args=[bought.pk]))
    assert "Set lunch" in page.content.decode()
    address = reverse("crm_purchase:edit", args=[bought.pk])
    client.post(address, stored(bought, payment="card"))
    bought.refresh_from_db()
    assert bought.payment == "card"
    assert bought.contact is not None
    assert Change.objects.filter(model="purchase", field="payment").exists()


def test_correcting_a_line_corrects_the_amount(staff, client, bought):
    address = reverse("crm_purchase:edit", args=[bought.pk])
    client.post(address, stored(bought, **{"lines-0-amount": "1300"}))
    bought.refresh_from_db()
    assert bought.amount == 1300
    page = client.get(address).content.decode()
    assert "¥1,200 → ¥1,300" in page


def test_another_day_is_another_day(staff, client, bought):
    address = reverse("crm_purchase:edit", args=[bought.pk])
    client.post(address, stored(bought, at="2024-12-24 19:00"))
    bought.refresh_from_db()
    assert bought.on == dt.date(2024, 12, 24)


def test_minutes_are_shown_and_the_seconds_of_a_till_stay(staff, client, bought):
    at = dt.datetime(2024, 12, 24, 10, 30, 45, tzinfo=dt.UTC)
    Purchase.objects.update(at=at)
    address = reverse("crm_purchase:edit", args=[bought.pk])
    assert 'value="2024-12-24T19:30"' in client.get(address).content.decode()
    bought.refresh_from_db()
    client.post(address, stored(bought, at="2024-12-24T19:30", payment="card"))
    bought.refresh_from_db()
    assert (bought.at, bought.payment) == (at, "card")
    assert not Change.objects.filter(model="purchase", field="at").exists()


def test_the_second_of_two_who_correct_it_is_told(staff, client, bought):
    data = stored(bought, payment="card")
    correct_purchase(Purchase.objects.get(), {"payment": "qr"}, by=None)
    answer = client.post(reverse("crm_purchase:edit", args=[bought.pk]), data)
    assert "Somebody else changed this record" in answer.content.decode()
    assert Purchase.objects.get().payment == "qr"


def test_the_lines_of_a_till_stay_as_delivered(staff, client, bought):
    Purchase.objects.update(feed="sheet")
    page = client.get(reverse("crm_purchase:edit", args=[bought.pk])).content.decode()
    assert "Taken in from a sheet of the till" in page
    assert "lines-0-name" not in page


class TestGivingBack:
    def post(self, client, bought, **said):
        url = reverse("crm_purchase:give_back", args=[bought.pk])
        data = {"payment": "cash", "key": "k", "do": "some", **said}
        return client.post(url, data, follow=True)

    def test_a_part_comes_back(self, staff, client, bought):
        line = bought.lines.get()
        self.post(client, bought, **{f"line_{line.pk}": "1"})
        back = Purchase.objects.get(returns=bought)
        assert (back.amount, back.contact) == (-1200, bought.contact)

    def test_everything_comes_back(self, staff, client, bought):
        self.post(client, bought, do="all")
        page = client.get(reverse("crm_purchase:edit", args=[bought.pk]))
        assert "−¥1,200" in page.content.decode()

    def test_a_double_click_gives_back_once(self, staff, client, bought):
        self.post(client, bought, do="all")
        self.post(client, bought, do="all")
        assert Purchase.objects.filter(returns=bought).count() == 1

    def test_nothing_is_no_return(self, staff, client, bought):
        page = self.post(client, bought).content.decode()
        assert "Say how many of which item come back." in page

    def test_more_than_was_bought_is_refused(self, staff, client, bought):
        line = bought.lines.get()
        self.post(client, bought, **{f"line_{line.pk}": "2"})
        assert not Purchase.objects.filter(returns=bought).exists()

    def test_what_was_given_back_is_not_deleted(self, client, owner, bought):
        client.force_login(owner)
        self.post(client, bought, do="all")
        client.post(reverse("crm_purchase:delete", args=[bought.pk]))
        assert Purchase.objects.filter(pk=bought.pk).exists()


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

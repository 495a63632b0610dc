import pytest
from django.urls import reverse
from django.utils import timezone

from crm_plugin.models import Delivery
from tests import factories

pytestmark = pytest.mark.django_db
LIST = reverse("crm_delivery:index")


@pytest.fixture
def row():
    return factories.DeliveryFactory(state="uncertain", handed_at=timezone.now())


@pytest.fixture
def staff(role, client):
    user = role("staff")
    client.force_login(user)
    return user


def settle(word):
    return reverse("crm_delivery:settle", args=[word])


def state_of(row):
    return Delivery.objects.get(pk=row.pk).state


def test_staff_read_what_may_have_arrived(client, staff, row):
    factories.DeliveryFactory(state="sent", address="known@mail.example")
    said = client.get(LIST).content.decode()
    assert "They may have arrived." in said
    assert row.address in said
    assert "known@mail.example" not in said


def test_the_list_can_be_narrowed_to_one_mailing(client, staff, row):
    other = factories.DeliveryFactory(state="uncertain", handed_at=timezone.now())
    said = client.get(LIST, {"mailing": other.mailing.public_id}).content.decode()
    assert other.address in said
    assert row.address not in said


def test_the_list_costs_the_same_for_many(client, staff, django_assert_max_num_queries):
    rendering = factories.RenderingFactory()
    for _n in range(12):
        factories.DeliveryFactory(
            rendering=rendering, state="uncertain", handed_at=timezone.now()
        )
    client.get(LIST)
    with django_assert_max_num_queries(12):
        client.get(LIST)


@pytest.mark.parametrize("word", ["arrived", "again"])
def test_looking_at_the_question_changes_nothing(client, staff, row, word):
    response = client.get(settle(word), {"id": row.public_id})
    assert row.address in response.content.decode()
    assert state_of(row) == "uncertain"


@pytest.mark.parametrize(("word", "state"), [("arrived", "sent"), ("again", "pending")])
def test_the_word_is_taken_after_the_question(client, staff, row, word, state):
    client.post(settle(word), {"id": row.public_id})
    assert state_of(row) == state


def test_without_the_right_to_change_deliveries_the_word_is_refused(client, staff, row):
    staff.groups.get().permissions.filter(codename="change_delivery").delete()
    client.post(settle("again"), {"id": row.public_id})
    assert state_of(row) == "uncertain"


def test_a_word_without_a_message_leads_back_to_the_list(client, staff):
    assert client.get(settle("again")).url == LIST


@pytest.mark.parametrize("path", [settle("burn"), settle("again") + "?id=x"])
def test_what_is_no_word_or_no_message_is_no_page(client, staff, path):
    assert client.get(path).status_code == 404


def test_the_ledger_asks_about_a_message_whose_end_is_unknown(client, staff, row):
    page = reverse("crm_ledgers_deliveries_modeladmin_inspect", args=[row.pk])
    assert settle("arrived") in client.get(page).content.decode()

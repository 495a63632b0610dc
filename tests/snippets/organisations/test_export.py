import pytest
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db


def exported(client):
    answer = client.get(reverse("crm_organisation:index"), {"export": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return text.splitlines()


def test_the_export_holds_what_the_list_shows(login, owner):
    firm = factories.OrganisationFactory(name="Kita Foods")
    factories.PurchaseFactory(organisation=firm, amount=5000)
    heading, row = exported(login(owner))
    assert heading == "Name,Name (kana),Phone,Postal address,People,Net sales"
    assert row.startswith("Kita Foods,")
    assert "5000" in row


def test_without_the_right_nothing_is_exported(login, role):
    client = login(role("staff"))
    answer = client.get(reverse("crm_organisation:index"), {"export": "csv"})
    assert answer.status_code == 302


def test_the_export_costs_the_same_for_many(
    login, owner, django_assert_max_num_queries
):
    client = login(owner)
    factories.OrganisationFactory.create_batch(20)
    with django_assert_max_num_queries(20):
        assert len(exported(client)) == 21

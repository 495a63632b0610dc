import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_plugin.contacts import values
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
    shown = "Name,Name (kana),Phone,Postal address,People,Net sales"
    assert heading == f"{shown},Postcode,Website,Owner,Note"
    assert row.startswith("Kita Foods,")
    assert "5000" in row


def test_the_export_holds_what_the_record_says(login, owner):
    firm = factories.OrganisationFactory(
        postal_code="070-0030",
        website="https://kita.example",
        owner=owner,
        note="Prefers letters.",
    )
    factories.AttributeFactory(
        key="size", label="Size", type="text", describes="organisation"
    )
    factories.AttributeFactory(key="tea", label="Tea", type="text")
    values.write({firm.pk: {"size": "large"}}, noun="organisation", by=None)
    heading, row = exported(login(owner))
    assert heading.endswith(",Note,Size")
    ending = f"070-0030,https://kita.example,{owner},Prefers letters.,large"
    assert row.endswith(ending)


def test_without_the_right_nothing_is_exported(login, role):
    client = login(role("staff"))
    answer = client.get(reverse("crm_organisation:index"), {"export": "csv"})
    assert answer.status_code == 302


def test_the_export_costs_the_same_for_many(login, owner):
    client = login(owner)
    factories.AttributeFactory(
        key="size", type="text", describes="organisation", sensitive=True
    )

    def cost(count):
        firms = factories.OrganisationFactory.create_batch(count, owner=owner)
        told = {firm.pk: {"size": "large"} for firm in firms}
        values.write(told, noun="organisation", by=None)
        with CaptureQueriesContext(connection) as asked:
            exported(client)
        return len(asked)

    cost(1)
    assert cost(1) == cost(20)

"""The list of purchases, narrowed to an organisation or searched for its name."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm_plugin import normalise
from crm_plugin.models import CrmSettings
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/crm/purchases/"


@pytest.fixture
def staff(role, client):
    user = role("staff")
    client.force_login(user)
    return user


def test_without_an_organisation_in_question_none_is_offered(staff, client):
    factories.PurchaseFactory(organisation=factories.OrganisationFactory())
    page = client.get(LIST).content.decode()
    assert "id_organisation" not in page


def test_who_sees_no_organisations_narrows_by_none(staff, client):
    firm = factories.OrganisationFactory(name="ひかり")
    factories.PurchaseFactory(organisation=firm, amount=333)
    CrmSettings.objects.create(consumers_only=True)
    page = client.get(LIST, {"organisation": firm.pk}).content.decode()
    assert "ひかり" not in page
    assert "id_organisation" not in page


@pytest.mark.parametrize("asked", ["999999", "x", "9" * 30, ["1", "2"]])
def test_an_organisation_that_nobody_knows_breaks_nothing(staff, client, asked):
    assert client.get(LIST, {"organisation": asked}).status_code == 200


def test_a_narrowed_list_asks_the_same_number_of_questions_for_many(staff, client):
    firm = factories.OrganisationFactory()

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST, {"organisation": firm.pk})
        return len(queries)

    factories.PurchaseFactory(organisation=firm)
    count()
    few = count()
    factories.OrganisationFactory.create_batch(5)
    factories.PurchaseFactory.create_batch(20, organisation=firm)
    assert count() == few


def test_purchases_are_found_by_the_name_of_the_organisation(staff, client):
    factories.PurchaseFactory(amount=1200)
    name = "株式会社ひかり"
    firm = factories.OrganisationFactory(
        name=name, name_norm=normalise.organisation(name)
    )
    factories.PurchaseFactory(contact=None, organisation=firm, amount=333)
    page = client.get(LIST, {"q": "ひかり"}).content.decode()
    assert "¥333" in page
    assert "¥1,200" not in page


def test_the_record_of_a_firm_leads_to_all_its_purchases(staff, client):
    firm = factories.OrganisationFactory()
    factories.PurchaseFactory.create_batch(10, organisation=firm)
    assert f"{LIST}?" not in client.get(firm.get_admin_url()).content.decode()
    factories.PurchaseFactory(contact=None, organisation=firm)
    page = client.get(firm.get_admin_url()).content.decode()
    assert f'href="{LIST}?organisation={firm.pk}"' in page
    assert "All 11 purchases" in page

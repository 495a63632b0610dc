import pytest

from crm_plugin.contacts import records
from tests import factories


@pytest.fixture
def as_owner(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def hikari(db):
    contact = records.create_contact(
        {
            "contact.name": "佐藤 花子",
            "organisation.name": "株式会社ひかり",
            "affiliation.title": "総務部長",
        }
    )
    return contact.affiliations.get().organisation


@pytest.fixture
def place(hikari):
    return hikari.affiliations.get()


@pytest.fixture
def sales_per_year(db):
    return factories.AttributeFactory(
        key="sales", label="Sales", type="number", describes="organisation", dated=True
    )

"""A record is archived at the end of its page, found again, and brought back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_plugin.models import Contact
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["contact", "organisation"])
def noun(request):
    return request.param


@pytest.fixture
def record(noun):
    make = {
        "contact": lambda: factories.ContactFactory(family_name="片桐"),
        "organisation": lambda: factories.OrganisationFactory(name="片桐印刷"),
    }
    return make[noun]()


def test_staff_archive_a_record_and_bring_it_back(login, role, record, noun):
    client = login(role("staff"))
    page = record.get_admin_url()
    assert "Archive this record" in client.get(page).content.decode()
    address = reverse(f"crm_{noun}:archive", args=[record.pk])
    answer = client.post(address, {"do": "archive"}, follow=True).content.decode()
    assert "is archived. Nothing was deleted." in answer
    assert "It stands in no list" in answer or "it stands in no list" in answer
    everything = client.get(reverse(f"crm_{noun}:index")).content.decode()
    assert page not in everything
    assert reverse(f"crm_{noun}:archived") in everything
    archived = client.get(reverse(f"crm_{noun}:archived")).content.decode()
    assert page in archived
    client.post(address, {"do": "bring_back"})
    assert page in client.get(reverse(f"crm_{noun}:index")).content.decode()
    empty = client.get(reverse(f"crm_{noun}:archived")).content.decode()
    assert "Nothing is archived." in empty


def test_who_may_only_read_sees_that_it_is_archived_and_no_button(
    login, role, owner, record, noun
):
    login(owner).post(reverse(f"crm_{noun}:archive", args=[record.pk]))
    page = login(role("marketer")).get(record.get_admin_url()).content.decode()
    assert "This record is archived" in page
    assert "Bring it back" not in page


def test_the_list_of_the_archived_asks_as_much_for_many_as_for_one(login, owner):
    client = login(owner)
    counts = []
    for number in (1, 8):
        made = factories.ContactFactory.create_batch(number)
        Contact.objects.update(archived_at=made[0].created_at)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("crm_contact:archived"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_organisations_cannot_be_archived_where_they_are_hidden(login, owner):
    from crm_plugin.conf import CrmSettings

    firm = factories.OrganisationFactory()
    CrmSettings.objects.create(consumers_only=True)
    address = reverse("crm_organisation:archive", args=[firm.pk])
    assert login(owner).post(address).status_code == 404

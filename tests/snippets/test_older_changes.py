"""Every record tells all its changes: a page of them, and the way to older ones."""

import html
import re

import pytest
from django.urls import reverse

from crm_plugin import journal
from crm_plugin.conf import CrmSettings
from crm_plugin.sales import deals
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stages")]
LINK = r'<a href="([^"]*)">Older changes</a>'
BACK = r'<a href="([^"]*)">Newest changes</a>'


def organisation():
    row = factories.OrganisationFactory()
    return row, "phone", reverse("crm_organisation:inspect", args=[row.pk])


def deal():
    contact = factories.ContactFactory()
    row = deals.open_deal("Catering", contact=contact, by=None)
    return row, "title", reverse("crm_deal:inspect", args=[row.pk])


def purchase():
    row = factories.PurchaseFactory()
    return row, "external_id", reverse("crm_purchase:edit", args=[row.pk])


def topic():
    row = factories.TopicFactory()
    return row, "name", reverse("crm_topic:edit", args=[row.pk])


def settings():
    row = CrmSettings.load()
    row.save()
    return row, "business_name", reverse("crm_settings:edit")


@pytest.fixture(params=[organisation, deal, purchase, topic, settings])
def record(request, client, owner):
    """(url, edit): a record's screen, and what edits it so many times."""
    row, field, url = request.param()
    model, numbers = row._meta.model_name, iter(range(1_000))

    def edit(times):
        for _time in range(times):
            said = f"Edit {next(numbers):03}!"
            entry = (model, row.pk, field, "", said, row.pk)
            journal.record("edit", [entry], by=owner)

    client.force_login(owner)
    return url, edit


def told(client, url, query="", **data):
    page = client.get(url + html.unescape(query).split("#")[0], data).content.decode()
    return re.findall(r"Edit \d\d\d!", page), page


def way(pattern, page):
    found = re.search(pattern, page)
    return found and found[1]


def test_the_oldest_change_is_reached_page_by_page(client, record):
    url, edit = record
    edit(45)
    newest, page = told(client, url)
    older, following = told(client, url, way(LINK, page))
    seen = newest + older
    if link := way(LINK, following):
        oldest, following = told(client, url, link)
        seen += oldest
    assert seen == [f"Edit {number:03}!" for number in reversed(range(45))]
    assert way(LINK, following) is None
    assert told(client, url, way(BACK, following))[0] == newest
    assert way(BACK, page) is None


def test_few_changes_have_no_further_page(client, record):
    url, edit = record
    edit(15)
    assert way(LINK, told(client, url)[1]) is None


@pytest.mark.parametrize("before", ["", "x", "-3", "0", "²", "1.5", "9" * 5_000])
def test_what_names_no_change_changes_nothing(client, record, before):
    url, edit = record
    edit(35)
    found, page = told(client, url, changes_before=before)
    assert found == told(client, url)[0]
    assert way(BACK, page) is None


def test_what_else_was_asked_for_is_kept(client, record):
    url, edit = record
    edit(35)
    page = told(client, url, kind="calls", changes_before="x")[1]
    assert way(LINK, page).startswith("?kind=calls&amp;changes_before=")


def test_it_asks_as_much_for_many_changes_as_for_one(
    client, record, django_assert_max_num_queries
):
    url, edit = record
    edit(1)
    client.get(url)
    with django_assert_max_num_queries(80) as few:
        client.get(url)
    most = len(few)
    edit(45)
    page = told(client, url)[1]
    for query in ("", way(LINK, page)):
        with django_assert_max_num_queries(most):
            told(client, url, query)

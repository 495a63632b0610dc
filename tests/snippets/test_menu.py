"""The menu of the CRM: each role finds what it may open, and nothing else."""

import pytest
from django.test import RequestFactory
from django.urls import reverse

from crm_plugin.wagtail_hooks import crm_menu, ledger_menu, settings_menu

pytestmark = pytest.mark.django_db
MENUS = (crm_menu, settings_menu, ledger_menu)
EVERYBODY = """
    CRM home, Today, Inquiries, Bookings, Contacts, Organisations, Touchpoints,
    Purchases, Deals, Reports, Segments, Groups without overlap, Scores, Campaigns,
    Members' pages, Attributes, Categories, Topics, Services, Products and services,
    Plans and levels, Stages of deals, Reasons for losing,
    Consent events, Deliveries, May have arrived
"""
COUNTER = """
    Call, Counter, Duplicates, Imports, Import rows, Submissions, Rooms and people
"""
LETTERS = "Message templates, Senders"
RESERVED = """
    Business and defaults, Evidence of consents, Members' pages seen,
    Views of sensitive values
"""
SEEN = {
    "marketer": (EVERYBODY, LETTERS),
    "staff": (EVERYBODY, COUNTER),
    "owner": (EVERYBODY, COUNTER, LETTERS, RESERVED),
}


def offered(user):
    """``{label: address}`` of every item that leads somewhere."""
    request = RequestFactory().get(reverse("wagtailadmin_home"))
    request.user = user
    items = [item for menu in MENUS for item in menu.menu_items_for_request(request)]
    return {str(item.label): item.url for item in items if item.url != "#"}


def named(*lists):
    return {" ".join(label.split()) for words in lists for label in words.split(",")}


@pytest.mark.parametrize("name", SEEN)
def test_each_role_sees_its_own_items(role, name):
    assert set(offered(role(name))) == named(*SEEN[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEN)
def test_no_item_leads_where_the_role_may_not_go(client, role, name):
    user = role(name)
    client.force_login(user)
    answers = {
        label: client.get(url).status_code for label, url in offered(user).items()
    }
    assert {label: code for label, code in answers.items() if code != 200} == {}


def test_who_has_no_right_in_the_crm_has_no_menu_of_it(outsider):
    assert offered(outsider) == {}

"""What happened with an organisation's people, on its record."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_plugin import models
from crm_plugin.sales import deals
from crm_plugin.snippets.contacts import story
from crm_plugin.touchpoints import follow_ups, inquiries
from crm_plugin.touchpoints.people import People
from tests import factories

pytestmark = pytest.mark.django_db


def ago(days, hours=0):
    return timezone.now() - dt.timedelta(days=days, hours=hours)


def day(days):
    return timezone.localdate() - dt.timedelta(days=days)


@pytest.fixture
def person(place):
    return place.contact


@pytest.fixture
def told(hikari, owner):
    """The titles on the first page, or on the one of *asked*."""

    def read(user=owner, **asked):
        wanted = story.Filter.read(asked)
        found = story.page(People(hikari, user), wanted, user=user)
        return [entry.title for entry in found.entries]

    return read


def touch(contact, summary, days=1, **more):
    return factories.TouchpointFactory(
        contact=contact, summary=summary, at=ago(days), **more
    )


def test_it_tells_everything_that_happened_with_them_newest_first(person, told, owner):
    touch(person, "Called", 9, kind="call", channel="phone")
    deal = factories.DealFactory(contact=person, title="New ovens")
    models.Deal.objects.filter(pk=deal.pk).update(opened_at=ago(8))
    factories.PurchaseFactory(contact=person, at=ago(7))
    booking = factories.BookingFactory(contact=person)
    models.Booking.objects.filter(pk=booking.pk).update(created_at=ago(6))
    delivery = factories.DeliveryFactory(
        contact=person,
        point=factories.PointFactory(contact=person),
        state="sent",
        handed_at=ago(5),
    )
    models.Response.objects.create(delivery=delivery, kind="unsubscribe", at=ago(4))
    inquiry = factories.InquiryFactory(contact=person, reference="Q-7")
    inquiries.close(inquiry, by=owner)
    models.Inquiry.objects.update(closed_at=ago(3))
    step = follow_ups.plan(person, due_on=day(2), what="Send prices")
    follow_ups.done(step, by=owner)
    kinds = [title.split(":")[0] for title in told()]
    assert kinds[0] == "Follow-up done"
    assert kinds[1] == "Inquiry Q-7 answered"
    assert kinds[2] == models.Response.Kind.UNSUBSCRIBE.label
    assert kinds[4:] == ["Booked", "Purchase", "Deal opened", "Called"]


def test_it_tells_only_what_was_while_they_belonged_there(place, person, told):
    models.Affiliation.objects.filter(pk=place.pk).update(
        started_on=day(20), ended_on=day(10)
    )
    for days in (21, 20, 15, 10, 9):
        touch(person, f"{days} days ago", days)
    factories.PurchaseFactory(contact=person, at=ago(2))
    assert told() == ["10 days ago", "15 days ago", "20 days ago"]


def test_who_came_back_is_told_of_both_times(hikari, place, person, told):
    models.Affiliation.objects.filter(pk=place.pk).update(ended_on=day(20))
    hikari.affiliations.create(contact=person, started_on=day(5))
    for days in (30, 10, 3):
        touch(person, f"{days} days ago", days)
    assert told() == ["3 days ago", "30 days ago"]


def test_a_sale_and_a_won_deal_of_the_firm_alone_are_told(hikari, told, owner, staff):
    factories.DealStageFactory(key="won", kind="won")
    deal = factories.DealFactory(title="Ovens", contact=None, organisation=hikari)
    models.Deal.objects.update(opened_at=ago(8))
    deal.refresh_from_db()
    deals.win(deal, by=owner, at=ago(5))
    factories.PurchaseFactory(contact=None, organisation=hikari, at=ago(3))
    stranger = factories.ContactFactory()
    factories.PurchaseFactory(contact=stranger, organisation=hikari, at=ago(1))
    titles = ["Purchase", "Purchase", "Deal won: Ovens", "Deal opened: Ovens"]
    assert told() == titles
    assert told(kind="business", text="ovens") == titles[2:]
    html = staff.get(hikari.get_admin_url()).content.decode()
    story_html = html[html.index('id="story"') :]
    assert "Deal won: Ovens" in story_html
    assert str(stranger) in story_html


def test_what_was_sold_to_the_firm_and_to_its_people_is_told_once(hikari, person, told):
    factories.PurchaseFactory(contact=person, organisation=hikari)
    factories.DealFactory(title="Ovens", contact=person, organisation=hikari)
    assert sorted(told()) == ["Deal opened: Ovens", "Purchase"]


def test_another_firms_sales_and_deals_stay_out(told):
    other = factories.OrganisationFactory()
    factories.PurchaseFactory(contact=None, organisation=other)
    factories.DealFactory(contact=None, organisation=other)
    assert told() == []


def test_whose_name_one_may_not_see_is_not_told(hikari, told, role):
    user = role("staff")
    user.groups.get().permissions.remove(
        Permission.objects.get(codename="view_contact")
    )
    factories.PurchaseFactory(contact__family_name="鈴木", organisation=hikari)
    found = story.page(People(hikari, user), story.Filter.read({}), user=user)
    assert [(e.title, e.contact) for e in found.entries] == [("Purchase", None)]


def test_others_stay_out(told):
    touch(factories.ContactFactory(), "Somebody else")
    assert told() == []


def test_it_is_narrowed_like_the_story_of_a_contact(person, told):
    touch(person, "Called", 2, kind="call", channel="phone", phase="sales")
    touch(person, "Came by", 1, kind="visit", channel="shop", phase="support")
    factories.PurchaseFactory(contact=person, at=ago(3), channel="shop")
    assert told(channel="phone") == ["Called"]
    assert told(kind="business") == ["Purchase"]
    assert told(phase="support") == ["Came by"]
    assert told(text="called") == ["Called"]


def test_nothing_without_the_right_to_see_contacts(person, told, role):
    touch(person, "Called")
    user = role("staff")
    user.groups.get().permissions.remove(
        Permission.objects.get(codename="view_contact")
    )
    assert told(user=user) == []


def test_the_record_names_whom_an_entry_is_about(hikari, person, staff):
    touch(person, "Called about ovens")
    html = staff.get(hikari.get_admin_url()).content.decode()
    entry = html[html.index("Called about ovens") :][:600]
    assert str(person) in entry
    assert person.get_admin_url() in entry


def test_the_next_page_is_loaded_as_one_scrolls(hikari, person, staff):
    for number in range(story.PAGE + 5):
        touch(person, f"No. {number:03}", number + 1)
    html = staff.get(hikari.get_admin_url()).content.decode()
    assert f"No. {story.PAGE - 1:03}" in html
    assert f"No. {story.PAGE:03}" not in html
    url = reverse("crm_organisation:story", args=[hikari.pk])
    assert f'data-crm-more="{url}?before=' in html
    before = html.split(f'data-crm-more="{url}?')[1].split('"')[0]
    page = staff.get(f"{url}?{before}").content.decode()
    assert "<html" not in page
    assert "No. 034" in page
    assert "data-crm-more" not in page


def test_it_costs_the_same_for_many_people(hikari, person, owner):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            found = story.page(People(hikari, owner), story.Filter.read({}), user=owner)
        return len(queries), len(found.entries)

    touch(person, "First")
    factories.PurchaseFactory(contact=person)
    owner.has_perm("crm_plugin.view_contact")
    few, two = cost()
    assert two == 2
    for one in factories.ContactFactory.create_batch(6):
        hikari.affiliations.create(contact=one)
        touch(one, "Hello")
        factories.PurchaseFactory(contact=one)
        factories.PurchaseFactory(contact=None, organisation=hikari)
        factories.DealFactory(contact=None, organisation=hikari)
    many, entries = cost()
    assert entries == 26
    assert many == few

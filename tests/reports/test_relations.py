import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from django.utils import timezone

from crm_plugin import models
from crm_plugin.reports import kpi
from crm_plugin.reports.sources import MOST
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def new(channel="", *, net=0, source="", referrer="", **more):
    contact = factories.ContactFactory(**more)
    if channel:
        models.FirstTouch.objects.create(
            contact=contact,
            channel=channel,
            source=source,
            referrer=referrer,
            at=timezone.now(),
        )
    if net:
        models.ContactSales.objects.create(
            contact=contact, net=net, net_365=net, count=1
        )
    return contact


def told(cell):
    return f"{cell:.0f}" if isinstance(cell, Decimal) else str(cell)


def rows(name, user=None):
    """The table as text; SQLite and PostgreSQL differ in the zeros of an amount."""
    return [list(map(told, row)) for row in kpi.get(name).result(user).rows]


def test_new_contacts_and_their_sales_by_source_and_by_what_they_say():
    new("web", net=500, heard_from="search")
    new("web", heard_from="search")
    new("business_card", net=900)
    assert rows("sources") == [
        ["First channel", "web", "2", "1", "500"],
        ["First channel", "business card", "1", "1", "900"],
        ["Source", "web", "2", "1", "500"],
        ["Source", "business card", "1", "1", "900"],
        ["Heard of us from", "internet search", "2", "1", "500"],
        ["Heard of us from", "not asked", "1", "1", "900"],
    ]


def test_the_sources_of_one_channel_are_told_apart_with_their_sales():
    new("web", source="instagram", referrer="https://town.example/", net=500)
    new("web", source="instagram")
    new("web", source="instagram", net=200)
    new("web", source="leaflet", net=900)
    new("web", source="leaflet")
    assert rows("sources")[:3] == [
        ["First channel", "web", "5", "3", "1600"],
        ["Source", "web · instagram", "3", "2", "700"],
        ["Source", "web · leaflet", "2", "1", "900"],
    ]


def test_without_a_name_the_site_that_led_here_is_the_source():
    for referrer in (
        "https://www.town.example/shops/food",
        "http://Town.example",
        "https://town.example/",
        "",
        "nonsense",
        "https://",
    ):
        new("web", referrer=referrer)
    assert [row[1:3] for row in rows("sources") if row[0] == "Source"] == [
        ["web", "3"],
        ["web · town.example", "3"],
    ]


def test_a_bar_leads_to_exactly_those_it_counts(client, owner):
    new("shop")
    new("web", source="instagram", family_name="山田")
    new("web", referrer="https://town.example/")
    client.force_login(owner)
    bars = kpi.get("sources").result().charts[1].items
    links = {item.label: item.url for item in bars}
    assert links["web · town.example"] == ""
    for label in ("web · instagram", "shop"):
        listed = client.get(links[label]).context["object_list"]
        assert len(listed) == 1


def test_of_many_sources_the_rest_is_told_together():
    for number in range(MOST + 3):
        new("web", source=f"s{number:02}", net=10)
    new("web", source="s00")
    new("shop")
    found = [row[1:] for row in rows("sources") if row[0] == "Source"]
    assert found[0] == ["web · s00", "2", "1", "10"]
    assert len(found) == MOST + 1
    assert found[-1] == ["other sources", "4", "4", "40"]
    channels = [row[1:] for row in rows("sources") if row[0] == "First channel"]
    assert channels == [
        ["web", str(MOST + 4), str(MOST + 3), str(10 * (MOST + 3))],
        ["shop", "1", "0", "0"],
    ]


def test_introducers_are_told_with_the_sales_they_brought(owner):
    friend = new(family_name="山田", given_name="一郎")
    new(introduced_by=friend, net=700)
    new(introduced_by=friend)
    assert rows("introducers", owner) == [["山田 一郎", "2", "1", "700"]]


def test_without_the_right_introducers_have_no_names(client):
    friend = new(family_name="山田")
    new(introduced_by=friend, net=700)
    reader = User.objects.create_user("reader", password="reader")
    names = ("access_admin", "view_campaign")
    reader.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client.force_login(reader)
    text = client.get(reverse("crm_report:show", args=["introducers"])).content.decode()
    assert "山田" not in text
    assert "700" in text


def test_a_touchpoint_counts_for_the_stage_of_its_day():
    contact = factories.ContactFactory()
    today = timezone.localdate()
    change = today - dt.timedelta(days=10)
    for stage, start, end in (
        ("prospect", today - dt.timedelta(days=100), change),
        ("first", change, None),
    ):
        models.StagePeriod.objects.create(
            contact=contact, stage=stage, started_on=start, ended_on=end
        )
    for days, channel in ((20, "phone"), (11, "phone"), (10, "shop"), (0, "shop")):
        at = timezone.now() - dt.timedelta(days=days)
        factories.TouchpointFactory(contact=contact, at=at, channel=channel)
    found = {row[0]: row[1:] for row in rows("stage_channel")}
    headings = kpi.get("stage_channel").result().headings
    assert headings == ["Stage", "phone", "shop"]
    assert (found["prospect"], found["first use"]) == (["2", "0"], ["0", "2"])


def test_the_four_squares_hold_everybody_once():
    for days, net in ((20, 900), (20, 10), (1, 800), (1, 20), (1, 5)):
        contact = new(net=net)
        models.ContactFrequency.objects.create(contact=contact, days_365=days)
    found = [row[1:] for row in rows("frequency_sales")]
    assert found == [["1", "900"], ["1", "10"], ["0", "0"], ["3", "825"]]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("sources", 3),
        ("introducers", 2),
        ("stage_channel", 1),
        ("frequency_sales", 6),
    ],
)
def test_their_queries_do_not_grow(name, most, owner, django_assert_max_num_queries):
    friend = new("web", net=100)
    for _ in range(4):
        new("web", introduced_by=friend, net=100)
    kpi.get(name).result(owner)
    with django_assert_max_num_queries(most):
        kpi.get(name).result(owner)


@pytest.mark.parametrize(("count", "asked"), [(1, 3), (MOST, 3), (MOST + 9, 4)])
def test_many_sources_ask_once_more_for_the_rest(
    count, asked, django_assert_num_queries
):
    for number in range(count):
        new("web", source=f"s{number}")
    with django_assert_num_queries(asked):
        kpi.get("sources").result()

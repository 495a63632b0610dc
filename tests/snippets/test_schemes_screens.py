"""The pages about schemes: who may choose earlier or later, and what stands still."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from crm_plugin import queue
from crm_plugin.models import Segment
from crm_plugin.segments import schemes
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db
GONE = [condition("consent", topic="news", state="granted")]


def answers(*answers):
    return [condition("heard_from", answers=list(answers))]


@pytest.fixture
def scheme(owner):
    classes = [
        {"key": "japanese", "name": "Japanese", "rule": answers("other")},
        {"key": "found", "name": "Found us", "rule": answers("search")},
        {"key": "social", "name": "Social", "rule": answers("sns")},
    ]
    made = schemes.create("kinds", "Kinds", classes=classes, by=owner)
    queue.run_due("segment")
    return made


@pytest.fixture
def pages(client, owner, scheme):
    """The list of schemes and the page of one, as the owner reads them."""
    client.force_login(owner)
    urls = [
        reverse("crm_scheme:index"),
        reverse("crm_scheme:scheme", args=[scheme.pk]),
    ]
    return lambda: [client.get(url).text for url in urls]


def offered(page):
    """``[(class, earlier or later)]``: the buttons of the page."""
    return re.findall(r">([^<>]+) chooses (earlier|later)<", page)


def test_the_first_chooses_no_earlier_and_the_last_before_the_rest_no_later(pages):
    _list, page = pages()
    assert offered(page) == [
        ("Japanese", "later"),
        ("Found us", "earlier"),
        ("Found us", "later"),
        ("Social", "earlier"),
    ]


def test_a_single_group_chooses_neither_earlier_nor_later(pages, scheme):
    Segment.objects.filter(key__in=("found", "social")).delete()
    _list, page = pages()
    assert offered(page) == []
    assert reverse("crm_segment:edit", args=[scheme.classes.get(rest=False).pk]) in page


def test_every_button_moves_its_group(pages, scheme, owner):
    _list, page = pages()
    for name, way in offered(page):
        segment = Segment.objects.get(name=name)
        step = {"earlier": -1, "later": 1}[way]
        assert schemes.move(segment, step, by=owner)
        segment.refresh_from_db()
        assert schemes.move(segment, -step, by=owner)


@pytest.fixture
def still(scheme):
    rows = Segment.objects.filter(key="found")
    rows.update(rule=GONE, frozen_at=timezone.now())
    return rows.get()


def test_a_group_that_stands_still_is_named_with_the_reason(pages, still):
    for page in pages():
        assert "Stands still since" in page
        assert "The topic “news” is gone" in page
        assert "Until then nobody moves between the groups of “Kinds”." in page
        assert page.count("Stands still since") == 1


def test_the_groups_that_only_wait_for_it_are_not_blamed(pages, scheme, still):
    scheme.classes.update(frozen_at=timezone.now())
    for page in pages():
        assert page.count("Stands still since") == 1
        assert "The topic “news” is gone" in page


def test_it_is_said_in_japanese_too(pages, still, owner):
    UserProfile.objects.create(user=owner, preferred_language="ja")
    for page in pages():
        assert "更新が止まっています" in page
        assert "それまで「Kinds」の区分の間の移動は行われません。" in page


def test_where_nothing_stands_still_nothing_is_said(pages):
    for page in pages():
        assert "Stands still" not in page
        assert "nobody moves" not in page


def test_one_that_is_not_in_force_does_not_stand_still(pages, still):
    Segment.objects.filter(pk=still.pk).update(live=False)
    for page in pages():
        assert "Stands still" not in page


def test_many_that_stand_still_cost_no_query_each(pages, scheme, still):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            found = [page.count("Stands still since") for page in pages()]
        return len(asked), found

    cost()  # what is read once in a process
    one, _found = cost()
    for number in range(5):
        factories.SegmentFactory(
            name=f"More {number}",
            rule=GONE,
            scheme=scheme,
            place=10 + number,
            frozen_at=timezone.now(),
        )
    assert cost() == (one, [6, 6])

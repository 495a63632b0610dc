import datetime as dt
import re

import pytest
from django.urls import reverse

from crm_plugin.segments.ready_made import condition
from crm_plugin.snippets.contacts import facts, why
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, owner, contact):
    """The page that says in which segments the contact is, and why."""
    client.force_login(owner)
    url = reverse("crm_contact:why", args=[contact.pk])
    return lambda **asked: client.get(url, asked)


def named(response):
    return [entry.segment.name for entry in response.context["told"]]


def test_who_is_in_the_last_by_name_reads_it_first_and_pages_to_the_others(
    page, contact, monkeypatch
):
    monkeypatch.setattr(why, "PER_PAGE", 2)
    rule = [condition("late")]
    a, b, c = [factories.SegmentFactory(name=name, rule=rule) for name in "ABC"]
    factories.MembershipFactory(contact=contact, segment=c)
    first = page()
    assert named(first) == ["C", "A"]
    assert "?p=2" in first.text
    assert named(page(p=2)) == ["B"]


@pytest.mark.parametrize(("most", "more"), [(7, "and 1 more"), (8, "")])
def test_the_card_says_how_many_segments_it_leaves_out(
    client, owner, contact, monkeypatch, most, more
):
    monkeypatch.setattr(facts, "SEGMENTS", most)
    for _number in range(8):
        factories.MembershipFactory(contact=contact)
    client.force_login(owner)
    response = client.get(contact.get_admin_url())
    assert len(response.context["segments"]) == most
    assert re.findall(r"and \d+ more", response.text) == ([more] if more else [])


def test_each_segment_tells_since_when_and_which_stays_are_over(
    page, contact, monkeypatch
):
    monkeypatch.setattr(why, "STAYS", 2)
    segment = factories.SegmentFactory(rule=[condition("late")])
    for year in (2021, 2023, 2025):
        factories.MembershipFactory(
            contact=contact,
            segment=segment,
            entered_at=dt.datetime(year, 3, 4, tzinfo=dt.UTC),
            left_at=dt.datetime(year, 5, 6, tzinfo=dt.UTC) if year < 2025 else None,
        )
    text = page().text
    assert "since 03/04/2025" in text
    assert "03/04/2023 – 05/06/2023" in text
    assert "Earlier stays" in text
    assert "03/04/2021" not in text

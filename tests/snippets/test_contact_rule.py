"""A whole rule in the address of the list: where the figures of reports lead."""

import json
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from crm_plugin import queue
from crm_plugin.contacts import bulk
from crm_plugin.models import BulkEdit, Segment, SegmentPick
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.ui.addresses import people, picking
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ENGLISH = condition("language", languages=["en"])


@pytest.fixture
def as_owner(login, owner):
    return login(owner)


@pytest.fixture
def guests():
    return [factories.ContactFactory(language=code) for code in ("en", "ja")]


def test_the_list_shows_whom_the_rule_chooses_and_says_it(as_owner, guests):
    english, japanese = guests
    text = as_owner.get(people(ENGLISH)).text
    assert english.name in text
    assert f">{japanese.name}" not in text
    assert "People with language: English" in text


def test_other_filters_narrow_it_further(as_owner, guests):
    text = as_owner.get(people(ENGLISH) + "&language=ja").text
    assert "Nobody matches" in text


def test_it_stays_when_the_filters_are_changed(as_owner, guests):
    text = as_owner.get(people(ENGLISH)).text
    assert 'type="hidden" name="rule"' in text


@pytest.mark.parametrize(
    "said",
    [
        "nonsense",
        "{}",
        "[1]",
        '["x"]',
        '[{"type": "group"}]',
        '[{"type": "nothing", "value": {}}]',
        '[{"type": "language", "value": {"languages": []}}]',
        '[{"type": "language", "value": 3}]',
        '{"type": "language"}',
        "3",
        "null",
        "[" * 2_000,
        '"' + "x" * 5_000 + '"',
        *map(
            json.dumps,
            (
                [condition("pages_read", where="page", page=10**20, how="none")],
                [condition("attribute", attribute="x", operator="is", number="abc")],
                [condition("uses", how="zzz", when="ever")],
                [condition("last_use", when="last", days=10**12)],
                [condition("last_use", when="dates", from_on="9999-99-99")],
                [condition("owner", owner=str(10**30))],
                [condition("name", which="name", test="starts", text="\0")],
                [condition("\ud800")],
                [group("zzz", ENGLISH)],
                [group(None, ENGLISH)],
            ),
        ),
    ],
)
def test_what_is_no_rule_chooses_nobody_and_says_so(as_owner, guests, said):
    shown = as_owner.get(f"{reverse('crm_contact:index')}?{urlencode({'rule': said})}")
    assert shown.status_code == 200
    assert f">{guests[0].name}" not in shown.text
    assert "From a report" in shown.text


def test_a_sensitive_rule_is_refused_without_the_right(login, role, guests):
    factories.taste(guests[0], "lunch", sensitive=True)
    asked = condition(
        "attribute", attribute="taste", operator="one_of", choices=["taste:lunch"]
    )
    text = login(role("marketer")).get(people(asked)).text
    assert "You may not use sensitive attributes." in text
    assert f">{guests[0].name}" not in text


def test_it_is_saved_as_a_segment(as_owner, guests):
    query = people(group("any", ENGLISH)).partition("?")[2]
    as_owner.post(f"{reverse('crm_contact:save_segment')}?{query}")
    segment = Segment.objects.get()
    assert segment.rule[0].block_type == "group"


def test_picking_proposes_a_name_and_says_how_many(as_owner, guests):
    text = as_owner.get(picking("Who came by sheet", ENGLISH)).text
    assert 'value="Who came by sheet"' in text
    assert ">1</strong> contact" in text
    assert not Segment.objects.exists()


def test_picking_puts_exactly_them_into_a_new_segment(as_owner, guests):
    url = picking("Who came by sheet", ENGLISH)
    as_owner.post(url, {"value": "new", "name": "Who came by sheet"})
    queue.run_due(bulk.KIND)
    assert BulkEdit.objects.get().counts["changed"] == 1
    segment = Segment.objects.get(name="Who came by sheet")
    picked = SegmentPick.objects.filter(segment=segment)
    assert [pick.contact for pick in picked] == [guests[0]]


def test_without_the_right_to_pick_there_is_no_such_page(login, role, guests):
    login_as = login(role("staff"))
    shown = login_as.get(picking("Mine", ENGLISH))
    assert "Name of the new segment" not in shown.text


def test_an_address_holds_the_rule_and_nothing_else():
    assert json.loads(_rule(people(ENGLISH))) == [ENGLISH]


def _rule(url):
    from urllib.parse import parse_qs, urlsplit

    return parse_qs(urlsplit(url).query)["rule"][0]

"""Schemes: everybody is in exactly one class, however data and order change."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_plugin import journal, queue, rules
from crm_plugin.contacts import changes
from crm_plugin.contacts.merge import merge_contacts, undo_merge
from crm_plugin.models import (
    Change,
    Contact,
    Segment,
    SegmentMembership,
    SegmentScheme,
    UseCategory,
)
from crm_plugin.queue import Work
from crm_plugin.rules import explain, sentence
from crm_plugin.sales import summaries
from crm_plugin.segments import graph, schemes
from crm_plugin.segments.ready_made import condition, ensure_scheme
from crm_plugin.segments.refresh import refresh
from tests import factories

pytestmark = pytest.mark.django_db
JAPANESE = [condition("language", languages=["ja"])]
FOUND = [condition("heard_from", answers=["search"])]


@pytest.fixture
def scheme(owner):
    made = schemes.create(
        "kinds",
        "Kinds",
        classes=[
            {"key": "japanese", "name": "Japanese", "rule": JAPANESE},
            {"key": "found", "name": "Found us", "rule": FOUND},
        ],
        by=owner,
    )
    queue.run_due("segment")
    return made


def settle():
    while changes.drain():
        pass
    queue.run_due("segment")


def person(language="ja", heard="other"):
    found = factories.ContactFactory(language=language, heard_from=heard)
    changes.note([found.pk], "fields")
    return found


def change(contact, **fields):
    Contact.objects.filter(pk=contact.pk).update(**fields)
    changes.note([contact.pk], "fields")


def where():
    """``{contact: keys of the classes that it is in now}``."""
    found = {pk: [] for pk in Contact.objects.current().values_list("pk", flat=True)}
    rows = SegmentMembership.objects.filter(left_at=None, segment__scheme__isnull=False)
    for pk, key in rows.values_list("contact_id", "segment__key"):
        found.setdefault(pk, []).append(key)
    return found


def test_the_first_class_whose_rule_is_true_takes_a_contact(scheme):
    both, second, neither = person(heard="search"), person("en", "search"), person("en")
    settle()
    assert where() == {
        both.pk: ["japanese"],
        second.pk: ["found"],
        neither.pk: ["kinds-rest"],
    }


def test_who_leaves_one_class_enters_the_next_at_the_same_moment(scheme):
    contact = person(heard="search")
    settle()
    change(contact, language="en")
    settle()
    assert where() == {contact.pk: ["found"]}
    left = SegmentMembership.objects.get(segment__key="japanese")
    entered = SegmentMembership.objects.get(segment__key="found")
    assert left.left_at == entered.entered_at


def test_moving_a_class_lets_it_choose_earlier(scheme):
    contact = person(heard="search")
    settle()
    segment = Segment.objects.get(key="found")
    assert schemes.move(segment, -1, by=None)
    refresh(Segment.objects.get(key="found"))
    assert where() == {contact.pk: ["found"]}
    assert not schemes.move(Segment.objects.get(key="found"), -1, by=None)


def test_a_class_that_is_switched_off_leaves_its_people_to_the_others(scheme, owner):
    contact = person(heard="search")
    settle()
    segment = Segment.objects.get(key="japanese")
    segment.active = False
    segment.save_revision(user=owner).publish(user=owner)
    settle()
    assert where() == {contact.pk: ["found"]}


def test_a_class_that_is_deleted_leaves_its_people_to_the_others(scheme):
    contact = person(heard="search")
    settle()
    Segment.objects.get(key="japanese").delete()
    settle()
    assert where() == {contact.pk: ["found"]}


def test_an_older_revision_brings_no_older_place_back(scheme, owner):
    segment = Segment.objects.get(key="found")
    segment.save_revision(user=owner)
    schemes.move(segment, -1, by=None)
    revision = Segment.objects.get(key="found").latest_revision
    revision.as_object().save_revision(user=owner).publish(user=owner)
    assert Segment.objects.get(key="found").place == 0


def test_a_scheme_without_classes_takes_nobody(owner):
    schemes.create("empty", "Empty", by=owner)
    person()
    settle()
    assert set(map(tuple, where().values())) == {()}


def test_the_explanation_names_the_class_that_came_first(scheme):
    contact = person(heard="search")
    settle()
    second = Segment.objects.get(key="found")
    told = explain(second.tree, contact.pk)
    assert not told.holds
    assert any("language" in line.text and line.holds for line in told.lines)
    assert "without" in sentence(second.tree)


def test_a_class_behind_a_sensitive_one_is_as_sensitive(owner, role):
    factories.AttributeFactory(key="ills", label="Ills", type="text", sensitive=True)
    ill = [condition("attribute", attribute="ills", operator="filled")]
    schemes.create("care", "Care", classes=[{"name": "Ill", "rule": ill}], by=owner)
    visible = Segment.objects.visible_to(role("marketer"))
    assert not visible.filter(scheme__key="care").exists()


@pytest.fixture
def meals(owner):
    """A scheme of whose second class the rule breaks when lunch is deleted."""
    lunch = factories.CategoryFactory(key="lunch")
    rule = [condition("uses", how="at_least", number=1, category="lunch")]
    classes = [
        {"key": "a-japanese", "name": "Japanese", "rule": JAPANESE},
        {"key": "c-lunch", "name": "Lunch", "rule": rule},
    ]
    schemes.create("meals", "Meals", classes=classes, by=owner)
    reads = [condition("segment", segment="a-japanese", state="in")]
    factories.SegmentFactory(key="b-reads", rule=reads)
    return lunch


def diner(lunch, language="en"):
    found = person(language)
    factories.uses(found, 5, category=lunch.key)
    return found


def readers():
    rows = SegmentMembership.objects.filter(left_at=None, segment__key="b-reads")
    return set(rows.values_list("contact_id", flat=True))


def break_lunch(lunch, *, noticed):
    lunch.delete()
    if noticed:
        with pytest.raises(rules.BrokenRule):
            refresh(Segment.objects.get(key="c-lunch"))


def mend_lunch(*diners):
    lunch = factories.CategoryFactory(key="lunch")
    for contact in diners:
        for use in contact.uses.all():
            UseCategory.objects.create(contact=contact, on=use.on, category=lunch)


@pytest.mark.parametrize("noticed", [True, False])
def test_where_one_class_is_frozen_no_class_of_its_scheme_changes(meals, noticed):
    enters, leaves, stays = diner(meals), diner(meals, "ja"), person("en")
    settle()
    before = where()
    assert before == {
        enters.pk: ["c-lunch"],
        leaves.pk: ["a-japanese"],
        stays.pk: ["meals-rest"],
    }
    break_lunch(meals, noticed=noticed)
    change(enters, language="ja")
    change(leaves, language="en")
    settle()
    assert where() == before
    assert readers() == {leaves.pk}
    assert Segment.objects.filter(scheme__key="meals").frozen()
    assert Work.objects.get(kind="segment", key=_key_of("c-lunch")).result["problems"]
    mend_lunch(enters, leaves)
    change(stays, language="ja")
    settle()
    assert where() == {
        enters.pk: ["a-japanese"],
        leaves.pk: ["c-lunch"],
        stays.pk: ["a-japanese"],
    }
    assert readers() == {enters.pk, stays.pk}
    assert not Segment.objects.frozen()
    _stays_never_overlap()


def _key_of(key):
    return str(Segment.objects.get(key=key).pk)


def test_of_two_who_become_one_in_a_scheme_that_stands_still_one_stay_remains(meals):
    eats, speaks, eats_too = diner(meals), person("ja"), diner(meals)
    settle()
    break_lunch(meals, noticed=True)
    before = dict(open_stays())
    for duplicate in (speaks, eats_too):
        operation = merge_contacts(eats, duplicate, by=None)
        settle()
        assert where()[eats.pk] == ["c-lunch"]
        _stays_never_overlap_now()
    undo_merge(operation, by=None)
    settle()
    assert where() == {eats.pk: ["c-lunch"], eats_too.pk: ["c-lunch"]}
    assert before.items() >= dict(open_stays()).items()


def test_who_is_in_no_class_yet_takes_that_of_the_other(meals):
    eats = diner(meals)
    settle()
    break_lunch(meals, noticed=True)
    came_since = person("ja")
    settle()
    merge_contacts(came_since, eats, by=None)
    settle()
    assert where() == {came_since.pk: ["c-lunch"]}


def open_stays():
    rows = SegmentMembership.objects.filter(left_at=None)
    return [((row.segment_id, row.contact_id), row.entered_at) for row in rows]


def _stays_never_overlap_now():
    found = [contact for (_segment, contact), _since in open_stays()]
    assert len(found) == len(set(found))


def test_other_schemes_and_segments_go_on_where_one_stands_still(meals, scheme):
    contact = diner(meals)
    settle()
    break_lunch(meals, noticed=False)
    change(contact, language="ja")
    settle()
    assert sorted(where()[contact.pk]) == ["c-lunch", "japanese"]
    assert Segment.objects.get(key="japanese").size == 1


def test_the_ready_made_stages_hold_everybody_once(owner):
    """No use: new; three stages by the number of uses, two by how long ago."""
    days_ago = {
        "stage-new": (),
        "stage-first": (10,),
        "stage-second": (20, 10),
        "stage-established": (30, 20, 10),
        "stage-dormant": (200,),
        "stage-lost": (600,),
    }
    expected = {}
    for key, days in days_ago.items():
        contact = person()
        if days:
            factories.uses(contact, *days)
        expected[contact.pk] = [key]
    older = person()
    met = timezone.now() - dt.timedelta(days=400)
    Contact.objects.filter(pk=older.pk).update(created_at=met)
    expected[older.pk] = ["stage-prospect"]
    ensure_scheme("stages", by=owner)
    settle()
    assert where() == expected


def test_a_shop_s_own_a_b_c_holds_everybody_once_by_what_they_spent(owner):
    """A: at least three purchases; B: at least one this year; C: any ever; the rest."""
    classes = [
        {"key": f"own-{key}", "name": key.upper(), "rule": [_bought(**fields)]}
        for key, fields in {
            "a": {"number": 3, "when": "last", "days": 365},
            "b": {"number": 1, "when": "last", "days": 365},
            "c": {"number": 1, "when": "ever"},
        }.items()
    ]
    schemes.create("own", "Own", classes=classes, by=owner)
    expected = {}
    for key, days in {
        "own-a": (300, 20, 10),
        "own-b": (500, 400, 10),
        "own-c": (900, 500, 400),
        "own-rest": (),
    }.items():
        contact = person()
        for ago in days:
            at = timezone.now() - dt.timedelta(days=ago)
            factories.PurchaseFactory(contact=contact, at=at)
        expected[contact.pk] = [key]
    changes.note(expected, "purchases")
    settle()
    assert where() == expected
    last = list(expected)[-1]
    for _each in range(3):
        factories.PurchaseFactory(contact=Contact.objects.get(pk=last))
    changes.note([last], "purchases")
    settle()
    assert where() == {**expected, last: ["own-a"]}


def _bought(**fields):
    return condition("purchases", measure="count", how="at_least", **fields)


# Days since the last purchase, how often, for how much: a fifth each, five people.
BUYERS = {
    "rfm-best": (1, 10, 1_000),
    "rfm-promising": (10, 1, 50),
    "rfm-loyal": (20, 8, 100),
    "rfm-slipping": (100, 5, 60),
    "rfm-seldom": (200, 2, 40),
}


def test_who_bought_is_told_apart_by_when_how_often_and_for_how_much(owner):
    expected = {person().pk: ["rfm-rest"]}
    for key, (days, times, amount) in BUYERS.items():
        contact = person()
        expected[contact.pk] = [key]
        at = timezone.now() - dt.timedelta(days=days)
        for _each in range(times):
            factories.PurchaseFactory(contact=contact, at=at, amount=amount)
        summaries.recompute([contact.pk])
    ensure_scheme("rfm", by=owner)
    settle()
    assert where() == expected


@pytest.mark.parametrize("key", ["stages", "abc", "rfm"])
def test_a_ready_made_scheme_is_made_once(owner, key):
    assert ensure_scheme(key, by=owner) == ensure_scheme(key, by=owner)
    assert SegmentScheme.objects.count() == 1


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["language", "heard_from", "new", "archive", "move", "full"]
            ),
            st.integers(0, 4),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_whatever_happens_everybody_is_in_exactly_one_class(scheme, acts):
    people = [person() for _each in range(3)]
    for act, number, flag in acts:
        contact = people[number % len(people)]
        if act == "language":
            change(contact, language="ja" if flag else "en")
        elif act == "heard_from":
            change(contact, heard_from="search" if flag else "other")
        elif act == "new":
            people.append(person("ja" if flag else "en"))
        elif act == "archive":
            change(contact, archived_at=dt.datetime.now(dt.UTC) if flag else None)
        elif act == "move":
            row = Segment.objects.get(key="found" if flag else "japanese")
            if schemes.move(row, -1 if flag else 1, by=None):
                refresh(row)
        else:
            refresh(Segment.objects.filter(scheme=scheme)[number % 3])
        settle()
        assert all(len(keys) == 1 for keys in where().values())
    _stays_never_overlap()


def _stays_never_overlap():
    """Read from the stored intervals: at every moment in at most one."""
    rows = SegmentMembership.objects.filter(segment__scheme__isnull=False)
    by_contact = {}
    for row in rows:
        by_contact.setdefault(row.contact_id, []).append((row.entered_at, row.left_at))
    for stays in by_contact.values():
        stays.sort(
            key=lambda stay: (
                stay[0],
                stay[1] or dt.datetime.max.replace(tzinfo=dt.UTC),
            )
        )
        for (_entered, left), (following, _left) in zip(stays, stays[1:], strict=False):
            assert left is not None
            assert left <= following


def test_many_classes_cost_no_query_each(scheme, django_assert_max_num_queries, owner):
    for number in range(10):
        segment = Segment(
            name=f"More {number}",
            rule=FOUND,
            scheme=scheme,
            place=10 + number,
            live=True,
        )
        segment.save()
    with django_assert_max_num_queries(6):
        rows = schemes.gather(Segment.objects.live())
        for row in rows:
            assert row.tree


def test_no_class_is_looked_up_by_itself_when_a_circle_is_looked_for(
    scheme, django_assert_max_num_queries
):
    segment = Segment.objects.get(key="found")
    with django_assert_max_num_queries(1):
        assert graph.circle(segment, JAPANESE) == []


def test_a_ready_made_scheme_comes_with_one_click(client, role):
    client.force_login(role("marketer"))
    url = reverse("crm_scheme:index")
    assert "Ready-made" in client.get(url).text
    shown = client.post(url, {"ready": "abc"}, follow=True)
    assert "A, B, C by sales" in shown.text
    assert Segment.objects.filter(scheme__key="abc", live=True).count() == 4


def test_an_own_scheme_is_made_and_gets_its_first_group(client, role):
    client.force_login(role("marketer"))
    url = reverse("crm_scheme:index")
    assert "This field is required" in client.post(url, {"name": ""}).text
    client.post(url, {"name": "Our guests"})
    scheme = SegmentScheme.objects.get()
    add = reverse("crm_segment:add") + f"?scheme={scheme.pk}"
    assert f'value="{scheme.pk}" selected' in client.get(add).text


def test_drawings_of_segments_come_with_their_colours(client, owner, scheme):
    client.force_login(owner)
    person()
    settle()
    refresh(Segment.objects.get(key="found"))
    pages = [
        reverse("crm_scheme:index"),
        reverse("crm_scheme:scheme", args=[scheme.pk]),
        reverse("crm_segment:inspect", args=[Segment.objects.get(key="japanese").pk]),
    ]
    for page in pages:
        text = client.get(page).text
        assert "crm-chart__" in text, page
        assert "crm_plugin/reports.css" in text, page


def test_the_list_of_segments_tells_of_which_scheme_a_group_is(client, role, scheme):
    client.force_login(role("marketer"))
    text = client.get(reverse("crm_segment:list")).text
    assert "Kinds: Everybody whom no group above takes" in text
    assert text.count("Kinds: ") == 3


def test_two_schemes_may_have_one_name(client, role):
    client.force_login(role("marketer"))
    for _each in range(2):
        client.post(reverse("crm_scheme:index"), {"name": "同じ"})
    assert SegmentScheme.objects.count() == 2


def test_the_order_is_changed_by_a_button(client, role, scheme):
    client.force_login(role("marketer"))
    contact = person(heard="search")
    settle()
    found = Segment.objects.get(key="found")
    url = reverse("crm_scheme:move", args=[scheme.pk, found.pk])
    assert client.get(url).status_code == 405
    client.post(url, {"do": "up"})
    settle()
    assert where() == {contact.pk: ["found"]}
    page = client.get(reverse("crm_scheme:scheme", args=[scheme.pk])).text
    assert page.index("Found us") < page.index("Japanese")


@pytest.fixture
def mover(client, role, scheme):
    """Presses the button of a class, on a page with the order *seen*."""
    client.force_login(role("marketer"))

    def press(key, do, seen):
        ids = {row.key: str(row.pk) for row in scheme.classes.all()}
        url = reverse("crm_scheme:move", args=[scheme.pk, ids[key]])
        said = {"do": do, "order": ",".join(ids[name] for name in seen)}
        return client.post(url, said, follow=True).text

    return press


def _order(scheme):
    return [row.key for row in scheme.classes.filter(rest=False).in_order()]


def test_the_second_of_two_who_move_at_once_is_told_and_moves_nothing(mover, scheme):
    seen = _order(scheme)
    mover("found", "up", seen)
    told = mover("japanese", "down", seen)
    assert "Somebody else changed this record meanwhile" in told
    assert _order(scheme) == ["found", "japanese"]
    assert "Somebody else" not in mover("japanese", "up", _order(scheme))
    assert _order(scheme) == ["japanese", "found"]


@pytest.mark.parametrize("order", ["", "x", "9999", "٣,-1", "," * 50])
def test_an_order_that_is_none_breaks_nothing(client, mover, scheme, order):
    found = Segment.objects.get(key="found")
    url = reverse("crm_scheme:move", args=[scheme.pk, found.pk])
    assert client.post(url, {"do": "up", "order": order}).status_code == 302
    assert set(_order(scheme)) == {"found", "japanese"}


def test_the_journal_keeps_both_places_and_the_page_tells_who_moved_what(mover, scheme):
    page = mover("found", "up", _order(scheme))
    kept = Change.objects.filter(operation__kind="move", about=scheme.pk)
    assert set(kept.values_list("object_id", "field", "old", "new")) == {
        (Segment.objects.get(key="found").pk, "place", 1, 0),
        (Segment.objects.get(key="japanese").pk, "place", 0, 1),
    }
    assert kept.first().operation.by.username == "marketer"
    assert "Found us: 2 → 1" in page
    assert "Japanese: 1 → 2" in page


def test_older_moves_are_told_on_a_further_page(client, mover, scheme, owner):
    found = Segment.objects.get(key="found")
    for number in range(31):
        entry = ("segment", found.pk, "place", number, number + 1, scheme.pk)
        journal.record("move", [entry], by=owner)
    url = reverse("crm_scheme:scheme", args=[scheme.pk])
    answer = client.get(url)
    older = answer.context["told"].older
    assert len(answer.context["told"]) == 30
    assert f"?changes_before={older}#told-changes" in answer.text
    answer = client.get(url, {"changes_before": older})
    assert "Found us: 1 → 2" in answer.text
    assert "Found us: 2 → 3" not in answer.text


def test_staff_look_and_change_nothing(client, role, scheme):
    client.force_login(role("staff"))
    assert client.get(reverse("crm_scheme:index")).status_code == 200
    refused = client.post(reverse("crm_scheme:index"), {"ready": "abc"})
    assert refused.status_code in {302, 403}
    assert not SegmentScheme.objects.filter(key="abc").exists()


def test_the_rest_has_no_conditions_of_its_own(client, owner, scheme):
    from crm_plugin.snippets.segments_form import EDIT_HANDLER

    rest = Segment.objects.get(key="kinds-rest")
    form_class = EDIT_HANDLER.bind_to_model(Segment).get_form_class()
    form = form_class(instance=rest, for_user=owner)
    assert form.fields["scheme"].disabled
    assert "no conditions of its own" in str(form.fields["rule"].help_text)


def test_a_move_that_makes_a_circle_is_refused_with_its_way(mover, scheme):
    reads = [condition("segment", segment="japanese", state="in")]
    factories.SegmentFactory(key="x", name="Readers", rule=reads)
    rule = [condition("segment", segment="x", state="in")]
    Segment.objects.filter(key="found").update(rule=rule)
    told = mover("found", "up", _order(scheme))
    assert "rest on itself, by way of: Readers → Japanese" in told
    assert _order(scheme) == ["japanese", "found"]

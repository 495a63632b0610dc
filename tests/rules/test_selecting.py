"""A list reads a page of whom a rule chooses, not everybody."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from crm_plugin import models, rules
from crm_plugin.rules import selecting
from crm_plugin.segments.ready_made import condition, group
from tests import factories

pytestmark = pytest.mark.django_db
STAGE = condition("stage", stages=["first"])
ENGLISH = condition("language", languages=["en"])
STAGE_GONE = group("none", STAGE)
on_sqlite = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL finds its own way"
)


@pytest.fixture
def guests():
    contacts = factories.ContactFactory.create_batch(8, language="en")
    models.StagePeriod.objects.bulk_create(
        models.StagePeriod(contact=one, stage="first", started_on="2026-01-01")
        for one in contacts
    )
    return contacts


def select(*rule):
    return rules.select(rules.everyone().order_by("-created_at", "-id"), list(rule))


def test_few_are_looked_up_by_their_ids(guests, monkeypatch):
    models.Contact.objects.filter(pk=guests[0].pk).update(language="ja")
    monkeypatch.setattr(selecting, "FEW", 3)
    found = select(STAGE, condition("language", languages=["ja"]))
    assert list(found.contacts) == [guests[0]]
    assert not found.many


def test_few_of_a_group_of_which_one_must_hold_are_looked_up_by_their_ids(
    guests, monkeypatch
):
    for guest, answer in zip(guests, ("sns", "event"), strict=False):
        models.Contact.objects.filter(pk=guest.pk).update(heard_from=answer)
    monkeypatch.setattr(selecting, "FEW", 3)
    heard = [condition("heard_from", answers=[answer]) for answer in ("sns", "event")]
    found = select(STAGE, group("any", *heard))
    assert set(found.contacts) == set(guests[:2])
    assert not found.many
    ids = sorted(one.pk for one in guests[:2])
    assert any(
        f"IN ({', '.join(map(str, way))})" in str(found.contacts.query)
        for way in (ids, ids[::-1])
    )


def test_a_group_that_holds_for_many_is_asked_of_each(guests, monkeypatch):
    monkeypatch.setattr(selecting, "FEW", 3)
    rare = condition("heard_from", answers=["sns"])
    assert select(group("any", rare, STAGE)).contacts.count() == len(guests)


def test_whoever_stands_there_many_times_hides_nobody(guests, monkeypatch):
    monkeypatch.setattr(selecting, "FEW", 3)
    start = timezone.now() - dt.timedelta(days=30)
    segment = factories.SegmentFactory(key="once", first_published_at=start)
    for guest, stays in zip(guests, (5, 1, 1), strict=False):
        for day in range(stays):
            came = start + dt.timedelta(days=day)
            left = came + dt.timedelta(hours=1)
            factories.MembershipFactory(
                segment=segment, contact=guest, entered_at=came, left_at=left
            )
    was = condition("segment", segment="once", state="was", when="ever")
    for rule in (was, group("any", was), group("all", was)):
        assert set(select(rule).contacts) == set(guests[:3])


@on_sqlite
def test_many_are_known_to_be_many_without_counting_them_all(guests, monkeypatch):
    monkeypatch.setattr(selecting, "FEW", 3)
    monkeypatch.setattr(selecting, "EXACT", 3)
    monkeypatch.setattr(selecting, "PROBE", 6)
    assert select(STAGE, ENGLISH).many
    assert not select(STAGE, condition("owner", owner="nobody"), STAGE_GONE).many


@on_sqlite
@pytest.mark.parametrize("rule", [(STAGE,), (STAGE, ENGLISH), (STAGE_GONE,)])
def test_the_queries_are_as_many_for_few_as_for_many(
    guests, monkeypatch, django_assert_num_queries, rule
):
    whole = sum(node["type"] != "group" for node in rule)
    with django_assert_num_queries(whole):
        select(*rule)
    monkeypatch.setattr(selecting, "FEW", 3)
    monkeypatch.setattr(selecting, "EXACT", 1)
    with django_assert_num_queries(whole + (whole > 0)):
        select(*rule)


def test_one_condition_that_holds_for_many_is_known_to_be_many(guests, monkeypatch):
    monkeypatch.setattr(selecting, "FEW", 3)
    monkeypatch.setattr(selecting, "EXACT", 2)
    assert select(STAGE).many
    models.Contact.objects.update(archived_at=guests[0].created_at)
    assert not select(STAGE).many


@on_sqlite
def test_conditions_that_seldom_meet_are_asked_of_those_for_whom_the_rarest_holds(
    guests, monkeypatch, django_assert_num_queries
):
    others = factories.ContactFactory.create_batch(4, language="ja")
    models.StagePeriod.objects.bulk_create(
        models.StagePeriod(contact=one, stage="first", started_on="2026-01-01")
        for one in others
    )
    models.Contact.objects.filter(pk=others[0].pk).update(heard_from="sns")
    japanese = condition("language", languages=["ja"])
    monkeypatch.setattr(selecting, "FEW", 3)
    monkeypatch.setattr(selecting, "PROBE", 6)
    heard = condition("heard_from", answers=["sns"])
    with django_assert_num_queries(5):
        found = select(STAGE, japanese, group("none", group("none", heard)))
    assert "ORDER BY" in str(found.contacts.query)
    assert str(found.contacts.query).count("language") > 2
    assert list(found.contacts) == [others[0]]
    assert not found.many


def test_whoever_narrows_further_is_spared_the_probe(
    guests, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(selecting, "FEW", 3)
    with django_assert_num_queries(2):
        found = rules.select(rules.everyone(), [STAGE, ENGLISH], probe=False)
    assert found.contacts.count() == len(guests)


@on_sqlite
def test_a_page_of_many_is_read_along_the_index_of_its_order(guests, monkeypatch):
    monkeypatch.setattr(selecting, "FEW", 3)
    monkeypatch.setattr(selecting, "EXACT", 3)
    found = select(STAGE, ENGLISH).contacts[:25]
    plan = found.explain()
    assert "crm_contact_created" in plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan
    assert "LIST SUBQUERY" not in plan


@on_sqlite
def test_a_list_by_first_day_begins_at_the_day(guests, monkeypatch):
    monkeypatch.setattr(selecting, "FEW", 3)
    before = condition("created", when="dates", to_on="2099-01-01")
    plan = select(before, STAGE_GONE).contacts[:25].explain()
    assert "crm_contact_created (created_at<?" in plan


def test_what_holds_of_a_contact_itself_needs_no_second_look_at_contacts(guests):
    tables = str(rules.compile_rule([ENGLISH, STAGE_GONE]).query)
    assert tables.count('FROM "crm_plugin_contact"') == 1


def test_a_period_without_end_holds_of_everybody_and_its_opposite_of_nobody(guests):
    ever = condition("created", when="dates", from_on="0001-01-01")
    assert rules.compile_rule([ever]).count() == len(guests)
    assert not rules.compile_rule([group("none", ever)]).exists()


def test_a_walk_by_id_gives_everybody_once(guests):
    at = guests[0].created_at
    seen, after = [], 0
    while ids := rules.walk_by_id(rules.everyone(), [ENGLISH], at, after=after, size=3):
        assert len(ids) <= 3
        seen, after = seen + ids, ids[-1]
    assert seen == sorted(one.pk for one in guests)


def test_an_empty_rule_chooses_nobody_by_mistake(guests):
    with pytest.raises(rules.BrokenRule):
        select()

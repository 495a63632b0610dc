"""Where a rule begins, which the database does not find by itself."""

from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm_plugin import models, rules
from crm_plugin.lifecycle import stages
from crm_plugin.rules import driving
from crm_plugin.segments.ready_made import condition, group
from tests import factories

pytestmark = pytest.mark.django_db
SQLITE = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL begins where it likes"
)
USED = condition("uses", how="at_least", number=1, when="last", days=30)
CALLED = condition(
    "touchpoints", how="at_least", number=1, kind="call", when="last", days=30
)


@pytest.fixture
def rare():
    """One of ten called; all of them used us."""
    guests = factories.ContactFactory.create_batch(10)
    for guest in guests:
        factories.uses(guest, 3)
    factories.TouchpointFactory(contact=guests[4], kind="call")
    return guests[4]


@pytest.fixture(autouse=True)
def worthwhile():
    with mock.patch.object(driving, "WORTHWHILE", 0):
        yield


def sql(*conditions):
    return str(rules.compile_rule(list(conditions)).query)


@SQLITE
@pytest.mark.parametrize("order", [(USED, CALLED), (CALLED, USED)])
def test_a_rule_begins_with_what_holds_for_the_fewest(rare, order):
    begins, *others = sql(*order).split("EXISTS")
    assert "crm_plugin_touchpoint" in begins
    assert "crm_plugin_use" in others[0]
    assert set(rules.compile_rule(list(order))) == {rare.pk}


@SQLITE
def test_what_a_rule_leaves_out_is_asked_when_it_holds_for_many(rare):
    assert "NOT (EXISTS" in sql(CALLED, group("none", USED))


def test_none_of_several_leaves_out_each(rare):
    nobody = group("none", CALLED, group("all", USED, group("none", CALLED)))
    assert set(rules.compile_rule([nobody])) == set()
    others = group("none", CALLED)
    assert len(rules.compile_rule([USED, others])) == 9


@pytest.mark.parametrize("about", [USED, condition("language", languages=["en", "ja"])])
def test_at_least_none_of_something_leaves_nobody_out(rare, about):
    none = {"how": "at_least", "number": 0, "when": "ever"}
    anything = condition("messages", kind="sent", topic="", **none)
    alone = set(rules.compile_rule([about]))
    assert rare.pk in alone
    assert set(rules.compile_rule([about, anything])) == alone
    assert set(rules.compile_rule([group("none", anything)])) == set()


def test_what_one_row_answers_is_asked_once():
    once = condition("uses", how="exactly", number=1, when="ever")
    lately = condition("last_use", when="last", days=90)
    assert sql(once, lately).count('FROM "crm_plugin_contactuses"') == 1


@SQLITE
def test_of_many_in_one_set_nobody_is_looked_at_to_see_who_is_archived(rare):
    archived = factories.ContactFactory(archived_at=timezone.now())
    factories.uses(archived, 1)
    with mock.patch.object(driving, "FEW", 5):
        chosen = rules.compile_rule([USED])
        assert "EXCEPT" in str(chosen.query)
        assert chosen.count() == len(set(chosen)) == 10
        assert archived.pk not in chosen
        assert models.Contact.objects.filter(pk__in=chosen).count() == 10
        assert models.Contact.objects.exclude(pk__in=chosen).get() == archived
    assert "EXCEPT" not in sql(USED)


@SQLITE
def test_a_set_of_many_rows_a_contact_begins_with_each_contact_once(rare):
    factories.TouchpointFactory(contact=rare, kind="call")
    chosen = rules.compile_rule([USED, CALLED])
    assert 'FROM (SELECT DISTINCT "contact_id" AS "id"' in str(chosen.query)
    assert list(chosen) == [rare.pk]


@SQLITE
def test_reactions_to_several_campaigns_are_left_out_in_one_reading(rare):
    clicked = [
        condition("campaign", campaign=str(row.pk), kind="clicked", when="ever")
        for row in factories.CampaignFactory.create_batch(3)
    ]
    rule = [USED, group("none", *clicked)]
    assert sql(*rule).count('FROM "crm_plugin_response"') == 1
    assert len(rules.compile_rule(rule)) == 10


def test_looking_where_to_begin_costs_as_much_for_many_conditions_as_for_two(rare):
    def queries(*conditions):
        with CaptureQueriesContext(connection) as seen:
            list(rules.compile_rule(list(conditions)))
        return len(seen)

    assert queries(USED, CALLED) == queries(USED, CALLED, *[CALLED] * 20)


def test_a_hundred_conditions_are_asked_of_thousands_of_contacts_at_once(rare):
    among = [rare.pk, *range(1_000_000, 1_002_000)]
    assert set(rules.compile_rule([CALLED] * 100, among=among)) == {rare.pk}


@SQLITE
def test_nobody_has_two_stages_at_once(rare):
    stages.recompute([rare.pk])
    said = sql(condition("stage", stages=["first", "second"]), CALLED)
    assert 'FROM (SELECT "contact_id" AS "id" FROM (SELECT "crm_plugin_stage' in said


@SQLITE
def test_of_two_stages_at_once_there_is_nobody(rare):
    stages.recompute(rules.everyone().values_list("pk", flat=True))
    once, twice = (condition("stage", stages=[name]) for name in ("first", "second"))
    assert rules.compile_rule([once])
    assert not rules.compile_rule([once, twice])


@SQLITE
def test_what_leaves_more_out_is_asked_before_what_leaves_few_out(rare):
    """Both hold for too many to be collected; one of them for all."""
    everybody = rules.everyone()
    for guest in everybody:
        factories.TouchpointFactory(contact=guest, kind="visit")
    for guest in everybody.exclude(pk=rare.pk)[:6]:
        factories.TouchpointFactory(contact=guest, kind="chat")
    visited, chatted = (
        condition("touchpoints", kind=kind, how="at_least", number=1, when="ever")
        for kind in ("visit", "chat")
    )
    some = group("any", chatted, CALLED)
    _begins, *asked = sql(CALLED, visited, some).split("EXISTS")
    assert ["chat" in one for one in asked] == [True, False, False]


def test_few_are_looked_up_once_for_many_rules(rare):
    archived = factories.ContactFactory(archived_at=timezone.now())
    few = rules.few([archived.pk, rare.pk, rare.pk, 10**9])
    assert few.ids == (rare.pk,)
    assert set(rules.compile_rule([CALLED], among=few)) == {rare.pk}
    own = condition("language", languages=["en", "ja"])
    assert set(rules.compile_rule([own, CALLED], among=few)) == {rare.pk}
    none = rules.few([archived.pk])
    assert set(rules.compile_rule([group("none", USED)], among=none)) == set()


def test_of_few_what_is_cheap_is_asked_before_what_is_counted(rare):
    twice = {"how": "at_least", "number": 2, "when": "ever"}
    often = condition("touchpoints", **twice)
    said = str(rules.compile_rule([often, USED], among=rules.few([rare.pk])).query)
    assert said.index('"crm_plugin_use"') < said.index('"crm_plugin_touchpoint"')

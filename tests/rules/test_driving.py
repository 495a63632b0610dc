"""Where a rule begins, which the database does not find by itself."""

from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm_plugin import rules
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
    statement = sql(*order)
    collected, asked = statement.split(" IN (SELECT ")[1], statement.split("EXISTS")[1]
    assert "crm_plugin_touchpoint" in collected
    assert "crm_plugin_use" in asked
    assert set(rules.compile_rule(list(order))) == {rare.pk}


@SQLITE
def test_what_a_rule_leaves_out_is_asked_when_it_holds_for_many(rare):
    assert "NOT (EXISTS" in sql(CALLED, group("none", USED))


def test_none_of_several_leaves_out_each(rare):
    nobody = group("none", CALLED, group("all", USED, group("none", CALLED)))
    assert set(rules.compile_rule([nobody])) == set()
    others = group("none", CALLED)
    assert len(rules.compile_rule([USED, others])) == 9


def test_what_one_row_answers_is_asked_once():
    once = condition("uses", how="exactly", number=1, when="ever")
    lately = condition("last_use", when="last", days=90)
    assert sql(once, lately).count('FROM "crm_plugin_contactuses"') == 1


def test_looking_where_to_begin_costs_as_much_for_many_conditions_as_for_two(rare):
    def queries(*conditions):
        with CaptureQueriesContext(connection) as seen:
            list(rules.compile_rule(list(conditions)))
        return len(seen)

    assert queries(USED, CALLED) == queries(USED, CALLED, *[CALLED] * 20)


def test_a_hundred_conditions_are_asked_of_thousands_of_contacts_at_once(rare):
    among = [rare.pk, *range(1_000_000, 1_002_000)]
    assert set(rules.compile_rule([CALLED] * 100, among=among)) == {rare.pk}

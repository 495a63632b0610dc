import pytest
from django.utils import timezone

from crm_plugin import rules
from crm_plugin.segments.ready_made import condition, group
from tests import factories

pytestmark = pytest.mark.django_db


def chosen(*conditions):
    return set(rules.compile_rule(list(conditions)))


def test_a_rule_is_true_for_those_who_meet_every_condition():
    both, one = factories.ContactFactory.create_batch(2, language="en")
    factories.uses(both, 10)
    assert chosen(
        condition("language", languages=["en"]), condition("uses", how="at_least")
    ) == {both.pk}
    assert one.pk not in chosen(condition("uses", how="at_least"))


def test_none_of_keeps_those_of_whom_nothing_is_known():
    silent, complained = factories.ContactFactory.create_batch(2)
    factories.InquiryFactory(contact=complained, kind="complaint")
    rule = group("none", condition("open_inquiry", kind="complaint"))
    assert chosen(rule) == {silent.pk}


def test_none_of_does_not_stumble_over_purchases_without_a_contact():
    guest = factories.ContactFactory()
    factories.PurchaseFactory(contact=None)
    bought = condition("purchases", how="at_least", number=1, when="ever")
    assert chosen(group("none", bought)) == {guest.pk}


def test_none_of_binds_both_conditions_of_one_touchpoint_to_one_row():
    guest = factories.ContactFactory()
    factories.TouchpointFactory(contact=guest, kind="call", channel="phone")
    factories.TouchpointFactory(contact=guest, kind="visit", channel="shop")
    called_in_shop = condition("touchpoints", kind="call", channel="shop", when="ever")
    assert chosen(group("none", called_in_shop)) == {guest.pk}


def test_archived_contacts_are_never_chosen():
    factories.ContactFactory(language="en", archived_at=timezone.now())
    assert chosen(condition("language", languages=["en"])) == set()


@pytest.mark.parametrize(
    ("days_ago", "inside"), [(13, False), (14, True), (120, True), (121, False)]
)
def test_between_days_ago_holds_both_ends(days_ago, inside):
    guest = factories.ContactFactory()
    factories.uses(guest, days_ago)
    rule = condition("last_use", when="ago", days=14, days_to=120)
    assert (guest.pk in chosen(rule)) is inside


@pytest.mark.parametrize("days_ago", [0, 179, 180, 181, 400])
def test_more_than_n_days_ago_is_the_rest_of_the_past(days_ago):
    guest = factories.ContactFactory()
    factories.uses(guest, days_ago)
    late = guest.pk in chosen(condition("last_use", when="before", days=180))
    recent = guest.pk in chosen(condition("last_use", when="last", days=180))
    assert late is not recent


def test_more_lunch_than_dinner_leaves_out_equal_numbers():
    lunch, equal = factories.ContactFactory.create_batch(2)
    factories.uses(lunch, 5, 6, category="lunch")
    factories.uses(equal, 5, category="lunch")
    factories.uses(equal, 6, category="dinner")
    rule = condition("more_uses", more="lunch", less="dinner", when="last", days=180)
    factories.CategoryFactory(key="dinner")
    assert chosen(rule) == {lunch.pk}


def test_an_empty_rule_chooses_nobody_but_raises():
    with pytest.raises(rules.BrokenRule, match="empty"):
        rules.compile_rule([])


def test_an_empty_group_raises():
    with pytest.raises(rules.BrokenRule, match="group is empty"):
        rules.compile_rule([condition("uses", how="none"), group("any")])


def test_a_condition_that_nobody_knows_any_more_is_never_left_out_silently():
    with pytest.raises(rules.BrokenRule, match="moon_phase"):
        rules.compile_rule([condition("uses", how="none"), condition("moon_phase")])


def test_a_group_deeper_than_four_is_refused():
    rule = condition("uses", how="none")
    for _level in range(5):
        rule = group("all", rule)
    with pytest.raises(rules.BrokenRule):
        rules.compile_rule([rule])


def test_a_retired_attribute_raises_with_its_name():
    value = factories.taste(factories.ContactFactory(), "lunch")
    value.definition.active = False
    value.definition.save()
    rule = condition(
        "attribute", attribute="taste", operator="one_of", choices=["taste:lunch"]
    )
    with pytest.raises(rules.BrokenRule, match="switched off"):
        rules.compile_rule([rule])


def test_among_looks_at_the_given_contacts_only():
    first, second = factories.ContactFactory.create_batch(2)
    rule = [condition("uses", how="none")]
    assert set(rules.compile_rule(rule, among=[second.pk])) == {second.pk}
    assert first.pk in rules.compile_rule(rule)


def test_a_rule_is_one_query(django_assert_num_queries):
    guests = factories.ContactFactory.create_batch(3)
    factories.taste(guests[0], "lunch")
    rule = rules.parse(
        [condition("uses", how="none"), group("none", condition("open_inquiry"))]
    )
    with django_assert_num_queries(1):
        assert len(rules.compile_rule(rule)) == 3


def test_a_host_site_can_add_a_condition():
    @rules.register
    class Named(rules.Condition):
        name = "test_named"
        label = "Named"

        class Value(rules.ConditionBlock):
            from wagtail import blocks

            family_name = blocks.CharBlock()

        def contacts(self, value, at):
            return rules.everyone().filter(**value).values("pk")

        def sentence(self, value):
            return value["family_name"]

    try:
        guest = factories.ContactFactory(family_name="Tanaka")
        factories.ContactFactory()
        assert chosen(condition("test_named", family_name="Tanaka")) == {guest.pk}
    finally:
        rules.unregister("test_named")


def test_a_long_rule_works_and_an_endless_one_is_refused_in_words():
    guest = factories.ContactFactory(language="en")
    english = condition("language", languages=["en"])
    assert chosen(*[english] * 60) == {guest.pk}
    with pytest.raises(rules.BrokenRule) as refused:
        chosen(*[english] * 101)
    assert "at most 100 conditions" in refused.value.problems[0]

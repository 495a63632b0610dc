"""A host site's own condition, from the registration to a published segment."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.utils import timezone
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.models import Contact
from crm_plugin.scoring.blocks import offered_block
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.segments.refresh import refresh
from tests import factories
from tests.personalisation.site import BODY, personal

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    """What an app outside of the package registers."""

    @rules.register
    class Initial(rules.Condition):
        name = "shop_initial"
        label = "First letter"
        group = "Our shop"
        aspects = frozenset({"fields"})

        class Value(rules.ConditionBlock):
            letter = blocks.CharBlock(max_length=1, label="letter")

        def contacts(self, value, at):
            names = Contact.objects.filter(family_name__startswith=value["letter"])
            return names.values("pk")

        def sentence(self, value):
            return f"a name beginning with {value['letter']}"

        def explain(self, value, contact_id, at):
            return Contact.objects.get(pk=contact_id).family_name

        def problems(self, value, user):
            return [] if value["letter"].isalpha() else ["Give a letter."]

    yield Initial
    rules.unregister("shop_initial")


@pytest.fixture
def tanaka():
    return factories.ContactFactory(family_name="Tanaka")


RULE = [
    condition("shop_initial", letter="T"),
    group("none", condition("uses", how="none", when="last", days=30)),
]


def test_it_is_chosen_explained_and_said_beside_ours(shop, tanaka):
    factories.uses(tanaka, 5)
    factories.ContactFactory(family_name="Tamura")
    assert set(rules.compile_rule(RULE)) == {tanaka.pk}
    assert rules.explain(RULE, tanaka.pk).lines[1].fact == "Tanaka"
    assert rules.sentence(RULE).startswith("People with a name beginning with T")
    assert rules.aspects(RULE) >= {"fields", "uses"}


def test_a_segment_rests_on_it(shop, tanaka):
    segment = factories.SegmentFactory(rule=RULE[:1], live=True)
    refresh(segment)
    assert list(segment.memberships.values_list("contact_id", flat=True)) == [tanaka.pk]


def test_the_editor_offers_it_and_says_its_problems(shop):
    assert "shop_initial" in rules.rule_block().child_blocks
    assert rules.problems([condition("shop_initial", letter="7")]) == [
        "First letter: Give a letter."
    ]
    assert rules.problems([condition("shop_initial", letter="")]) == [
        "First letter: This field is required."
    ]


@pytest.fixture
def shop_visit():
    """The same for a visit: what a link's own mark says."""

    @rules.register
    class Advertisement(rules.VisitCondition):
        name = "shop_ad"
        label = "Our advertisement"

        class Value(rules.ConditionBlock):
            number = blocks.CharBlock(label="number of the advertisement")

        def matches(self, value, visit):
            return visit.query.get("ad") == value["number"]

        def sentence(self, value):
            return f"the advertisement {value['number']}"

    yield Advertisement
    rules.unregister("shop_ad")


def test_a_condition_on_visits_shows_a_variant_to_strangers(shop_visit, rf):
    segment = factories.SegmentFactory(rule=[condition("shop_ad", number="7")])
    assert segment.of_visits
    assert rules.sentence(segment.rule) == "Visits with the advertisement 7"
    body = BODY.to_python([personal(([segment], [], "SEVEN"), default="the NEWS")])
    assert "SEVEN" in body.render_as_block({"request": rf.get("/?ad=7")})
    assert "the NEWS" in body.render_as_block({"request": rf.get("/?ad=8")})


def test_the_editor_offers_it_under_this_visit(shop_visit):
    block = rules.rule_block().child_blocks["shop_ad"]
    assert str(block.label) == "This visit: Our advertisement"
    assert str(block.meta.group) == "This visit"
    line = offered_block().child_blocks["line"]
    assert "shop_ad" not in line.child_blocks["rule"].child_blocks


def test_it_needs_no_migration_of_ours(shop):
    call_command("makemigrations", "crm_plugin", check=True, dry_run=True, verbosity=0)


def test_a_rule_that_outlives_it_is_never_evaluated(shop, tanaka):
    rules.unregister("shop_initial")
    assert "shop_initial" in rules.problems(RULE)[0]
    with pytest.raises(rules.BrokenRule, match="shop_initial"):
        rules.compile_rule(RULE, timezone.now() - dt.timedelta(days=1))


def test_a_group_that_outlives_it_is_never_evaluated_either(shop, tanaka):
    outliving = group(
        "all", condition("language", languages=["ja"]), condition("shop_gone", x=1)
    )
    stream = rules.rule_block().to_python([outliving])
    with pytest.raises(rules.BrokenRule, match="shop_gone"):
        rules.compile_rule(stream)

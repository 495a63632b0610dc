"""A rule that names what is gone since is kept by the editor, and refused when saved.

``kept_by_the_editor`` in the end-to-end tests looks at the same in a browser.
"""

import json

import pytest

from crm_plugin import models, rules
from crm_plugin.segments.ready_made import condition, group
from tests import factories
from tests.rules.test_bad_input import GONE

from .rule_editor import opened

pytestmark = pytest.mark.django_db
PUBLISH = {"action-publish": "1"}
NEVER = {"how": "none", "when": "ever"}


def stored(segment):
    """The rule of the latest version and the one in force, as they are stored."""
    segment = models.Segment.objects.get(pk=segment.pk)
    both = (segment, segment.get_latest_revision_as_object())
    return [rules.rule_block().get_prep_value(each.rule) for each in both]


@pytest.mark.parametrize(("name", "said"), GONE)
def test_what_is_gone_is_never_published_without_it(
    known,
    post_back,
    name,
    said,
):
    segment = factories.SegmentFactory(rule=[group("any", condition(name, **said))])
    before = stored(segment)
    _editor, answer = post_back(segment, **PUBLISH)
    assert answer.context["form"].errors["rule"]
    assert stored(segment) == before


@pytest.mark.parametrize("publish", [{}, PUBLISH])
@pytest.mark.parametrize(
    ("name", "field", "said"),
    [
        ("uses", "category", NEVER),
        ("purchases", "product", NEVER),
        ("bookings", "service", {"kind": "came", "when": "ever"}),
        ("messages", "topic", {"kind": "sent", **NEVER}),
        ("open_deal", "stages", {"size": "any", "age": "any"}),
        ("attribute", "choices", {"attribute": "taste", "operator": "one_of"}),
    ],
)
def test_a_choice_that_is_gone_stays_and_is_named_beside_it(
    known,
    post_back,
    name,
    field,
    said,
    publish,
):
    several = field in ("stages", "choices")
    key = ["taste:gone", "taste:lunch"] if field == "choices" else ["gone"]
    said = {**said, field: key if several else key[0]}
    segment = factories.SegmentFactory(rule=[condition(name, **said)])
    before = stored(segment)
    editor, answer = post_back(segment, **publish)
    assert "%(key)s (gone)" in editor.blocks
    again = opened(answer)
    for state in (editor.state, again.state):
        assert state[0]["value"][field] == key
    assert f"“{key[0]}” is gone: choose something else." in json.dumps(
        json.loads(again.errors), ensure_ascii=False
    )
    assert f'"{field}"' in again.errors
    assert stored(segment) == before


def test_a_fixed_choice_that_an_update_took_away_is_refused_too(post_back):
    rule = [condition("purchases", **NEVER, channel="fax")]
    segment = factories.SegmentFactory(rule=rule)
    before = stored(segment)
    editor, answer = post_back(segment, **PUBLISH)
    assert editor.state[0]["value"]["channel"] in ("fax", ["fax"])
    assert "fax is not one of" in opened(answer).errors
    assert stored(segment) == before


class TestAConditionThatNobodyRegisters:
    @pytest.fixture
    def segment(self):
        uses, lost = condition("uses", **NEVER), condition("shop_gone", plan="金")
        return factories.SegmentFactory(rule=[uses, group("all", uses, lost), lost])

    @pytest.mark.parametrize("publish", [{}, PUBLISH])
    def test_it_is_a_line_that_cannot_be_saved(self, post_back, segment, publish):
        before = stored(segment)
        editor, answer = post_back(segment, **publish)
        again = opened(answer)
        for state in (editor.state, again.state):
            inner = state[1]["value"]["conditions"]
            for line in (state[-1], inner[-1]):
                assert line["type"] == "lost"
                assert "shop_gone" in line["value"]
                assert "金" in line["value"]
        errors = json.dumps(json.loads(again.errors), ensure_ascii=False)
        assert errors.count("The condition “shop_gone” is gone.") == 2
        assert stored(segment) == before

    def test_deleting_the_line_says_that_it_is_meant(self, post_back):
        uses, lost = condition("uses", **NEVER), condition("shop_gone")
        segment = factories.SegmentFactory(rule=[uses, lost])
        _editor, answer = post_back(segment, without=["lost"], **PUBLISH)
        assert answer.status_code == 302
        assert [[line["type"] for line in rule] for rule in stored(segment)] == [
            ["uses"],
            ["uses"],
        ]

    def test_such_a_line_is_not_offered(self, post_back, segment):
        editor, _answer = post_back(segment)
        hidden = editor.blocks.split('"crmHidden"')[1]
        assert '"lost"' in hidden.split("]")[0]

    def test_what_calls_itself_so_is_no_condition(self):
        rule = [condition("lost", x=1)]
        assert rules.problems(rule)
        with pytest.raises(rules.BrokenRule):
            rules.compile_rule(rule)

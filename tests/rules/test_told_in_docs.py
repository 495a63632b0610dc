"""What the documents say about conditions is what the conditions are."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from crm_plugin import rules
from crm_plugin.rules import registry

DOCS = Path(__file__).parents[2] / "docs"
ROWS = {
    name: (asks, set(re.findall(r"`(\w+)`", changes_with)))
    for name, asks, changes_with in re.findall(
        r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$",
        (DOCS / "reference.md").read_text(),
        re.M,
    )
}
CONDITIONS = {
    name: condition
    for name, condition in sorted(registry.registered().items())
    if not condition.about_visit
}
EACH = pytest.mark.parametrize("name", CONDITIONS)
# They say more about another field, or their answers are the very words of the row.
SPELT_OUT = {
    *("days", "days_to", "months", "from_on", "to_on", "number_to", "operator"),
    *("kind", "state", "which", "what", "test", "where", "wish", "measure", "trust"),
    *("scale", "outcome", "change", "trend", "act", "size", "age", "window", "found"),
}
# How a row says a field whose name is no word of people.
PEOPLE_SAY = {
    "when": r"when|stretch of days",
    "or_never": "or never",
    "or_later": "any later",
    "how": r"how many|how often|so many|so often|at least",
    "number": r"numbers?\b|how many|how often|so many|so often|nth|least|days",
    "percent": r"percentage|%",
    "youngest": r"\bfrom\b",
    "oldest": r"\bto\b",
    "least": r"\bfrom\b",
    "most": r"\bto\b",
    "postal_code": "postcode",
    "page_type": "type of page",
    "landing": "landing page",
    "key": "name of the draw",
    "batch": "import",
    "more": "more uses",
    "less": "than of another",
    "text": "words|text",
    "page": "page|form",
    "open_days": "how many days",
    "due": "expected",
    "due_days": "expected",
    "day": "by the day",
}
for score in ("recency", "frequency", "monetary"):
    word = "sales" if score == "monetary" else score
    PEOPLE_SAY |= {f"{score}_from": word, f"{score}_to": word}


def words_for(field):
    """How a row says *field*: in its own name, in one or in many, unless otherwise."""
    return PEOPLE_SAY.get(field, re.sub("(y|ies|s)$", "", field))


@EACH
def test_a_row_tells_every_field_of_its_condition(name):
    fields = set(CONDITIONS[name].block().child_blocks) - SPELT_OUT
    asks, _changes_with = ROWS[name]
    untold = [field for field in fields if not re.search(words_for(field), asks)]
    assert untold == []


@EACH
def test_a_row_tells_what_changes_the_answer(name):
    _asks, changes_with = ROWS[name]
    assert changes_with == CONDITIONS[name].aspects


def past_days():
    """By group of the editor: what the table says of past days, can and cannot."""
    text = (DOCS / "concepts.md").read_text()
    table = text[text.index("| Can be asked about a past day") :].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {group: tuple(map(labels, cells)) for group, *cells in rows}


def labels(cell):
    """The conditions of *cell* without what stands in brackets about them."""
    plain = re.sub(r" \([^()]*\)", "", cell)
    return {label.strip() for label in plain.split(";")}


@EACH
def test_it_is_told_whether_past_days_can_be_asked_about(name):
    condition = CONDITIONS[name]
    with translation.override("en"):
        label, group = str(condition.label), str(condition.group)
    can, cannot = past_days().get(group, ((), ()))
    knows = type(condition).as_of is not rules.Condition.as_of
    assert (label in can) is knows
    assert knows or label in cannot


def test_the_table_of_past_days_tells_of_nothing_else():
    with translation.override("en"):
        known = {str(condition.label) for condition in CONDITIONS.values()}
    cells = [cell for row in past_days().values() for cell in row]
    assert set().union(*cells) <= known


def test_every_kind_of_period_is_explained():
    text = (DOCS / "reference.md").read_text().partition("### The period of")[2]
    with translation.override("en"):
        kinds = [str(label) for label in rules.periods.CHOICES.values()]
    assert [kind for kind in kinds if kind not in text.partition("## ")[0]] == []

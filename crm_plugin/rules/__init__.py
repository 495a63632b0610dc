"""Rules: a selection of contacts as data, in one language for every screen.

A rule is a tree of groups (all of, any of, none of) and conditions. Every room, and
every host site, teaches its nouns by registering a ``Condition``.
"""

from . import counts, months, naming, periods, registry, spans
from .asking import evaluating
from .blocks import (
    ConditionBlock,
    CountBlock,
    PeriodBlock,
    rule_block,
)
from .choices import (
    KeyChoiceBlock,
    KeyChoicesBlock,
    RecordChoiceBlock,
    RecordChoicesBlock,
    SelectWithdrawn,
    SuggestingBlock,
    Withdrawn,
)
from .clauses import EveryoneBut, everyone_but, listed
from .compiling import Few, compile_rule, counted, few, why_broken
from .dependencies import (
    aspects,
    next_change,
    reads_sensitive,
    segments_read,
    things,
)
from .events import Events
from .explaining import Explanation, Line, explain
from .fields import BlocklessStreamField, RuleField
from .figures import counted_anew
from .past import (
    PastLine,
    Undated,
    compile_as_of,
    end_of,
    first_day,
    past_lines,
    refuse_undated,
)
from .patience import Patience, TookTooLong, within
from .records import find, remembering
from .refusing import MOST_CONDITIONS
from .registry import (
    BrokenRule,
    Condition,
    Past,
    condition,
    everyone,
    everyone_at,
    known_by,
    outside,
    register,
    universe,
    universe_at,
    unregister,
)
from .selecting import Selection, asked_of_each, select, walk_by_id
from .shares import floor_of_rows, floor_of_top
from .spans import Span
from .tree import Group, Leaf, alike, parse, walk
from .visits import VisitCondition, about_visits, holds, mixed
from .wording import beside, problems, refused_lines, sentence, with_details

__all__ = [
    "MOST_CONDITIONS",
    "BlocklessStreamField",
    "BrokenRule",
    "Condition",
    "ConditionBlock",
    "CountBlock",
    "Events",
    "EveryoneBut",
    "Explanation",
    "Few",
    "Group",
    "KeyChoiceBlock",
    "KeyChoicesBlock",
    "Leaf",
    "Line",
    "Past",
    "PastLine",
    "Patience",
    "PeriodBlock",
    "RecordChoiceBlock",
    "RecordChoicesBlock",
    "RuleField",
    "SelectWithdrawn",
    "Selection",
    "Span",
    "SuggestingBlock",
    "Undated",
    "TookTooLong",
    "VisitCondition",
    "Withdrawn",
    "about_visits",
    "alike",
    "asked_of_each",
    "aspects",
    "beside",
    "compile_as_of",
    "compile_rule",
    "condition",
    "counted",
    "counted_anew",
    "counts",
    "end_of",
    "evaluating",
    "everyone",
    "everyone_at",
    "everyone_but",
    "explain",
    "few",
    "find",
    "first_day",
    "floor_of_rows",
    "floor_of_top",
    "known_by",
    "holds",
    "listed",
    "mixed",
    "months",
    "naming",
    "next_change",
    "outside",
    "parse",
    "past_lines",
    "periods",
    "problems",
    "reads_sensitive",
    "refuse_undated",
    "refused_lines",
    "register",
    "rule_block",
    "segments_read",
    "sentence",
    "spans",
    "things",
    "universe",
    "universe_at",
    "unregister",
    "registry",
    "remembering",
    "select",
    "walk",
    "walk_by_id",
    "why_broken",
    "with_details",
    "within",
]

"""Rules: a selection of contacts as data, in one language for every screen.

A rule is a tree of groups (all of, any of, none of) and conditions. Every room, and
every host site, teaches its nouns by registering a ``Condition``.
"""

from . import counts, periods, registry
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
)
from .compiling import (
    EveryoneBut,
    compile_rule,
    counted,
    everyone_but,
    why_broken,
)
from .dependencies import aspects, next_change, reads_sensitive, segments_read
from .explaining import Explanation, Line, explain
from .fields import BlocklessStreamField, RuleField
from .records import find, remembering
from .registry import (
    BrokenRule,
    Condition,
    condition,
    everyone,
    register,
    universe,
    unregister,
)
from .selecting import Selection, select, walk_by_id
from .shares import floor_of_rows, floor_of_top
from .spans import Span
from .tree import Group, Leaf, parse, walk
from .wording import problems, sentence

__all__ = [
    "BlocklessStreamField",
    "BrokenRule",
    "Condition",
    "ConditionBlock",
    "CountBlock",
    "EveryoneBut",
    "Explanation",
    "Group",
    "KeyChoiceBlock",
    "KeyChoicesBlock",
    "Leaf",
    "Line",
    "PeriodBlock",
    "RecordChoiceBlock",
    "RecordChoicesBlock",
    "RuleField",
    "Selection",
    "Span",
    "aspects",
    "compile_rule",
    "condition",
    "counted",
    "counts",
    "everyone",
    "everyone_but",
    "explain",
    "find",
    "floor_of_rows",
    "floor_of_top",
    "next_change",
    "parse",
    "periods",
    "problems",
    "reads_sensitive",
    "register",
    "rule_block",
    "segments_read",
    "sentence",
    "universe",
    "unregister",
    "registry",
    "remembering",
    "select",
    "walk",
    "walk_by_id",
    "why_broken",
]

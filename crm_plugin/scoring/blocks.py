"""The editor of a score: lines, each with points for whom a rule is true."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError

from crm_plugin import rules

from .lines import EACH, LATER, Line

MOST_LINES = 30
MOST_POINTS = 1_000
GIVEN = [("once", _("once")), (EACH, _("for each time"))]


class LineBlock(rules.ConditionBlock):
    """Points for whom a rule is true, once or for each time that it counts."""

    shown = {"most": {"given": {EACH}}, "half_life": {"given": {EACH}}}
    points = blocks.IntegerBlock(
        default=5, min_value=-MOST_POINTS, max_value=MOST_POINTS, label=_("points")
    )
    given = blocks.ChoiceBlock(choices=GIVEN, default="once", label=_("given"))
    most = blocks.IntegerBlock(
        required=False,
        min_value=1,
        max_value=1_000,
        label=_("at most … times (empty: all)"),
    )
    half_life = blocks.IntegerBlock(
        required=False,
        min_value=1,
        max_value=3_650,
        label=_("half as much after … days (empty: never less)"),
    )

    class Meta:
        icon = "plus"
        label = _("Line")
        form_classname = "struct-block crm-score-line"
        form_layout = ["points", "given", "most", "half_life", "rule"]

    def __init__(self, *, rule: blocks.StreamBlock, **kwargs: Any) -> None:
        super().__init__([("rule", rule)], **kwargs)

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if found := Line.read(cleaned).problems():
            errors = [ValidationError(text) for text in found]
            refused = StreamBlockValidationError(non_block_errors=errors)
            raise StructBlockValidationError({"rule": refused})
        return cleaned


_built: dict[int, blocks.StreamBlock] = {}


def offered_block(*, sensitive: bool = True) -> blocks.StreamBlock:
    """The editor's block: without segments and scores, worked out later than scores."""
    return _lines(rules.rule_block(sensitive=sensitive, apart_from=LATER))


def _lines(rule: blocks.StreamBlock) -> blocks.StreamBlock:
    """Built once per state of the registry and per right."""
    if id(rule) not in _built:
        line = LineBlock(rule=rule)
        _built[id(rule)] = blocks.StreamBlock(
            [("line", line)], min_num=1, max_num=MOST_LINES, label=_("Lines")
        )
    return _built[id(rule)]


class LinesField(rules.BlocklessStreamField):
    """The lines of a score; their conditions come from the registry."""

    @property
    def stream_block(self) -> blocks.StreamBlock:  # type: ignore[override]
        # With every condition, so that saving never drops one that is refused.
        block = _lines(rules.rule_block())
        block.set_meta_options(self.block_opts)
        return block

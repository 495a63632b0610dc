"""The rule editor: a StreamField of groups and conditions."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.telepath import register as register_adapter
from wagtail.blocks.stream_block import (
    StreamBlockAdapter,
    StreamBlockValidationError,
)
from wagtail.blocks.struct_block import StructBlockAdapter, StructBlockValidationError

from . import counts, periods
from .asking import ask
from .choices import EMPTY
from .contradictions import contradictions
from .reading import LOST, LostBlock, ReadsCondition, ReadsRule
from .refusing import DEPTH, too_deep, too_many
from .registry import BrokenRule, Condition, registered

MATCHES = [
    ("all", gettext_lazy("All of these are true")),
    ("any", gettext_lazy("At least one of these is true")),
    ("none", gettext_lazy("None of these is true")),
]


class ConditionBlock(ReadsCondition, blocks.StructBlock):
    """The value of one condition, in one row of fields.

    ``shown`` says when a field plays a part: ``{"days": {"when": {"last"}}}``. A field
    that plays a part must be filled unless it stands in ``optional``; the editor hides
    the others.
    """

    shown: Mapping[str, Mapping[str, set[str]]] = {}
    optional: set[str] = set()
    condition: Condition | None = None

    class Meta:
        form_classname = "struct-block crm-condition"
        label_format = ""

    @cached_property
    def visibility(self) -> dict[str, Mapping[str, set[str]]]:
        """What periods and counts say holds only where their choices are asked, too."""
        known = {**periods.SHOWN, **counts.SHOWN}
        fields = self.child_blocks.keys()
        rules: dict[str, Mapping[str, set[str]]] = {
            name: needs for name, needs in known.items() if needs.keys() <= fields
        }
        rules.update(self.shown)
        return {name: rules[name] for name in fields if name in rules}

    def plays_a_part(self, name: str, value: Mapping[str, Any]) -> bool:
        """Whether the field counts, given what the other fields say."""
        return all(
            value.get(other) in allowed
            for other, allowed in self.visibility.get(name, {}).items()
        )

    def missing(self, value: Mapping[str, Any]) -> list[str]:
        """The fields that play a part and are empty."""
        free = self.optional | periods.OPTIONAL
        return [
            name
            for name in self.child_blocks
            if name not in free
            and value.get(name) in EMPTY
            and not isinstance(self.child_blocks[name], blocks.BooleanBlock)
            and self.plays_a_part(name, value)
        ]

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if self.is_deferred_validation or self.condition is None:
            return cleaned
        errors = {
            name: ValidationError(_("Please fill this in."))
            for name in self.missing(cleaned)
        }
        found = [] if errors else self._problems(cleaned)
        if errors or found:
            raise StructBlockValidationError(errors, found)
        return cleaned

    def _problems(self, value: Any) -> list[str]:
        try:
            condition: Any = self.condition
            lacks = ask(condition, "lacks", value)
            return lacks or ask(condition, "problems", value, None)
        except BrokenRule as error:
            return error.problems

    def editor_data(self) -> dict[str, Any]:
        """What the editor's script needs, read at request time."""
        return {}

    def get_form_layout(self) -> Any:
        """The period stands last, whatever the order of inheritance."""
        if self.meta.form_layout is None:
            names = [name for name in self.child_blocks if name not in periods.LATE]
            late = [name for name in self.child_blocks if name in periods.LATE]
            self.meta.form_layout = names + late
        return super().get_form_layout()


class PeriodBlock(ConditionBlock):
    """A condition about a stretch of days."""

    when = periods.when()
    days = periods.days_block(gettext_lazy("days"))
    days_to = periods.days_block(gettext_lazy("and days"))
    months = periods.months_block()
    from_on = blocks.DateBlock(required=False, label=gettext_lazy("from"))
    to_on = blocks.DateBlock(required=False, label=gettext_lazy("to"))


class CountBlock(PeriodBlock):
    """A condition about how often something happened in a stretch of days."""

    how = counts.how()
    number = counts.number_block()


class ConditionAdapter(StructBlockAdapter):
    """Tells the editor's script which fields play a part when."""

    js_constructor = "crm_plugin.rules.ConditionBlock"

    def js_args(self, block: ConditionBlock) -> list[Any]:
        args = super().js_args(block)
        args[2]["crm"] = {
            "shown": {
                name: {other: sorted(allowed) for other, allowed in needs.items()}
                for name, needs in block.visibility.items()
            },
            "gone": _("%(key)s (gone)"),
            **block.editor_data(),
        }
        return args

    @cached_property
    def media(self) -> forms.Media:
        return forms.Media(
            js=[
                versioned_static("wagtailadmin/js/telepath/blocks.js"),
                versioned_static("crm_plugin/rules/editor.js"),
            ],
            css={"all": [versioned_static("crm_plugin/rules/editor.css")]},
        )


register_adapter(ConditionAdapter(), ConditionBlock)


class RuleAdapter(StreamBlockAdapter):
    """Tells the editor's script which conditions are not offered at the moment."""

    js_constructor = "crm_plugin.rules.RuleBlock"

    def js_args(self, block: "RuleBlock") -> list[Any]:
        args = super().js_args(block)
        args[3]["crmHidden"] = [
            name
            for name in block.child_blocks
            if not _offered(name, block.child_blocks[name])
        ]
        return args

    @cached_property
    def media(self) -> forms.Media:
        return super().media + ConditionAdapter().media


def _offered(name: str, block: blocks.Block) -> bool:
    known = registered().get(name)
    kept = name == LOST or isinstance(block, TooDeepBlock)
    return not kept and (known is None or known.offered())


def never_true(stream: Any) -> list[str]:
    """Which conditions of *stream* cannot be true together, in words."""
    known = registered()
    leaves = [child for child in stream if child.block_type in known]
    return contradictions((known[leaf.block_type], leaf.value) for leaf in leaves)


class RuleBlock(ReadsRule, blocks.StreamBlock):
    """Groups and conditions, side by side; on the ``outermost`` level all must hold."""

    outermost = False

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if not self.outermost or self.is_deferred_validation:
            return cleaned
        if refused := too_many(cleaned):
            raise refused
        if found := never_true(cleaned):
            errors = [ValidationError(text) for text in found]
            raise StreamBlockValidationError(non_block_errors=errors)
        return cleaned


register_adapter(RuleAdapter(), RuleBlock)


class GroupBlock(blocks.StructBlock):
    """Conditions of which all, any or none must be true."""

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if self.is_deferred_validation:
            return cleaned
        if not cleaned["conditions"]:
            text = _("This group is empty: add a condition or delete the group.")
            raise StructBlockValidationError({}, [text])
        found = never_true(cleaned["conditions"]) if cleaned["match"] == "all" else []
        if found:
            raise StructBlockValidationError({}, found)
        return cleaned

    class Meta:
        icon = "list-ul"
        label = gettext_lazy("Group")
        label_format = "{match}"
        group = gettext_lazy("Groups")
        form_classname = "struct-block crm-group"


class TooDeepBlock(GroupBlock):
    """A group of one level too many: shown as it is stored, offered nowhere, refused."""

    def clean(self, value: Any) -> Any:
        if not self.is_deferred_validation:
            raise StructBlockValidationError({}, [too_deep()])
        return super().clean(value)


_built: dict[tuple[Any, ...], RuleBlock] = {}


def rule_block(
    *, sensitive: bool = True, apart_from: frozenset[str] = frozenset()
) -> RuleBlock:
    """The editor's block, built once per state of the registry and per right.

    *sensitive*: whether sensitive attributes and segments are offered. *apart_from*:
    conditions that rest on one of these aspects are not.
    """
    key = (*map(id, registered().values()), sensitive, apart_from)
    if key not in _built:
        _built[key] = _build(sensitive, apart_from)
    return _built[key]


def _match() -> blocks.ChoiceBlock:
    return blocks.ChoiceBlock(
        choices=MATCHES, default="any", label=gettext_lazy("Match")
    )


def _build(sensitive: bool, apart_from: frozenset[str]) -> RuleBlock:
    leaves = []
    for name, condition in registered().items():
        if condition.aspects & apart_from:
            continue
        block = condition.block(sensitive=sensitive)
        block.condition = condition
        leaves.append((name, block))
    leaves.append((LOST, LostBlock()))
    words = {"required": False, "label": gettext_lazy("Conditions")}
    stream = RuleBlock(leaves, **words)
    for kind in (TooDeepBlock, *[GroupBlock] * DEPTH):
        group = kind(
            [
                ("match", _match()),
                ("conditions", stream),
            ]
        )
        stream = RuleBlock([*leaves, ("group", group)], **words)
    stream.outermost = True
    return stream

"""Reading a rule that may hold anything: what cannot be read is kept, and told.

An address is typed by anybody, and a stored rule may be older than the blocks. Nothing
of it raises here; whatever cannot be read makes the rule one that is not evaluated.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks
from wagtail.blocks.field_block import BaseChoiceBlock

from .fitting import Fits, fits_of, is_text

MARK = re.compile("[\\0\ud800-\udfff]")
LOST = "lost"


class ReadsCondition(blocks.BaseStructBlock):
    """A block of fields, each of which may hold what it cannot."""

    @cached_property
    def _fits(self) -> dict[str, Fits]:
        return {name: fits_of(child) for name, child in self.child_blocks.items()}

    def to_python(self, value: Any) -> Any:
        return self.bulk_to_python([value])[0]

    def bulk_to_python(self, values: Any) -> list[Any]:
        """As Wagtail does it, but what a field cannot hold is left out and kept in
        ``unfit``, by the name of the field: such a condition is not evaluated."""
        unfit = [self._unfit(raw) for raw in values]
        fit = [
            {**raw, **dict.fromkeys(apart)} if isinstance(raw, Mapping) else {}
            for raw, apart in zip(values, unfit, strict=True)
        ]
        found = super().bulk_to_python(fit)
        for value, apart in zip(found, unfit, strict=True):
            value.unfit = apart
        return found

    def _unfit(self, raw: Any) -> dict[str, Any]:
        if not isinstance(raw, Mapping):
            return {"": raw}
        return {
            name: said
            for name, said in raw.items()
            if said is not None and name in self._fits and not self._fits[name](said)
        }

    def get_form_state(self, value: Any) -> Any:
        """A choice that is none any more is shown, so that saving refuses it."""
        state = super().get_form_state(value)
        for name, said in getattr(value, "unfit", {}).items():
            block = self.child_blocks.get(name)
            if isinstance(block, BaseChoiceBlock) and _is_said_in_words(said):
                state[name] = block.get_form_state(storable(said))
        return state

    def get_prep_value(self, value: Any) -> Any:
        """What could not be read is stored as it was."""
        unfit = getattr(value, "unfit", {})
        return unfit[""] if "" in unfit else {**super().get_prep_value(value), **unfit}


class ReadsRule(blocks.StreamBlock):
    """A stream of conditions and groups, some of which may be none."""

    def to_python(self, value: Any) -> Any:
        """As Wagtail does it, but remember what nobody can read as ``unknown``: the
        names of conditions that nobody registers, and whatever is no condition."""
        if isinstance(value, str):
            value = _from_json(value)
        if isinstance(value, blocks.StreamValue) or _is_native(value):
            return super().to_python(value)
        known, lost = self._apart(value)
        return _remembering(super().to_python(known), lost)

    def bulk_to_python(self, values: Any) -> list[Any]:
        """The same for the streams inside groups, which Wagtail reads together."""
        apart = [self._apart(value) for value in values]
        streams = super().bulk_to_python([known for known, _lost in apart])
        return [
            _remembering(stream, lost)
            for stream, (_known, lost) in zip(streams, apart, strict=True)
        ]

    def _apart(self, value: Any) -> tuple[list[Any], list[Any]]:
        """The items of *value* that can be read, and the others."""
        if not isinstance(value, list):
            return [], [value] if value else []
        known = [item for item in value if self._is_known(item)]
        return known, [item for item in value if not self._is_known(item)]

    def _is_known(self, item: Any) -> bool:
        if not isinstance(item, Mapping) or "value" not in item:
            return False
        kind = item.get("type")
        if not isinstance(kind, str) or kind not in self.child_blocks or kind == LOST:
            return False
        return kind != "group" or isinstance(item["value"], Mapping)

    def get_form_state(self, value: Any) -> Any:
        """What could not be read is a line of its own, which only its author deletes."""
        lost = [
            {"type": LOST, "value": _to_json(item), "id": None}
            for item in getattr(value, "lost", [])
        ]
        return [*super().get_form_state(value), *lost]

    def get_prep_value(self, value: Any) -> Any:
        """What could not be read is stored as it was: a rule never loses a line."""
        return storable([*super().get_prep_value(value), *getattr(value, "lost", [])])


class LostBlock(blocks.CharBlock):
    """A line of a rule that nobody can read, as it is stored; never saved anew."""

    class Meta:
        icon = "warning"
        label = gettext_lazy("Condition that is gone")
        help_text = gettext_lazy(
            "Nobody knows this condition any more, and leaving it out may choose more"
            " people. Delete this line if that is meant."
        )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.field.widget.attrs["readonly"] = True

    def clean(self, value: Any) -> Any:
        text = _("The condition “%(name)s” is gone. Delete this line to go without it.")
        line = next(iter(_from_json(f"[{value}]")), None)
        raise ValidationError(text % {"name": _name_of(line)})


def storable(raw: Any) -> Any:
    """The same, with a mark for each character that a database cannot hold, and words
    for numbers that are none."""
    if isinstance(raw, str):
        return raw if is_text(raw) else MARK.sub("\ufffd", raw)
    if isinstance(raw, Mapping):
        return {storable(key): storable(said) for key, said in raw.items()}
    if isinstance(raw, float) and not math.isfinite(raw):
        return str(raw)
    return [storable(each) for each in raw] if isinstance(raw, list) else raw


def _to_json(item: Any) -> str:
    return json.dumps(storable(item), ensure_ascii=False, default=str)


def _is_said_in_words(raw: Any) -> bool:
    return all(isinstance(each, str) for each in (raw if type(raw) is list else [raw]))


def _from_json(text: str) -> Any:
    try:
        return json.loads(text) if text else []
    except (ValueError, RecursionError):
        return [text]


def _is_native(value: Any) -> bool:
    """Pairs of a name and a value, as code may give them."""
    pairs = isinstance(value, list | tuple) and bool(value)
    return pairs and all(isinstance(item, tuple) for item in value)


def _remembering(stream: Any, lost: list[Any]) -> Any:
    stream.lost, stream.unknown = lost, [_name_of(item) for item in lost]
    return stream


def _name_of(item: Any) -> str:
    kind = item.get("type") if isinstance(item, Mapping) else None
    return kind if kind and is_text(kind) else "…"

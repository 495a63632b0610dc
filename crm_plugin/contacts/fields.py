"""The one registry of what forms, imports, rules and exports can map.

A room adds its own noun with ``register``. A field is named ``noun.key``; values are
cleaned here, so that every door refuses and accepts the same things.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property
from typing import Any

from django.utils.translation import pgettext

from crm_plugin import once

from . import cleaning
from .cleaning import Refused as Refused
from .models import AttributeDefinition

Values = dict[int, dict[str, Any]]
"""Values by field name, by the id of the contact."""


@dataclass(frozen=True)
class Field:
    """Something about a record that can be asked, imported, compared and exported.

    ``type``: text, long_text, number, yes_no, date, choice, multi_choice, email or
    phone. ``choices`` are pairs of key and label.
    """

    name: str
    label: Any
    type: str = "text"
    sensitive: bool = False
    choices: tuple[tuple[str, Any], ...] = ()
    cleaner: Callable[["Field", Any], Any] | None = None
    max_length: int = 200
    group: str = ""
    help_text: Any = ""
    definition: AttributeDefinition | None = attribute(
        default=None, compare=False, repr=False
    )

    @property
    def key(self) -> str:
        """What stands behind the noun: an attribute's key."""
        return self.name.partition(".")[2]

    def clean(self, raw: Any) -> Any:
        """The value that *raw* means, None where it is blank; safe to repeat.

        Raises ``Refused``, a ``ValueError`` with a translated message, for what cannot
        be meant; its ``reason`` is that message without the label.
        """
        return cleaning.clean(self, raw)

    def display(self, value: Any) -> str:
        """A cleaned *value* as people read it, in their language."""
        return cleaning.display(self, value)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The label of each choice by its key, retired ones included, in order."""
        if self.definition is None:
            return {key: str(label) for key, label in self.choices}
        return {choice.key: str(choice) for choice in self.definition.choices.all()}

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Every folded way to say a choice, and the choice's key."""
        if self.definition is None:
            return cleaning.spellings(self.choices)
        found = cleaning.spellings(self.choices)
        for choice in self.definition.choices.all():
            for spelling in (choice.key, choice.label, choice.label_ja):
                if spelling:
                    found.setdefault(cleaning.normalise.fold(spelling), choice.key)
        return found


@dataclass(frozen=True)
class Noun:
    """Whose fields they are, and how they are read and written, always set-based.

    May stand under several prefixes. ``fields(user)`` lists the fields, ``read(ids, names)`` gives the current values and
    ``write(values)`` writes cleaned ones that differ and returns journal entries.
    ``aspect`` tells the change feed what was touched. ``written_with`` names the prefix
    whose noun reads and writes these fields together with its own. ``give(values)``
    writes for contacts that have nothing yet, without looking first; ``write`` else.
    """

    fields: Callable[[Any], list[Field]]
    read: Callable[[Iterable[int], Iterable[str]], Values]
    write: Callable[[Values], list[tuple]]
    aspect: str = "fields"
    written_with: str = ""
    give: Callable[[Values], list[tuple]] | None = None


_nouns: dict[str, Noun] = {}


def register(prefix: str, noun: Noun) -> None:
    """Add the fields called ``prefix.…``; a host app may add its own."""
    _nouns[prefix] = noun


def nouns() -> dict[str, Noun]:
    return dict(_nouns)


def mappable(user: Any = None, *, noun: str = "contact") -> list[Field]:
    """All fields that *user* may map; without a user, all that are not sensitive.

    ``noun`` other than "contact" lists the attributes of organisations or departments.
    """
    if noun != "contact":
        return attributes(user, noun=noun)
    known = dict.fromkeys(_nouns.values())
    return [field for entry in known for field in entry.fields(user)]


def named(names: Iterable[str]) -> dict[str, Field]:
    """The fields called *names*, sensitive or not, also of retired attributes.

    For what is already mapped; unknown names are left out. One or two queries.
    """
    wanted = set(names)
    keys = [name.partition(".")[2] for name in wanted if name.startswith("attribute.")]
    found: dict[str, Field] = {}
    for definition in definitions(keys).values():
        field = attribute_field(definition)
        found[field.name] = field
    prefixes = {name.partition(".")[0] for name in wanted} - {"attribute"}
    for prefix in prefixes & _nouns.keys():
        found.update((field.name, field) for field in _nouns[prefix].fields(None))
    return {name: found[name] for name in wanted if name in found}


def definitions(keys: Iterable[str]) -> dict[str, AttributeDefinition]:
    """The definitions called *keys* with their choices, retired ones too; two queries,
    in a block of ``once.reading`` only for those not read before."""
    return once.many("attributes", keys, _definitions)


def _definitions(keys: set[str]) -> dict[str, AttributeDefinition]:
    rows = AttributeDefinition.objects.filter(key__in=keys)
    return {row.key: row for row in rows.prefetch_related("choices")}


def field(name: str) -> Field:
    """The field called *name*. Raises ``KeyError`` when there is none."""
    return named([name])[name]


def attributes(user: Any = None, *, noun: str = "contact") -> list[Field]:
    """The active attributes that describe *noun* and that *user* may read."""
    rows = AttributeDefinition.objects.active().describing(noun)
    rows = rows.filter(sensitive=False) if user is None else rows.readable_by(user)
    return [attribute_field(row) for row in rows.prefetch_related("choices")]


def attribute_field(definition: AttributeDefinition) -> Field:
    """The field of one definition; its choices should be prefetched."""
    choices = tuple(
        (choice.key, str(choice))
        for choice in definition.choices.all()
        if choice.active
    )
    return Field(
        name=f"attribute.{definition.key}",
        label=definition.display_label,
        type=definition.type,
        sensitive=definition.sensitive,
        choices=choices,
        group=definition.group or pgettext("heading of a form", "Attributes"),
        help_text=definition.help_text,
        definition=definition,
    )

"""One merge under way: who becomes whom, and what its steps may do to rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from crm_plugin.contacts import links
from crm_plugin.contacts.models import Contact
from crm_plugin.journal import Entry, Operation, bundles

SURVIVOR, DUPLICATE, BOTH = "survivor", "duplicate", "both"


@dataclass
class Merging:
    """What the joins of all rooms get.

    Every change goes through its methods, so that the journal can take it back.
    ``points`` tells of each of the duplicate's contact points that was equal to one of
    the survivor's: {its id: the survivor's}.
    """

    survivor: Contact
    duplicate: Contact
    choices: Mapping[str, str]
    by: Any
    operation: Operation
    points: dict[int, int] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def prefers(self, name: str, own: Any, other: Any) -> str:
        """Which of two values of *name* stays: as was chosen, else the filled one."""
        said = self.choices.get(name, "")
        if said in (SURVIVOR, DUPLICATE):
            return said
        return DUPLICATE if blank(own) and not blank(other) else SURVIVOR

    def rows(self, model: type[models.Model], key: str) -> tuple[list[Any], list[Any]]:
        """The survivor's rows of *model* and the duplicate's, oldest key first."""
        sides: dict[int, list[Any]] = {self.survivor.pk: [], self.duplicate.pk: []}
        found = model._default_manager.filter(**{f"{key}__in": list(sides)})
        attname = model._meta.get_field(key).attname  # type: ignore[union-attr]
        for row in found.order_by("pk"):
            sides[getattr(row, attname)].append(row)
        return sides[self.survivor.pk], sides[self.duplicate.pk]

    def edit(self, row: models.Model, **values: Any) -> None:
        """Set those columns of *row* that differ; the survivor's history tells them."""
        changed = {k: new for k, new in values.items() if getattr(row, k) != new}
        if not changed:
            return
        label = str(row._meta.model_name)
        for name, new in changed.items():
            old = getattr(row, name)
            self.entries.append((label, row.pk, name, old, new, self.survivor.pk))
            setattr(row, name, new)
        type(row)._default_manager.filter(pk=row.pk).update(**changed)

    def take_out(self, model: type[models.Model], rows: Sequence[models.Model]) -> None:
        """Delete *rows* of one model; what points to them must point elsewhere."""
        if rows:
            keys = [row.pk for row in rows]
            bundles.take_out(self.operation, model._default_manager.filter(pk__in=keys))

    def add(self, rows: Sequence[models.Model]) -> None:
        """Insert *rows* of one model; the undo leaves those that changed meanwhile."""
        bundles.add(self.operation, rows)

    def shift(self, rows: models.QuerySet, key: str, *, old: Any, new: Any) -> None:
        """Set *key* of all *rows* alike, in one statement."""
        bundles.shift(self.operation, rows, key, old=old, new=new)

    def repoint(self, target: type[models.Model], pairs: Mapping[int, int]) -> None:
        """Let every key to a row of *target* point to the one that takes its place."""
        for model, key in links.keys_to(target):
            for old, new in pairs.items():
                rows = model._default_manager.filter(**{key: old})
                self.shift(rows, key, old=old, new=new)

    def for_survivor(self, row: models.Model, key: str, **values: Any) -> models.Model:
        """A new row of the survivor's that says what *row* says."""
        said = {
            column.attname: getattr(row, column.attname)
            for column in row._meta.concrete_fields
        }
        owner = row._meta.get_field(key).attname  # type: ignore[union-attr]
        return type(row)(**{**said, owner: self.survivor.pk, **values})


def blank(value: Any) -> bool:
    return value is None or value == ""

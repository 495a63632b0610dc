"""Every key to a contact, and what merge, erase and export do with its rows.

A room registers each foreign key to Contact once, in its ``registrations`` module; a
system check names the ones that are missing. Keys to a contact's points follow the
point and need no word, unless their room joins the rows of two points itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models

if TYPE_CHECKING:
    from .merge.joining import Merging
    from .merge.undo import Parting

Join = Callable[["Merging"], None]
Part = Callable[["Parting"], None]
EVERY_ROW = models.Q()


@dataclass(frozen=True)
class Link:
    """How one foreign key to Contact takes part.

    ``merge``: ``move`` (rows follow the survivor), ``recompute`` (a summary),
    ``one`` (one row per contact, or per contact and what its unique constraint names
    besides; the survivor's stays).
    ``erase``: ``delete``, ``unlink`` (the row stays without the person).
    ``export``: whether the rows belong to a person's data export.
    ``idle``: which rows do not keep a provisional record, because a form left them or
    they are computed; summaries never do, of any other model every row does.

    ``join`` runs first when two contacts are merged, where rows of both must become
    one, and ``joined`` when all is done; ``clear`` runs before a merge is undone, and
    ``part`` after it.
    """

    model: type[models.Model]
    field: str
    merge: str
    erase: str
    export: bool
    join: Join | None = None
    joined: Join | None = None
    clear: Part | None = None
    part: Part | None = None
    idle: models.Q | None = None


_links: dict[tuple[type[models.Model], str], Link] = {}
_point_joins: dict[tuple[type[models.Model], str], Join] = {}


def register(
    model: type[models.Model],
    field: str,
    *,
    merge: str = "move",
    erase: str = "delete",
    export: bool = True,
    join: Join | None = None,
    joined: Join | None = None,
    clear: Part | None = None,
    part: Part | None = None,
    idle: models.Q | None = None,
) -> None:
    """Say what becomes of ``model.field`` on merge, erase and export."""
    if idle is None and merge == "recompute":
        idle = EVERY_ROW
    _links[(model, field)] = Link(
        model, field, merge, erase, export, join, joined, clear, part, idle
    )


def registered() -> list[Link]:
    return list(_links.values())


def join_points(model: type[models.Model], field: str, join: Join) -> None:
    """Let *join* decide about ``model.field`` where two contact points become one."""
    _point_joins[(model, field)] = join


def joins_of_points() -> list[Join]:
    return list(_point_joins.values())


def keys_to(target: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    """Every foreign key to *target*, of host apps, too: model and field."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is target:
                yield model, field.name

"""Every key to a contact, and what merge, erase and export do with its rows.

A room registers each foreign key to Contact once, in its ``registrations`` module; a
system check names the ones that are missing.
"""

from dataclasses import dataclass

from django.db import models


@dataclass(frozen=True)
class Link:
    """How one foreign key to Contact takes part.

    ``merge``: ``move`` (rows follow the survivor), ``recompute`` (a summary),
    ``one`` (one row per contact; the survivor's stays).
    ``erase``: ``delete``, ``unlink`` (the row stays without the person).
    ``export``: whether the rows belong to a person's data export.
    """

    model: type[models.Model]
    field: str
    merge: str
    erase: str
    export: bool


_links: dict[tuple[type[models.Model], str], Link] = {}


def register(
    model: type[models.Model],
    field: str,
    *,
    merge: str = "move",
    erase: str = "delete",
    export: bool = True,
) -> None:
    """Say what becomes of ``model.field`` on merge, erase and export."""
    _links[(model, field)] = Link(model, field, merge, erase, export)


def registered() -> list[Link]:
    return list(_links.values())

"""The map of what may be known: four areas, each classifiable or in somebody's words.

Each room tells the things that it knows; attributes are told by this room. A thing
sits in one cell of the map. ``known`` says which of them are known of one contact,
``count`` of how many records; the worker counts once a day, room by room.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from crm_plugin import queue

from .models import AttributeDefinition, Contact, DataFill

Area = AttributeDefinition.Area
DAY = dt.timedelta(hours=23)


@dataclass(frozen=True)
class Thing:
    """Something that may be known of a record, and the cell in which it sits."""

    name: str
    label: Any
    area: str
    classifiable: bool = True
    noun: str = "contact"


@dataclass(frozen=True)
class Counted:
    """Of so many records *name* is known; ``source`` is where these came from."""

    name: str
    number: int
    newest_at: dt.datetime | None = None
    source: str = ""
    noun: str = "contact"


@dataclass(frozen=True)
class Room:
    """``things(user)`` for a reader, ``known(contact, user)`` gives names, and
    ``count()`` what stands in the whole house; a fixed number of queries each."""

    things: Callable[[Any], list[Thing]]
    known: Callable[[Contact, Any], set[str]]
    count: Callable[[], Iterable[Counted]]


@dataclass
class Cell:
    """One of the eight cells: what is known of somebody, and what is not."""

    area: str
    classifiable: bool
    known: list[Thing] = field(default_factory=list)
    missing: list[Thing] = field(default_factory=list)

    @property
    def area_label(self) -> str:
        return str(Area(self.area).label)

    @property
    def empty(self) -> bool:
        """Nothing is known, although there is something to know."""
        return bool(self.missing) and not self.known


Feeder = Callable[[], dict[str, list[str]]]
_rooms: dict[str, Room] = {}
_feeders: list[Feeder] = []


def register(name: str, room: Room) -> None:
    """Let a room tell its things; a host app may add its own."""
    _rooms[name] = room


def feeder(function: Feeder) -> Feeder:
    """Register ``fn() -> {field name: names of forms, sheets or feeds}``."""
    _feeders.append(function)
    return function


def fed_by() -> dict[str, list[str]]:
    """What fills each field, by its name in the registry."""
    found: dict[str, list[str]] = defaultdict(list)
    for feed in _feeders:
        for name, sources in feed().items():
            found[name] += sources
    return found


def things(user: Any, *, nouns: Iterable[str] = ("contact",)) -> list[Thing]:
    """Everything that may be known, as far as *user* may read it."""
    wanted = set(nouns)
    told = (thing for room in _rooms.values() for thing in room.things(user))
    return [thing for thing in told if thing.noun in wanted]


def cells() -> Iterator[Cell]:
    """The eight cells, row by row."""
    for classifiable in (True, False):
        for area in Area.values:
            yield Cell(area, classifiable)


def of(contact: Contact, user: Any) -> list[Cell]:
    """The contact's own map: eight cells."""
    known: set[str] = set()
    for room in _rooms.values():
        known |= room.known(contact, user)
    found = {(cell.area, cell.classifiable): cell for cell in cells()}
    for thing in things(user):
        cell = found[thing.area, thing.classifiable]
        (cell.known if thing.name in known else cell.missing).append(thing)
    return list(found.values())


@queue.chore("data-map", every=3_600)
def count_next() -> bool:
    """Count the room that was not counted for longest, once a day; true while others
    wait."""
    since = timezone.now() - DAY
    rows = DataFill.objects.values_list("room").annotate(at=Max("counted_at"))
    last = dict(rows)
    waiting = [name for name in _rooms if last.get(name, since) <= since]
    waiting.sort(key=lambda name: last.get(name, since))
    if waiting:
        count(waiting[0])
    return len(waiting) > 1


def count(name: str) -> None:
    """Count one room anew."""
    now = timezone.now()
    rows = [
        DataFill(
            room=name,
            noun=one.noun,
            name=one.name,
            source=one.source,
            number=one.number,
            newest_at=one.newest_at,
            counted_at=now,
        )
        for one in _rooms[name].count()
    ]
    with transaction.atomic():
        DataFill.objects.filter(room=name).delete()
        DataFill.objects.bulk_create(rows, batch_size=1_000)


def count_all() -> None:
    """Count everything now."""
    for name in _rooms:
        count(name)

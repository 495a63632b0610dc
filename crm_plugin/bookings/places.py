"""Taking places: each is a unique row per quarter hour, never a counter."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction

from . import moments
from .models import BookedTick, Booking, Resource, Service
from .refusals import SlotTaken

ATTEMPTS = 2


def take(booking: Booking, *, among: Sequence[Resource]) -> Resource:
    """Insert the booking's quarter hours at the best of *among* that is free.

    Raises ``SlotTaken``, changing nothing. Where the database can, bookings of these
    resources queue up at their rows, always in the same order; the unique constraint
    on place and quarter hour holds in any case.
    """
    with transaction.atomic():
        lock(room.pk for room in among)
        for room in _by_choice(among, booking):
            if _take_at(room, booking):
                booking.resource = room
                return room
        raise SlotTaken


def lock(resource_ids: Iterable[int]) -> None:
    """Let nobody else book at these resources until the transaction ends."""
    rows = Resource.objects.select_for_update(no_key=True)
    rows = rows.filter(pk__in=set(resource_ids))
    list(rows.order_by("pk").values_list("pk"))


def give_back(booking: Booking) -> None:
    booking.ticks.all().delete()


def _by_choice(among: Sequence[Resource], booking: Booking) -> list[Resource]:
    """Where it stands already, else the smallest table that the party fits at."""

    def rank(room: Resource) -> tuple[bool, int]:
        stands = room.pk == booking.resource_id
        return not stands, room.places if room.whole else 0

    return sorted(among, key=rank)


def _take_at(room: Resource, booking: Booking) -> bool:
    for _attempt in range(ATTEMPTS):
        rows = _rows(booking, room)
        if not rows:
            return False
        try:
            with transaction.atomic():
                BookedTick.objects.bulk_create(rows)
        except IntegrityError:
            continue
        return True
    return False


def _rows(booking: Booking, room: Resource) -> list[BookedTick]:
    """Free places for each quarter hour, in the order of the unique key; or none."""
    covered = moments.ticks(booking.starts_at, booking.service.blocked)
    taken = _taken(room, covered)
    rows = []
    for moment in covered:
        chosen = _choose(booking.service, room, booking.party_size, taken[moment])
        if not chosen:
            return []
        rows += [
            BookedTick(booking=booking, resource=room, place=n, starts_at=moment)
            for n in sorted(chosen)
        ]
    return rows


def _taken(
    room: Resource, covered: Sequence[dt.datetime]
) -> dict[dt.datetime, set[int]]:
    taken: dict[dt.datetime, set[int]] = defaultdict(set)
    rows = BookedTick.objects.filter(resource=room, starts_at__in=covered)
    for moment, place in rows.values_list("starts_at", "place"):
        taken[moment].add(place)
    return taken


def _choose(service: Service, room: Resource, party: int, taken: set[int]) -> list[int]:
    """Places for *party*; all of them where it has the room to itself.

    A service with a capacity of its own fills places from the first one on, others
    from the last one back: so each meets the other only when the room is full.
    """
    if room.whole:
        if taken or party > service.places_of(room):
            return []
        return list(range(1, room.places + 1))
    if len(taken) + party > room.places:
        return []
    numbers = range(1, service.places_of(room) + 1)
    free = [n for n in numbers if n not in taken]
    if not service.capacity:
        free.reverse()
    return free[:party] if len(free) >= party else []

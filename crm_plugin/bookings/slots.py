"""Start times of a service: from opening hours and a step, or fixed ones."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from . import moments, opening
from .models import Resource, Service


@dataclass(frozen=True)
class Slot:
    """A start time, and the resources that are open for the whole stay."""

    starts_at: dt.datetime
    resources: tuple[Resource, ...]


def slots(service: Service, day: dt.date) -> list[Slot]:
    """What the plan holds for one of the site's days, whether free or not.

    Of the resources' and the service's rows only what ``with_plan`` prefetches is
    read. A place that opens late and closes after midnight offers times of the next
    calendar day, too.
    """
    found: dict[dt.datetime, list[Resource]] = defaultdict(list)
    for resource in service.resources.all():
        for starts_at in _starts(service, resource, day):
            found[starts_at].append(resource)
    return [Slot(at, tuple(rooms)) for at, rooms in sorted(found.items())]


def find(service: Service, starts_at: dt.datetime) -> Slot | None:
    """The slot that begins at this very moment, if the plan holds one."""
    starts_at = starts_at.astimezone(dt.UTC)
    day = moments.day_of(starts_at)
    found: list[Resource] = []
    for each in (day - moments.DAY, day):
        for slot in slots(service, each):
            if slot.starts_at == starts_at:
                found += [room for room in slot.resources if room not in found]
    return Slot(starts_at, tuple(found)) if found else None


def _starts(service: Service, room: Resource, day: dt.date) -> set[dt.datetime]:
    plan = opening.of(room, day)
    if service.step_minutes:
        walls = _stepping(plan, dt.timedelta(minutes=service.step_minutes))
    else:
        walls = _fixed(service, plan, day)
    open_spans = [
        (moments.edge(opens), moments.edge(closes, last=True))
        for opens, closes in plan.spans
    ]
    return {
        moment
        for wall in walls
        for moment in moments.instants(wall)
        if plan.any_time or _fits(open_spans, moment, moment + service.stay)
    }


def _stepping(plan: opening.Day, step: dt.timedelta) -> Iterator[dt.datetime]:
    """Wall times from each opening on; those that the clock skips stand for nothing."""
    for opens, closes in plan.spans:
        wall = opens
        while wall < closes:
            yield wall
            wall += step


def _fixed(service: Service, plan: opening.Day, day: dt.date) -> Iterator[dt.datetime]:
    """The day's fixed times; where it is open past midnight, those of the next one."""
    late = any(closes.date() > day for _opens, closes in plan.spans)
    for slot in service.slots.all():
        if slot.weekday == plan.weekday:
            wall = dt.datetime.combine(day, slot.starts)
            yield wall
            if late:
                yield wall + moments.DAY


def _fits(
    spans: list[tuple[dt.datetime, dt.datetime]],
    starts_at: dt.datetime,
    ends_at: dt.datetime,
) -> bool:
    return any(opens <= starts_at and ends_at <= closes for opens, closes in spans)

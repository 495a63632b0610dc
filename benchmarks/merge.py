"""Merge a contact with many rows elsewhere, and take it apart again: seconds."""

import datetime as dt
import statistics
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils import timezone

from crm_plugin import models as m
from crm_plugin.contacts import changes, links, records
from crm_plugin.contacts.merge import merge_contacts, undo_merge
from crm_plugin.contacts.merge.verb import ASPECTS

from . import generator
from .harness import Case, Report, Target

SIZE = 10_000
OTHERS = 2_000
ROUNDS = 5
LIMIT = 2.0
BATCH = 1_000
# Of a hundred rows so many are of this kind.
SHARES = {
    m.Touchpoint: 40,
    m.Delivery: 20,
    m.Purchase: 12,
    m.SegmentMembership: 6,
    m.Booking: 5,
    m.Submission: 5,
    m.Inquiry: 4,
    m.FollowUp: 4,
    m.SensitiveView: 4,
}


def run(size: int) -> Report:
    generator.build(OTHERS)
    survivor, duplicate = (
        records.create_contact(
            {
                "contact.family_name": "黒柳",
                "contact.given_name": "徹",
                "point.email": f"toru{side}@mail.example",
                "point.phone": "090-1234-5678",
            }
        )
        for side in range(2)
    )
    assert plant(duplicate, size) == size
    plant(survivor, size // 10)
    records.finish([survivor.pk, duplicate.pk], ASPECTS)
    while changes.drain():
        pass
    before = held(survivor), held(duplicate)
    merged, undone = [], []
    for _round in range(ROUNDS):
        operation = timed(partial(merge_contacts, survivor, duplicate, by=None), merged)
        assert m.Touchpoint.objects.filter(contact=survivor).count() > size * 0.4
        timed(partial(undo_merge, operation, by=None), undone)
        assert (held(survivor), held(duplicate)) == before
    return Report([*told("merge", merged), *told("undo", undone)])


Seconds = tuple[float, float]


def timed(act: Callable[[], Any], times: list[Seconds]) -> Any:
    """Run *act*; append its seconds, and those of this process's own work."""
    started, worked = time.perf_counter(), time.process_time()
    result = act()
    times.append((time.perf_counter() - started, time.process_time() - worked))
    return result


def told(name: str, times: list[Seconds]) -> list[Case]:
    """The medians, each against the limit; the second says what a busy machine adds."""
    whole, own = (statistics.median(column) for column in zip(*times, strict=True))
    return [
        Target(f"{name}, seconds", whole, LIMIT, "limit", 1),
        Target(f"{name}, own work", own, LIMIT, "limit", 1),
    ]


def held(contact: m.Contact) -> dict[str, int]:
    """How many rows hang on *contact*, by table."""
    return {
        f"{link.model.__name__}.{link.field}": link.model._default_manager.filter(
            **{link.field: contact.pk}
        ).count()
        for link in links.registered()
    }


def plant(contact: m.Contact, size: int) -> int:
    """*size* rows of all kinds; how many were made."""
    makers = _makers(contact, contact.points.get(kind="email"))
    now, made = timezone.now(), 0
    for model, share in SHARES.items():
        count = size * share // 100
        rows = [
            model(contact=contact, **makers[model](n, now - dt.timedelta(hours=5 * n)))
            for n in range(count)
        ]
        model.objects.bulk_create(rows, batch_size=BATCH)
        made += count
    return made


Maker = Callable[[int, dt.datetime], dict[str, Any]]


def _makers(contact: m.Contact, point: m.ContactPoint) -> dict[Any, Maker]:
    resource = m.Resource.objects.create(name="Room", places=8)
    service = m.Service.objects.create(key=f"dinner-{contact.pk}", name="Dinner")
    service.resources.add(resource)
    kept = m.Segment(key=f"bench-{contact.pk}", name="Bench", live=False)
    kept.save()
    reach = {"address": point.value, "address_norm": point.value_norm}
    hour = dt.timedelta(hours=1)
    return {
        m.Touchpoint: lambda n, at: {"kind": "call", "channel": "phone", "at": at},
        m.Delivery: lambda n, at: {
            **reach,
            "point": point,
            "kind": "service",
            "state": "sent",
            "language": "ja",
            "key": f"bench-{contact.pk}-{n}",
        },
        m.Purchase: lambda n, at: {"at": at, "on": at.date(), "amount": 1200},
        m.SegmentMembership: lambda n, at: {
            "segment": kept,
            "entered_at": at,
            "left_at": at + hour,
        },
        m.Booking: lambda n, at: {
            "reference": f"B{contact.pk}-{n}",
            "service": service,
            "starts_at": at,
            "ends_at": at + hour,
        },
        m.Submission: lambda n, at: {
            "key": uuid.uuid4().hex,
            "reference": f"R{contact.pk}-{n}",
            "kind": "inquiry",
            "answers": [],
        },
        m.Inquiry: lambda n, at: {
            "reference": f"Q{contact.pk}-{n}",
            "subject": "Catering",
            "received_at": at,
            "due_at": at + hour,
        },
        m.FollowUp: lambda n, at: {"due_on": at.date(), "what": "Call"},
        m.SensitiveView: lambda n, at: {"screen": "record", "keys": "income"},
    }

"""Rebuild the current state from the ledger alone: it must come out the same."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from crm_plugin import signing
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import ContactPoint

from .models import Consent, ConsentEvent, ConsentSubject, Topic
from .states import Standing, after
from .writing import ASPECT, Key, consent_row, standing_of, store

SLICE = 2_000


def rebuild() -> int:
    """Replace every ``Consent`` by what the ledger says; how many rows there are.

    Events of people and addresses that are gone are passed over: the ledger keeps
    them as evidence, but there is nobody left to write to.
    """
    with transaction.atomic():
        rows = [consent_row(key, standing) for key, standing in replay().items()]
        Consent.objects.all().delete()
        store(rows)
        holders = Consent.objects.values_list("point__contact_id", flat=True)
        changes.note(holders.distinct(), ASPECT)
    return len(rows)


def differences() -> list[Key]:
    """Where the current state is not what the ledger says; empty when all is well."""
    current = {
        (row.point_id, row.topic_id): standing_of(row)
        for row in Consent.objects.iterator(SLICE)
    }
    said = replay()
    keys = current.keys() | said.keys()
    return sorted(key for key in keys if current.get(key) != said.get(key))


def replay(
    contact_ids: Collection[int] | QuerySet | None = None,
    *,
    topic: Topic | None = None,
    until: datetime | None = None,
) -> dict[Key, Standing]:
    """How every (point id, topic id) stands after the whole ledger, in its order.

    An address that was taken off a record and put on again starts anew: what was said
    before belonged to the point that is gone, and stays as evidence.
    With *contact_ids*, only what is about these few contacts is read; with *topic*,
    what is about this one; with *until*, what was said by then.
    """
    topics = dict(Topic.objects.values_list("key", "pk"))
    subjects = ConsentSubject.objects.all()
    events = ConsentEvent.objects.order_by("id")
    if topic is not None:
        topics = {topic.key: topic.pk}
        events = events.filter(topic__in=["", topic.key])
    if until is not None:
        events = events.filter(at__lte=until)
    if contact_ids is not None:
        subjects = subjects.filter(contact_id__in=contact_ids)
        events = events.filter(subject__in=subjects.values("subject"))
    contacts = dict(subjects.values_list("subject", "contact_id"))
    points = _points_by_hash(set(contacts.values()))
    standing: dict[int, dict[int, Standing]] = defaultdict(dict)
    for event in events.iterator(SLICE):
        key = (contacts.get(event.subject, 0), event.address_hash)
        point, since = points.get(key, (None, event.at))
        if point is not None and event.at >= since:
            _apply(standing[point], topics, event)
    return {
        (point, topic): each
        for point, known in standing.items()
        for topic, each in known.items()
    }


def _apply(
    known: dict[int, Standing], topics: dict[str, int], event: ConsentEvent
) -> None:
    """Move one point's standings along; an event without a topic is about all."""
    named = [topics[event.topic]] if event.topic in topics else []
    for topic in named if event.topic else list(known):
        result = after(known.get(topic), event)
        if result is None:
            known.pop(topic, None)
        else:
            known[topic] = result


def _points_by_hash(
    contact_ids: set[int],
) -> dict[tuple[int, str], tuple[int, datetime]]:
    """{(contact, hash): (point, since when it is on the record)}."""
    found: dict[tuple[int, str], tuple[int, datetime]] = {}
    ids = sorted(contact_ids)
    for start in range(0, len(ids), SLICE):
        rows = ContactPoint.objects.filter(contact_id__in=ids[start : start + SLICE])
        columns = ("pk", "contact_id", "kind", "value_norm", "created_at")
        for point in rows.only(*columns):
            for digest in signing.address_hashes(point.kind, point.value_norm):
                found[point.contact_id, digest] = (point.pk, point.created_at)
    return found

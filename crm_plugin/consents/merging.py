"""Consents when two records become one: the strictest wins, and the ledger says so.

The ledger is never rewritten. Where it alone would come to another result than the
merge (or its undo), one more line settles how the address stands, so that a rebuild
always equals the current state.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from crm_plugin import signing
from crm_plugin.contacts.merge.joining import Merging
from crm_plugin.contacts.merge.undo import Parting
from crm_plugin.contacts.models import ContactPoint

from .models import Consent, ConsentEvent, ConsentSubject, Preference, Topic
from .rebuild import replay
from .states import NO, WITHDRAWN, Standing, after, strictest
from .subjects import subjects_for
from .writing import Key, consent_row, standing_of, store

FREQUENCIES = list(Preference.Frequency.values)
Refusals = dict[tuple[str, int], Standing]


def join_consents(merging: Merging) -> None:
    """Equal points: the strictest of both. Besides, who refused a topic on one record
    refused it for every address of that kind on the other one."""
    own, other = (_of(each.pk) for each in (merging.survivor, merging.duplicate))
    wanted = _outcome(own, other, merging.points)
    rows = {(row.point_id, row.topic_id): row for row in [*own, *other]}
    changed = {key: s for key, s in wanted.items() if _differs(rows.get(key), s)}
    gone = [
        row
        for key, row in rows.items()
        if key in changed or row.point_id in merging.points
    ]
    merging.take_out(Consent, gone)
    merging.add([consent_row(key, standing) for key, standing in changed.items()])


def outcome(own: int, other: int) -> list[tuple[str, Topic, str]]:
    """(kind of address, topic, state) for each topic, the strictest, for a preview."""
    rows = {side: _of(side) for side in (own, other)}
    points = {row.point_id: row.point for side in rows.values() for row in side}
    standings = _outcome(rows[own], rows[other], {})
    topics = Topic.objects.in_bulk([topic for _point, topic in standings])
    found: dict[tuple[str, int], Standing] = {}
    for (point, topic), standing in standings.items():
        key = (points[point].get_kind_display(), topic)
        best = strictest(found.get(key), standing)
        if best is not None:
            found[key] = best
    lines = [(kind, topics[topic], s.state) for (kind, topic), s in found.items()]
    return sorted(lines, key=lambda line: (line[1].order, str(line[1]), line[0]))


def alias_subjects(merging: Merging) -> None:
    """The duplicate's ids in the ledger stay readable and speak no more."""
    rows = ConsentSubject.objects.filter(contact=merging.duplicate, aliased_at=None)
    merging.shift(rows, "aliased_at", old=None, new=timezone.now())


def settle_merged(merging: Merging) -> None:
    """Once everything follows the survivor: does the ledger come to the same?"""
    settle(merging.survivor.pk, source="merge", by=merging.by)


def part_consents(parting: Parting) -> None:
    """Whoever refused an address since refused it on the record that gets it back."""
    _refuse_since(parting)
    for pk in (parting.survivor.pk, parting.duplicate_id):
        settle(pk, source="merge undone", by=parting.by)


def settle(contact_id: int, *, source: str, by: Any) -> None:
    """Write the lines that bring the ledger to how this contact's addresses stand."""
    current = {
        (row.point_id, row.topic_id): standing_of(row) for row in _of(contact_id)
    }
    said = replay([contact_id])
    keys = [
        key for key in current.keys() | said.keys() if current.get(key) != said.get(key)
    ]
    if not keys:
        return
    points = ContactPoint.objects.in_bulk({point for point, _topic in keys})
    topics = Topic.objects.in_bulk({topic for _point, topic in keys})
    subject = subjects_for([contact_id])[contact_id]
    actor = f"user {by.pk}" if by is not None and by.pk else ""
    events = []
    for point_id, topic_id in sorted(keys):
        point, standing = points[point_id], current.get((point_id, topic_id))
        events.append(
            ConsentEvent(
                subject=subject,
                address_hash=signing.address_hash(point.kind, point.value_norm),
                channel=point.kind,
                topic=topics[topic_id].key,
                action=ConsentEvent.Action.MERGE,
                basis=standing.basis if standing else "",
                wording=standing.wording if standing else None,
                evidence=_evidence(standing),
                source=source,
                actor=actor,
                at=timezone.now(),
            )
        )
    ConsentEvent.objects.bulk_create(events)


def join_preferences(merging: Merging) -> None:
    """The longer pause and the rarer letter; the survivor's channel if it has one."""
    own, other = merging.rows(Preference, "contact")
    if not (own and other):
        return
    (mine,), (theirs,) = own, other
    pauses = [row.paused_until for row in (mine, theirs) if row.paused_until]
    strict = merging.for_survivor(
        mine,
        "contact",
        channel=mine.channel or theirs.channel,
        frequency=max(mine.frequency, theirs.frequency, key=FREQUENCIES.index),
        paused_until=max(pauses, default=None),
    )
    merging.take_out(Preference, [mine, theirs])
    merging.add([strict])


def _of(contact_id: int) -> list[Consent]:
    rows = Consent.objects.filter(point__contact=contact_id).select_related("point")
    return list(rows.order_by("pk"))


def _outcome(
    own: list[Consent], other: list[Consent], joined: dict[int, int]
) -> dict[Key, Standing]:
    """How every address stands to every topic on the merged record."""
    result: dict[Key, Standing] = {}
    for rows, refusals in ((own, _refusals(other)), (other, _refusals(own))):
        for row in rows:
            key = (joined.get(row.point_id, row.point_id), row.topic_id)
            refusal = refusals.get((row.point.kind, row.topic_id))
            standing = strictest(standing_of(row), refusal)
            best = strictest(result.get(key), standing)
            if best is not None:
                result[key] = best
    return result


def _refusals(rows: list[Consent]) -> Refusals:
    """The latest refusal of each topic by each kind of address."""
    refused = [row for row in rows if row.state == WITHDRAWN]
    refused.sort(key=lambda row: row.at)
    return {(row.point.kind, row.topic_id): standing_of(row) for row in refused}


def _differs(row: Consent | None, standing: Standing) -> bool:
    return row is None or standing_of(row) != standing


def _evidence(standing: Standing | None) -> dict[str, str]:
    if standing is None:
        return {"state": ""}
    return {"state": standing.state, "at": standing.at.isoformat()}


def _refuse_since(parting: Parting) -> None:
    """Apply the refusals said on the merged record to both records' addresses."""
    people = [parting.survivor.pk, parting.duplicate_id]
    points = ContactPoint.objects.filter(contact__in=people)
    by_hash: dict[str, list[int]] = defaultdict(list)
    for point in points:
        for digest in signing.address_hashes(point.kind, point.value_norm):
            by_hash[digest].append(point.pk)
    subjects = ConsentSubject.objects.filter(contact=parting.survivor)
    events = ConsentEvent.objects.filter(
        subject__in=subjects.values("subject"),
        address_hash__in=list(by_hash),
        action__in=NO,
        at__gte=parting.operation.at,
    )
    rows: dict[int, list[Consent]] = defaultdict(list)
    for row in Consent.objects.filter(point__in=points).select_related("topic"):
        rows[row.point_id].append(row)
    for event in events.order_by("id"):
        for point_id in by_hash[event.address_hash]:
            _refuse(event, rows[point_id])


def _refuse(event: ConsentEvent, rows: Iterable[Consent]) -> None:
    said = [row for row in rows if event.topic in ("", row.topic.key)]
    changed = []
    for row in said:
        standing = after(standing_of(row), event)
        if standing is not None and standing != standing_of(row):
            changed.append(consent_row((row.point_id, row.topic_id), standing))
    store(changed)

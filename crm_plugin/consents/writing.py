"""Append lines to the ledger and move the current state along by the same rule."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from crm_plugin import signing
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import ContactPoint

from .models import Consent, ConsentEvent, Topic
from .states import Standing, after
from .subjects import subjects_for

Key = tuple[int, int]
ASPECT = "consents"


def write(
    action: str,
    targets: list[tuple[ContactPoint, Topic | None]],
    *,
    wordings: Mapping[int, int | None] | None = None,
    **facts: Any,
) -> dict[Key, Standing]:
    """Append one event per target and move the current state along; how they stand.

    A target without a topic speaks about every topic of its point. *wordings* holds
    those of each topic, by its id. Five statements, however many *targets* there are.
    """
    if not targets:
        return {}
    people = subjects_for((point.contact_id for point, _topic in targets))
    said = wordings or {}
    now = timezone.now()
    events = [
        ConsentEvent(
            subject=people[point.contact_id],
            address_hash=signing.address_hash(point.kind, point.value_norm),
            channel=point.kind,
            topic=topic.key if topic else "",
            action=action,
            at=now,
            **_with_wording(facts, said, topic),
        )
        for point, topic in targets
    ]
    ConsentEvent.objects.bulk_create(events, batch_size=2_000)
    changes.note({point.contact_id for point, _topic in targets}, ASPECT)
    return _move(zip(targets, events, strict=True))


def _with_wording(
    facts: dict[str, Any], wordings: Mapping[int, int | None], topic: Topic | None
) -> dict[str, Any]:
    if topic is None or topic.pk not in wordings:
        return facts
    return {**facts, "wording": wordings[topic.pk]}


def _move(said: Iterable[tuple]) -> dict[Key, Standing]:
    said = list(said)
    held = Consent.objects.select_for_update().filter(
        point_id__in=[point.pk for (point, _topic), _event in said]
    )
    rows = list(held)
    before: dict[int, dict[int, Standing]] = defaultdict(dict)
    for row in rows:
        before[row.point_id][row.topic_id] = standing_of(row)
    result: dict[Key, Standing] = {}
    save, drop = [], []
    for (point, topic), event in said:
        known = before[point.pk]
        for topic_id in [topic.pk] if topic else list(known):
            key, standing = (point.pk, topic_id), after(known.get(topic_id), event)
            if standing is None:
                drop.append(key)
                continue
            result[key] = standing
            if standing != known.get(topic_id):
                save.append(consent_row(key, standing))
    store(save)
    if drop:
        gone = [row.pk for row in rows if (row.point_id, row.topic_id) in set(drop)]
        Consent.objects.filter(pk__in=gone).delete()
    return result


def standing_of(row: Consent) -> Standing:
    return Standing(row.state, row.basis, row.wording, row.at)


def consent_row(key: Key, standing: Standing) -> Consent:
    """The row that says how point and topic of *key* stand."""
    point, topic = key
    return Consent(
        point_id=point,
        topic_id=topic,
        state=standing.state,
        basis=standing.basis,
        wording=standing.wording,
        at=standing.at,
    )


def store(rows: list[Consent]) -> None:
    """Insert *rows* or overwrite what stands there; one statement per 2,000."""
    Consent.objects.bulk_create(
        rows,
        batch_size=2_000,
        update_conflicts=True,
        unique_fields=["point", "topic"],
        update_fields=["state", "basis", "wording", "at"],
    )

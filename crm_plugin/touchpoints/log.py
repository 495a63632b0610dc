"""Write down one contact between us and them."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact

from .models import Touchpoint

ASPECT = "touchpoints"
WIDTHS = {"summary": 200, "tags": 200, "page_title": 255, "page_url": 500}
Day = tuple[int, dt.date]
StageReader = Callable[[Collection[Day]], Mapping[Day, str]]
_stage_readers: list[StageReader] = []


def stage_reader(function: StageReader) -> StageReader:
    """Register who tells contacts' stages, so that touchpoints keep them.

    Stages belong to a higher room; it registers ``fn(days) -> {day: stage}``, where a
    day is a contact's id and a date.
    """
    _stage_readers[:] = [function]
    return function


def record(
    contact: Contact,
    kind: str,
    *,
    channel: str,
    direction: str,
    at: dt.datetime | None = None,
    summary: str = "",
    body: str = "",
    by: Any = None,
    key: str | None = None,
    new: bool = False,
    phase: str = "",
    **copy: Any,
) -> Touchpoint:
    """Record a touchpoint; with a *key* that is known already, return that one.

    *new*: the caller holds what the key stands for, so nobody can have recorded it.
    *copy* is what the touchpoint keeps for itself: ``answers page_id page_title
    page_url revision organisation unverified machine reason result tags``, and the
    ``stage`` where the caller knows it.
    """
    if key and not new:
        known = Touchpoint.objects.filter(key=key).first()
        if known:
            return known
    stage = copy.pop("stage", None)
    touchpoint = Touchpoint(
        contact=contact,
        kind=kind,
        channel=channel,
        direction=direction,
        at=at or timezone.now(),
        body=body,
        by=by,
        key=key,
        phase=phase,
        stage=stage_of(contact.pk, at) if stage is None else stage,
        **_fitting({"summary": summary, **copy}),
    )
    guarded = bool(key) and not new
    try:
        with transaction.atomic(savepoint=guarded):
            touchpoint.save(force_insert=True)
            changes.note([contact.pk], ASPECT)
    except IntegrityError:
        if not guarded:
            raise
        return Touchpoint.objects.get(key=key)
    return touchpoint


def forget_words(keys: Iterable[str]) -> None:
    """The entries with these keys stay; what was said in them goes.

    The caller notes the change for the contacts.
    """
    Touchpoint.objects.filter(key__in=list(keys)).update(body="", answers=[])


def _fitting(values: dict[str, Any]) -> dict[str, Any]:
    """Cut copied texts to their columns: a long page title must not lose a form."""
    for name, width in WIDTHS.items():
        if name in values:
            values[name] = (values[name] or "")[:width]
    return values


def stage_of(contact_id: int, at: dt.datetime | None = None) -> str:
    """The stage of the contact on the site's day of *at* (now); "" where unknown."""
    day = (contact_id, timezone.localdate(at, timezone.get_default_timezone()))
    return stages_of([day]).get(day, "")


def stages_of(days: Collection[Day]) -> Mapping[Day, str]:
    """The stage of each contact on its day, where one is known; one query."""
    return _stage_readers[0](days) if _stage_readers else {}

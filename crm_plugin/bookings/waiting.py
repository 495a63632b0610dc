"""The waiting list: who is told that a place got free, in which order, and takes it.

Nothing is held. Whoever waits longest is told first and has a head start over the
next one; the link works until somebody takes the place, but for a day at most.
"""

import datetime as dt
from collections import defaultdict
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.conf import setting
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.touchpoints import references

from . import calendar, mails, moments, reserve, slots, turns
from .models import Booking, Resource, Service, WaitingEntry
from .refusals import NotBookable

OFFER = dt.timedelta(hours=24)
MOST = 2_000


class LeftTheList(Exception):
    """They asked to be taken off the list, or were."""


def wait(
    service: Service,
    day: dt.date,
    *,
    party: int,
    contact: Contact,
    key: str | None,
    note: str = "",
    by: Any = None,
    unverified: bool = False,
    point: ContactPoint | None = None,
) -> WaitingEntry:
    """Put *contact* on the list of a day; the same *key* gives the same entry.

    Raises ``NotBookable``.
    """
    known = WaitingEntry.objects.filter(key=key).first() if key else None
    if known:
        return known
    _check(service, day, party, by=by)
    entry = WaitingEntry.objects.create(
        reference=references.make("W"),
        contact=contact,
        point=point,
        service=service,
        on=day,
        party_size=party,
        note=note,
        channel="web" if by is None else "phone",
        unverified=unverified,
        key=key,
        created_by=by,
    )
    changes.note([contact.pk], reserve.ASPECT)
    queue.wake("waiting-list")
    return entry


def _check(service: Service, day: dt.date, party: int, *, by: Any) -> None:
    """Waiting makes sense for what could be booked, were there a place."""
    if not service.active or not service.waiting_list:
        raise NotBookable("retired")
    if day < moments.today():
        raise NotBookable("past")
    if by is None and day > calendar.horizon(service):
        raise NotBookable("far")
    service.read_plan()
    rooms = {room for slot in slots.slots(service, day) for room in slot.resources}
    if not rooms:
        raise NotBookable("no_slot")
    most = max(service.places_of(room) for room in rooms)
    if party > (most if by else min(most, service.max_party)):
        raise NotBookable("many")
    if party < (1 if by else service.min_party):
        raise NotBookable("few")


def place_freed(resource: Resource | None, starts_at: dt.datetime) -> None:
    """Something on this day is news again for those who wait for this resource."""
    if resource is None or starts_at < timezone.now():
        return
    day = moments.day_of(starts_at)
    rows = WaitingEntry.objects.open().filter(
        service__resources=resource, on__in=[day - moments.DAY, day]
    )
    ids = list(rows.values_list("pk", flat=True))
    if ids:
        waiting = WaitingEntry.objects.filter(pk__in=ids)
        waiting.update(freed_at=timezone.now())
        queue.wake("waiting-list")


def offer_open(entry: WaitingEntry) -> bool:
    """Whether the link in the last message still works."""
    return entry.told_at is not None and timezone.now() < entry.told_at + OFFER


def offer_over(entry: WaitingEntry) -> bool:
    """Whether they were told, and did not come in time: another may have been told."""
    return entry.told_at is not None and not offer_open(entry)


def take(entry: WaitingEntry, starts_at: dt.datetime, *, by: Any = None) -> Booking:
    """Book a free time of the day for who waited; once.

    Raises ``SlotTaken``, ``NotBookable`` and ``LeftTheList``.
    """
    with transaction.atomic():
        row = _locked(entry)
        if row.booking is not None:
            return row.booking
        if row.left_at:
            raise LeftTheList
        if row.on not in _days_of(starts_at):
            raise NotBookable("no_slot")
        row.booking = reserve.book(
            row.service,
            starts_at,
            party=row.party_size,
            contact=row.contact,
            key=f"waiting:{row.pk}",
            note=row.note,
            by=by,
            unverified=row.unverified,
            channel=row.channel,
            point=row.point,
        )
        row.save(update_fields=["booking"])
    return row.booking


def _days_of(starts_at: dt.datetime) -> tuple[dt.date, dt.date]:
    """After midnight an evening still belongs to the day before."""
    day = moments.day_of(starts_at)
    return day, day - moments.DAY


def settle(entry: WaitingEntry | None, booking: Booking) -> None:
    """Staff booked for who waited: they wait no longer."""
    if entry is not None and entry.contact_id == booking.contact_id:
        rows = WaitingEntry.objects.filter(pk=entry.pk, booking=None)
        rows.update(booking=booking)
        changes.note([entry.contact_id], reserve.ASPECT)


def leave(entry: WaitingEntry, *, by: Any = None) -> WaitingEntry:
    """Take them off the list; ``by=None``: they asked for it themselves."""
    with transaction.atomic():
        row = _locked(entry)
        if row.left_at is None and row.booking_id is None:
            row.left_at, row.left_by = timezone.now(), by
            row.save(update_fields=["left_at", "left_by"])
            changes.note([row.contact_id], reserve.ASPECT)
    return row


def come_back(entry: WaitingEntry, *, by: Any) -> WaitingEntry:
    """Undo: on the list again, where they stood."""
    with transaction.atomic():
        row = _locked(entry)
        row.left_at = row.left_by = None
        row.save(update_fields=["left_at", "left_by"])
        changes.note([row.contact_id], reserve.ASPECT)
    queue.wake("waiting-list")
    return row


def _locked(entry: WaitingEntry) -> WaitingEntry:
    rows = WaitingEntry.objects.select_for_update(of=("self",))
    rows = rows.select_related("contact", "service", "point", "booking")
    return rows.get(pk=entry.pk)


@queue.chore("waiting-list", every=300)
def tell_next() -> None:
    """Write to those whose turn it is, where something is free for them."""
    rows = WaitingEntry.objects.open()
    unsaid = rows.filter(Q(told_at=None) | Q(freed_at__gt=F("told_at")))
    pairs = unsaid.order_by("on").values_list("service_id", "on").distinct()[:MOST]
    days: dict[int, set[dt.date]] = defaultdict(set)
    for service_id, day in pairs:
        days[service_id].add(day)
    for service in Service.objects.filter(pk__in=days).with_plan():
        wanted = sorted(days[service.pk])
        found = calendar.offers(service, wanted)
        queues = rows.filter(service=service, on__in=wanted)
        queues = queues.select_related("contact", "point").order_by("created_at", "id")
        for day, entries in groupby(sorted(queues, key=_on), key=_on):
            _tell_day(service, list(entries), found[day])


def _on(entry: WaitingEntry) -> dt.date:
    return entry.on


def _tell_day(
    service: Service, entries: list[WaitingEntry], found: list[calendar.Offer]
) -> None:
    """Tell the first ones for whom something is free, as many as there are places.

    Those who were told a moment ago count as taking theirs: that is their head start.
    """
    left = max(
        (o.left for o in found if calendar.bookable(service, o.starts_at)), default=0
    )
    alone = any(room.whole for room in service.resources.all())
    told = {turns.whose(entry) for entry in entries if _ahead(entry)}
    left -= sum(left if alone else e.party_size for e in entries if _ahead(e))
    enough = turns.had_enough(entries) if left > 0 else ()
    for entry in entries:
        who = turns.whose(entry)
        fits = calendar.open_offers(service, found, party=entry.party_size)
        if not _is_news(entry) or not fits or left < entry.party_size:
            continue
        if who in told or (entry.unverified and who in enough):
            continue
        entry.service = service
        if tell(entry):
            told.add(who)
            left -= left if alone else entry.party_size


def _ahead(entry: WaitingEntry) -> bool:
    """Whether they were told so lately that nobody else is told."""
    if entry.told_at is None:
        return False
    head_start = dt.timedelta(minutes=setting("CRM_WAITING_MINUTES"))
    return entry.told_at > timezone.now() - head_start


def _is_news(entry: WaitingEntry) -> bool:
    if entry.told_at is None:
        return True
    return bool(entry.freed_at and entry.freed_at > entry.told_at)


def tell(entry: WaitingEntry) -> bool:
    """Write to them once for this news; false when there is no address to write to."""
    if mails.address_for(entry) is None:
        return False
    with transaction.atomic():
        rows = WaitingEntry.objects.filter(pk=entry.pk, told_count=entry.told_count)
        now = timezone.now()
        if not rows.update(told_at=now, told_count=entry.told_count + 1):
            return False
        entry.told_at, entry.told_count = now, entry.told_count + 1
        mails.tell_waiting(entry, until=now + OFFER)
    return True

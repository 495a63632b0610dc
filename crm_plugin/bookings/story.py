"""What this room tells the history and the contact frequency."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Case, F, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from crm_plugin.journal import Change
from crm_plugin.touchpoints import by_channel, frequency, history
from crm_plugin.touchpoints.models import Channel
from crm_plugin.touchpoints.people import Who, narrowed

from . import moments
from .models import Booking, WaitingEntry
from .phrases import people


@history.source("bookings", kinds=("booking",), people=True)
def bookings(
    contact_id: Who, *, before: dt.datetime | None, limit: int, user: Any
) -> list[history.Entry]:
    """Two entries for each booking: when it was made, and what became of it."""
    ended_at = Coalesce(
        "cancelled_at",
        Case(When(Q(came_at=None, no_show_at=None), then=None), default=F("starts_at")),
    )
    rows = narrowed(Booking.objects.visible_to(user), contact_id, "created_at")
    rows = rows.annotate(ended_at=ended_at)
    newest: Case | Coalesce = Coalesce("ended_at", "created_at")
    if before:
        rows = rows.filter(Q(created_at__lt=before) | Q(ended_at__lt=before))
        newest = Case(When(ended_at__lt=before, then="ended_at"), default="created_at")
    rows = rows.select_related("service", "created_by", "marked_by").order_by(
        newest.desc(), "-id"
    )
    entries = [entry for row in rows[:limit] for entry in _entries(row)]
    if before:
        entries = [entry for entry in entries if entry.at < before]
    return sorted(entries, key=lambda e: (e.at, e.key), reverse=True)[:limit]


def _entries(row: Any) -> list[history.Entry]:
    entries = [_entry(row, row.created_at, "booking", "date", _("Booked: %(what)s"))]
    if row.cancelled_at:
        args = ("booking_cancelled", "cross", _("Booking cancelled: %(what)s"))
        entries.append(_entry(row, row.ended_at, *args))
    elif row.came_at:
        args = ("booking_came", "check", _("Came: %(what)s"))
        entries.append(_entry(row, row.ended_at, *args))
    elif row.no_show_at:
        args = ("booking_no_show", "cross", _("Did not come: %(what)s"))
        entries.append(_entry(row, row.ended_at, *args))
    return entries


def _entry(
    row: Booking, at: dt.datetime, kind: str, icon: str, title: str
) -> history.Entry:
    made = kind == "booking"
    return history.Entry(
        at=at,
        kind=kind,
        icon=icon,
        title=title % {"what": describe(row)},
        body=row.note if made else "",
        url=row.get_admin_url(),
        channel=row.channel if made else "shop",
        direction="both" if kind == "booking_came" else "in",
        by=row.created_by if made else row.marked_by,
        key=f"{kind}:{row.pk}",
        unverified=row.unverified and made,
        phase=row.service.phase,
        contact_id=row.contact_id,
    )


def describe(booking: Booking) -> str:
    """Service, day, time and number of people, in the reader's language."""
    return ", ".join(
        [
            str(booking.service),
            _short(booking.starts_at),
            people(booking.party_size),
        ]
    )


def _short(moment: dt.datetime) -> str:
    local = timezone.localtime(moment, moments.zone())
    return formats.date_format(local, "SHORT_DATETIME_FORMAT")


@history.source("booking-moves", kinds=("booking_moved",))
def moves(
    contact_id: int, *, before: dt.datetime | None, limit: int, user: Any
) -> list[history.Entry]:
    """When a booking was put at another time, told from the journal."""
    mine = Booking.objects.visible_to(user).filter(contact_id=contact_id)
    rows = Change.objects.filter(
        model="booking", field="starts_at", about__in=mine.values("pk")
    )
    if before:
        rows = rows.filter(operation__at__lt=before)
    rows = rows.select_related("operation__by").order_by("-operation__at", "-id")
    changes = list(rows[:limit])
    known = mine.select_related("service").in_bulk([row.about for row in changes])
    return [_moved(row, known[row.about]) for row in changes if row.about in known]


def _moved(row: Change, booking: Booking) -> history.Entry:
    said = {"service": str(booking.service), **_from_to(row)}
    return history.Entry(
        at=row.operation.at,
        kind="booking_moved",
        icon="date",
        title=_("Booking moved: %(service)s, %(old)s → %(new)s") % said,
        url=booking.get_admin_url(),
        channel="" if row.operation.by else "web",
        direction="" if row.operation.by else "in",
        by=row.operation.by,
        key=f"booking_moved:{row.pk}",
        phase=booking.service.phase,
    )


def _from_to(row: Change) -> dict[str, str]:
    found = {"old": parse_datetime(row.old or ""), "new": parse_datetime(row.new or "")}
    return {name: _short(moment) if moment else "…" for name, moment in found.items()}


@history.source("waiting-list", kinds=("waiting",))
def waits(
    contact_id: int, *, before: dt.datetime | None, limit: int, user: Any
) -> list[history.Entry]:
    """When somebody asked to be told of a free place."""
    rows = WaitingEntry.objects.visible_to(user).filter(contact_id=contact_id)
    if before:
        rows = rows.filter(created_at__lt=before)
    rows = rows.select_related("service", "created_by").order_by("-created_at", "-id")
    return [_waits(row) for row in rows[:limit]]


def _waits(row: WaitingEntry) -> history.Entry:
    day = formats.date_format(row.on, "SHORT_DATE_FORMAT")
    what = ", ".join([str(row.service), day, people(row.party_size)])
    return history.Entry(
        at=row.created_at,
        kind="waiting",
        icon="time",
        title=_("On the waiting list: %(what)s") % {"what": what},
        body=row.note,
        url=reverse("crm_booking:waiting"),
        channel=row.channel,
        direction="in",
        by=row.created_by,
        key=f"waiting:{row.pk}",
        unverified=row.unverified,
        phase=row.service.phase,
    )


@frequency.days_source
def attended_days(contact_ids: frequency.Ids, since: dt.datetime) -> QuerySet:
    zone = timezone.get_default_timezone()
    rows = Booking.objects.attended().filter(
        contact_id__in=contact_ids, starts_at__gte=since
    )
    rows = rows.annotate(day=TruncDate("starts_at", tzinfo=zone)).order_by()
    return rows.values_list("contact_id", "day")


@frequency.moments_source
def attended_moments(contact_ids: frequency.Ids, until: dt.datetime | None) -> QuerySet:
    """A visit is a touch when it begins, whenever it was noted that they came."""
    rows = Booking.objects.attended().filter(
        contact_id__in=contact_ids, **frequency.by("starts_at", until)
    )
    moments = {"first_at": Min("starts_at"), "last_at": Max("starts_at")}
    return rows.order_by().values_list("contact_id").annotate(**moments)


@by_channel.channel_source
def attended_days_by_channel(
    contact_ids: Sequence[int], since: dt.datetime
) -> QuerySet:
    rows = attended_days(contact_ids, since).annotate(
        crm_channel=Value(Channel.SHOP), crm_side=Value(by_channel.THEIRS)
    )
    return rows.values_list("day", "crm_channel", "crm_side")

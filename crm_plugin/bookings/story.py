"""What this room tells the history and the contact frequency."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Case, F, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_plugin.touchpoints import by_channel, frequency, history
from crm_plugin.touchpoints.models import Channel

from .models import Booking


@history.source("bookings", kinds=("booking",), phases=False)
def bookings(
    contact_id: int, *, before: dt.datetime | None, limit: int, user: Any
) -> list[history.Entry]:
    """Two entries for each booking: when it was made, and what became of it."""
    ended_at = Coalesce(
        "cancelled_at",
        Case(When(Q(came_at=None, no_show_at=None), then=None), default=F("starts_at")),
    )
    rows = Booking.objects.visible_to(user).filter(contact_id=contact_id)
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
    )


def describe(booking: Booking) -> str:
    """Service, day, time and number of people, in the reader's language."""
    starts_at = timezone.localtime(booking.starts_at, timezone.get_default_timezone())
    people = ngettext("%(n)s person", "%(n)s people", booking.party_size)
    return ", ".join(
        [
            str(booking.service),
            formats.date_format(starts_at, "SHORT_DATETIME_FORMAT"),
            people % {"n": booking.party_size},
        ]
    )


@frequency.days_source
def attended_days(contact_ids: Sequence[int], since: dt.datetime) -> QuerySet:
    zone = timezone.get_default_timezone()
    rows = Booking.objects.attended().filter(
        contact_id__in=contact_ids, starts_at__gte=since
    )
    rows = rows.annotate(day=TruncDate("starts_at", tzinfo=zone)).order_by()
    return rows.values_list("contact_id", "day")


@frequency.moments_source
def attended_moments(contact_ids: Sequence[int]) -> QuerySet:
    rows = Booking.objects.attended().filter(contact_id__in=contact_ids).order_by()
    moments = {"first_at": Min("starts_at"), "last_at": Max("starts_at")}
    return rows.values_list("contact_id").annotate(**moments)


@by_channel.channel_source
def attended_days_by_channel(
    contact_ids: Sequence[int], since: dt.datetime
) -> QuerySet:
    rows = attended_days(contact_ids, since).annotate(
        crm_channel=Value(Channel.SHOP), crm_side=Value(by_channel.THEIRS)
    )
    return rows.values_list("day", "crm_channel", "crm_side")

"""What a booking's page says of the thanks after the visit."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from crm_plugin.bookings import moments, thanks
from crm_plugin.bookings.models import Booking
from crm_plugin.delivery import reasons
from crm_plugin.delivery.models import Delivery

from .desk import allowed

State = Delivery.State


@dataclass(frozen=True)
class Standing:
    """A sentence, why nothing leaves, and which buttons there are."""

    words: str
    reason: str = ""
    may_hold: bool = False
    may_let_go: bool = False


def standing(booking: Booking, *, user: Any) -> Standing | None:
    """How the thanks stand; None where none are meant."""
    if booking.thanked_at:
        return _over(booking, user)
    if booking.state not in ("booked", "came"):
        return None
    at = _planned(booking)
    if at is None:
        return None
    may = allowed(user, "change_booking")
    if booking.thanks_held_at:
        words = _("Held back since %(at)s.") % {"at": _short(booking.thanks_held_at)}
        return Standing(words, may_let_go=may)
    if at <= timezone.now() - thanks.LATE:
        return Standing(_("They did not go out in time."))
    if not thanks.has_topic(booking.service):
        return Standing(_("None go out: the service's topic is gone or switched off."))
    if held := thanks.hindrance(booking):
        words = _("None will go out on %(at)s, as things are now.")
        return Standing(words % {"at": _short(at)}, _why(held, user), may_hold=may)
    return Standing(_words(booking, at), may_hold=may)


def _planned(booking: Booking) -> dt.datetime | None:
    """When they leave, or would if the guest comes."""
    if booking.service.thanks_hours is None:
        return None
    if booking.came_at and not booking.thanks_held_at:
        return booking.thanks_at
    ahead = max(booking.ends_at, timezone.now())
    return thanks.planned_for(booking, marked_at=ahead)


def _words(booking: Booking, at: dt.datetime) -> str:
    if booking.came_at:
        return _("They go out on %(at)s.") % {"at": _short(at)}
    words = _("They go out on %(at)s, if the booking is marked as came.")
    return words % {"at": _short(at)}


def _over(booking: Booking, user: Any) -> Standing:
    row = booking.thanks
    if row is None:
        return Standing(_("None went out: there is no e-mail address."))
    if row.state == State.SENT:
        when = _short(row.sent_at or booking.thanked_at)
        return Standing(_("They went out on %(at)s.") % {"at": when})
    if row.state == State.SKIPPED:
        return Standing(_("None went out."), _why(row.reason, user))
    if row.state in (State.PENDING, State.CLAIMED, State.HANDING):
        may = allowed(user, "change_booking") and row.state != State.HANDING
        return Standing(_("They are on their way."), may_hold=may)
    return Standing(str(row.get_state_display()))


def _why(reason: str, user: Any) -> str:
    """Consent and preferences are told to those who may see deliveries."""
    if not reason:
        return ""
    if not allowed(user, "view_delivery"):
        return _("Something holds them back.")
    return reasons.sentence(reason)


def _short(moment: dt.datetime | None) -> str:
    if moment is None:
        return ""
    local = timezone.localtime(moment, moments.zone())
    return formats.date_format(local, "SHORT_DATETIME_FORMAT")

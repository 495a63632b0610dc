"""A guest's own page of a booking: look, move, cancel, take it into a calendar.

GET changes nothing. The signed token in the address is the right to act: it was sent
to the address that was given for the booking, and neither login nor cookie is needed.
"""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from crm_plugin import signing
from crm_plugin.bookings import (
    calendar,
    ics,
    mails,
    marks,
    moments,
    moving,
    tokens,
    week,
)
from crm_plugin.bookings.models import Booking, Service
from crm_plugin.bookings.refusals import AlreadyCancelled, NotBookable, SlotTaken

from .pages import language_for, not_valid, page, private

SHOWN_DAYS = 14


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def booking(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found, language = tokens.read_booking(token)
    except signing.BadToken:
        return not_valid(request)
    except tokens.Erased:
        return page(request, "booking_gone.html", {}, status=410)
    with override(language_for(language)):
        if request.method == "POST":
            return _act(request, found, token)
        return _show(request, found, token, done=request.GET.get("done", ""))


@require_safe
def booking_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The booking as a calendar file, as it stands now."""
    try:
        found, language = tokens.read_booking(token)
    except signing.BadToken:
        return not_valid(request)
    except tokens.Erased:
        return page(request, "booking_gone.html", {}, status=410)
    file = ics.entry(found, language=language_for(language))
    response = HttpResponse(file, content_type=ics.content_type(found))
    response["Content-Disposition"] = f'attachment; filename="{ics.NAME}"'
    return private(response)


def _act(request: HttpRequest, found: Booking, token: str) -> HttpResponse:
    """Cancel, or move to the chosen time; then show the page at its own address."""
    try:
        if request.POST.get("do") == "cancel":
            moving.may_change(found)
            mails.tell(marks.cancel(found), mails.CANCELLED)
            return _done(token, "cancelled")
        if request.POST.get("do") == "move":
            return _move(request, found, token)
    except AlreadyCancelled:
        return _done(token, "cancelled")
    except (NotBookable, SlotTaken) as refused:
        return _show(request, found, token, problem=refused.words)
    return _show(request, found, token)


def _move(request: HttpRequest, found: Booking, token: str) -> HttpResponse:
    moment = moments.parse(request.POST.get("at", ""))
    party = _party(request.POST.get("party", ""), found)
    if moment is None:
        raise NotBookable("no_slot")
    before = found.sequence
    moved = moving.move(found, moment, party=party)
    if moved.sequence != before:
        mails.tell(moved, mails.MOVED)
    return _done(token, "moved")


def _party(text: str, found: Booking) -> int:
    """The number typed; one that is none is too many for anything."""
    if not text:
        return found.party_size
    return int(text) if text.isdecimal() and len(text) < 5 else 10_000


def _done(token: str, what: str) -> HttpResponseRedirect:
    url = reverse("crm:booking", args=[token])
    return private(HttpResponseRedirect(f"{url}?done={what}"))  # type: ignore[return-value]


def _show(
    request: HttpRequest,
    found: Booking,
    token: str,
    *,
    done: str = "",
    problem: str = "",
) -> HttpResponse:
    service = Service.objects.with_plan().get(pk=found.service_id)
    party = _asked_party(request, found, service)
    context = {
        "booking": found,
        "service": service,
        "token": token,
        "when": moments.in_words(found.starts_at),
        "done": done,
        "problem": problem,
        "party": party,
        "parties": range(service.min_party, max(service.largest_party, 1) + 1),
        **_state(found),
    }
    if context["may_change"]:
        context |= _times(request, found, service, party)
    return page(request, "booking.html", context, language=get_language() or "")


def _state(found: Booking) -> dict[str, Any]:
    """What can still be done with it, and what is to be said if nothing can."""
    try:
        moving.may_change(found)
    except AlreadyCancelled:
        return {"may_change": False, "why": "cancelled"}
    except NotBookable as refused:
        return {"may_change": False, "why": refused.reason}
    until = found.change_until
    words = moments.in_words(until) if until else ""
    return {"may_change": True, "why": "", "until": words}


def _asked_party(request: HttpRequest, found: Booking, service: Service) -> int:
    said = request.POST if request.method == "POST" else request.GET
    asked = _party(said.get("party", ""), found)
    largest = max(service.largest_party, found.party_size)
    return min(max(asked, 1), largest)


def _times(
    request: HttpRequest, found: Booking, service: Service, party: int
) -> dict[str, Any]:
    """Two weeks of free days from the asked one on, and the times of the chosen day."""
    asked = moments.parse_day(request.GET.get("day", ""))
    at = moments.parse(request.POST.get("at", "")) or found.starts_at
    chosen = asked or moments.day_of(at)
    today, last = moments.today(), calendar.horizon(service)
    first = min(max(_from(request, chosen), today), max(last, today))
    days = [first + n * moments.DAY for n in range(SHOWN_DAYS)]
    shown = week.for_visitors(service, days, party=party, without=found)
    one = next((each for each in shown if each.day == chosen and each.open), None)
    one = one or next((each for each in shown if each.open), None)
    fortnight = dt.timedelta(days=SHOWN_DAYS)
    return {
        "days": shown,
        "chosen": one,
        "times": one.times if one else [],
        "at": at,
        "first": first,
        "earlier": max(first - fortnight, today) if first > today else None,
        "later": first + fortnight if first + fortnight <= last else None,
        "now": timezone.now(),
    }


def _from(request: HttpRequest, chosen: dt.date) -> dt.date:
    return moments.parse_day(request.GET.get("from", "")) or chosen

"""A place on the waiting list: take what got free, or leave the list.

GET changes nothing. Nothing is held: the page shows what is free at this moment, and
whoever presses first has it.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm_plugin import signing
from crm_plugin.bookings import calendar, mails, moments, tokens, waiting
from crm_plugin.bookings.models import Service, WaitingEntry
from crm_plugin.bookings.refusals import NotBookable, SlotTaken

from .pages import language_for, not_valid, page, private


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def waiting_place(request: HttpRequest, token: str) -> HttpResponse:
    try:
        entry, language = tokens.read_waiting(token)
    except signing.BadToken:
        return not_valid(request)
    except tokens.Erased:
        return page(request, "booking_gone.html", {}, status=410)
    with override(language_for(language)):
        if request.method == "POST":
            return _act(request, entry, token)
        return _show(request, entry, token)


def _act(request: HttpRequest, entry: WaitingEntry, token: str) -> HttpResponse:
    if request.POST.get("do") == "leave":
        waiting.leave(entry)
        return _again("waiting", token)
    if entry.booking is None and waiting.offer_over(entry):
        return _show(request, entry, token)
    try:
        moment = moments.parse(request.POST.get("at", ""))
        if moment is None:
            raise NotBookable("no_slot")
        first = entry.booking is None
        booking = waiting.take(entry, moment)
    except waiting.LeftTheList:
        return _again("waiting", token)
    except (NotBookable, SlotTaken) as refused:
        return _show(request, entry, token, problem=refused.words)
    if first:
        mails.tell(booking)
    opened = tokens.of_booking(booking, get_language() or "")
    return _again("booking", opened, "?done=booked")


def _again(name: str, token: str, query: str = "") -> HttpResponse:
    url = reverse(f"crm:{name}", args=[token])
    return private(HttpResponseRedirect(url + query))


def _show(
    request: HttpRequest, entry: WaitingEntry, token: str, *, problem: str = ""
) -> HttpResponse:
    service = Service.objects.with_plan().get(pk=entry.service_id)
    state, language = _state(entry), get_language() or ""
    context: dict[str, Any] = {
        "entry": entry,
        "service": service,
        "token": token,
        "state": state,
        "problem": problem,
        "times": [],
    }
    if state == "waits":
        found = calendar.free_slots(service, entry.on, party=entry.party_size)
        context["times"] = found
    elif state == "booked":
        context["booking_token"] = tokens.of_booking(entry.booking, language)
    status = 410 if state in ("over", "expired") else 200
    return page(request, "waiting.html", context, language=language, status=status)


def _state(entry: WaitingEntry) -> str:
    """``booked``, ``left``, ``over`` (the day has passed), ``expired`` or ``waits``."""
    if entry.booking is not None:
        return "booked"
    if entry.left_at:
        return "left"
    if entry.on < moments.today():
        return "over"
    return "expired" if waiting.offer_over(entry) else "waits"

"""The waiting list: who asked to be told, for which day, and whom to call."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin.bookings import calendar, mails, waiting
from crm_plugin.bookings.models import Service, WaitingEntry
from crm_plugin.segments.stored import condition
from crm_plugin.ui.addresses import people

from .desk import ActView, DeskView, allowed

SEE = ("view_waitingentry",)
MOST = 200


class WaitingView(DeskView):
    """Everybody who waits, day by day in the order in which they asked."""

    needs = SEE
    page_title = gettext_lazy("Waiting list")
    header_icon = "time"
    template_name = "crm_plugin/bookings/waiting.html"

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_booking:index"), "label": _("Bookings")}]

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = WaitingEntry.objects.visible_to(request.user).open()
        rows = rows.select_related("contact", "service", "point")
        rows = rows.prefetch_related("contact__points")
        found = list(rows.order_by("on", "service", "created_at", "id")[: MOST + 1])
        return self.show(
            view="waiting",
            entries=_with_news(found[:MOST]),
            people_url=_people(when="ever"),
            may_look=allowed(request.user, "view_contact"),
            more=len(found) > MOST,
            gone=_gone(request.user),
            may_change=allowed(request.user, "change_waitingentry"),
            may_book=allowed(request.user, "add_booking"),
        )


def _with_news(rows: list[WaitingEntry]) -> list[dict[str, Any]]:
    """Each with whether something is free for them, and whether we can write."""
    days: dict[int, set] = {}
    for row in rows:
        days.setdefault(row.service_id, set()).add(row.on)
    services = Service.objects.filter(pk__in=days).with_plan()
    found = {
        service.pk: calendar.offers(service, sorted(days[service.pk]))
        for service in services
    }
    return [
        {
            "row": row,
            "people_url": _people_of(row.on),
            "free": any(o.fits(row.party_size) for o in found[row.service_id][row.on]),
            "phones": [p for p in row.contact.points.all() if p.kind == "phone"],
            "offered": waiting.offer_open(row),
        }
        for row in rows
    ]


def _people_of(day: dt.date) -> str:
    """Who waits for this day."""
    ends = {"from_on": day.isoformat(), "to_on": day.isoformat()}
    return _people(when="dates", **ends)


def _people(**period: str) -> str:
    return people(condition("waiting", **period))


def _gone(user: Any) -> list[WaitingEntry]:
    """Those whom staff took off the list last: the way back."""
    rows = WaitingEntry.objects.visible_to(user).exclude(left_by=None)
    rows = rows.filter(booking=None).select_related("contact", "service", "left_by")
    return list(rows.order_by("-left_at")[:5])


class LeaveView(ActView):
    """Take somebody off the list, or put them back; write to them at once."""

    model = WaitingEntry
    needs = ("change_waitingentry",)
    back = "crm_booking:waiting"

    def act(self, row: WaitingEntry) -> None:
        what = self.request.POST.get("do", "")
        if what == "leave":
            waiting.leave(row, by=self.request.user)
        elif what == "undo":
            waiting.come_back(row, by=self.request.user)
        elif what == "tell":
            self.tell(row)

    def tell(self, row: WaitingEntry) -> None:
        if mails.address_for(row) and waiting.tell(row):
            messages.success(self.request, _("A message is on its way."))
        else:
            messages.error(self.request, _("There is no e-mail address to write to."))

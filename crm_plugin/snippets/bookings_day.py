"""The bookings of a day and of a week, room by room; both can be printed."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from crm_plugin import normalise
from crm_plugin.bookings import calendar, moments, week
from crm_plugin.bookings.models import Booking, Resource, Service, WaitingEntry

from .days import chosen_day
from .desk import DeskView, allowed

SEE = ("view_booking",)


class DayView(DeskView):
    """One of the site's days: who comes when, what is free, who waits."""

    needs = SEE
    page_title = gettext_lazy("Bookings")
    header_icon = "date"
    template_name = "crm_plugin/bookings/day.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        user, today = request.user, moments.today()
        day = chosen_day(request) or today
        room = chosen_room(request)
        rows = Booking.objects.visible_to(user)
        if room:
            rows = rows.filter(resource=room)
        bookings = list(week.bookings_between(rows, day, day))
        return self.show(
            view="day",
            day=day,
            today=today,
            before=day - moments.DAY,
            after=day + moments.DAY,
            holiday=week.holiday(day),
            bookings=bookings,
            people=sum(row.party_size for row in bookings if not row.cancelled_at),
            services=_plan(day, room),
            rooms=list(Resource.objects.all()),
            room=room,
            waiting=list(waiting_on(user, day)),
            may_mark=allowed(user, "change_booking"),
            may_book=allowed(user, "add_booking"),
        )


class WeekView(DeskView):
    """Monday to Sunday, a row for each room, table or person."""

    needs = SEE
    page_title = gettext_lazy("Bookings of the week")
    header_icon = "date"
    template_name = "crm_plugin/bookings/week.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        user, today = request.user, moments.today()
        day = chosen_day(request) or today
        days = week.days_of(day)
        room = chosen_room(request)
        rooms = list(Resource.objects.prefetch_related("hours", "special_days"))
        rows = Booking.objects.visible_to(user)
        if room:
            rows = rows.filter(resource=room)
        shown = [each for each in rooms if room in (None, each)]
        bookings = list(week.bookings_between(rows, days[0], days[-1]))
        return self.show(
            view="week",
            day=day,
            today=today,
            days=[(each, week.holiday(each), _people(bookings, each)) for each in days],
            before=days[0] - week.WEEK,
            after=days[0] + week.WEEK,
            weeks=week.for_staff(shown, bookings, days),
            rooms=rooms,
            room=room,
            people=sum(row.party_size for row in bookings if not row.cancelled_at),
            may_book=allowed(user, "add_booking"),
        )


def _people(bookings: list[Booking], day: dt.date) -> int:
    return sum(
        row.party_size
        for row in bookings
        if not row.cancelled_at and moments.day_of(row.starts_at) == day
    )


def chosen_room(request: HttpRequest) -> Resource | None:
    """The one resource that is to be shown; None shows all."""
    asked = normalise.whole(request.GET.get("room"))
    return Resource.objects.filter(pk=asked).first()


def waiting_on(user: Any, day: dt.date) -> Any:
    rows = WaitingEntry.objects.visible_to(user).open().filter(on=day)
    return rows.select_related("contact", "service").order_by("created_at", "id")


def _plan(day: dt.date, room: Resource | None) -> list[dict[str, Any]]:
    """Each service's start times of the day with the places left and their share."""
    services = list(Service.objects.filter(active=True).with_plan())
    if room:
        services = [each for each in services if room in each.resources.all()]
    taken = calendar.taken_on(services, [day])
    plan = [
        {
            "service": service,
            "slots": calendar.offers(service, [day], taken=taken)[day],
            "rooms": list(service.resources.all()),
        }
        for service in services
    ]
    return [entry for entry in plan if entry["slots"]]

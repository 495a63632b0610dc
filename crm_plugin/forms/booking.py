"""The booking form: service, people, day, then the times that are free on it.

Works without script: another service, number or day asks again for the times, with
everything typed kept. A small script presses that button by itself.
"""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.bookings import calendar, mails
from crm_plugin.bookings.models import Booking, Service
from crm_plugin.bookings.reserve import NotBookable, SlotTaken
from crm_plugin.intake import reserve
from crm_plugin.intake.models import Submission

from .builder import VisitorForm
from .serving import Serving

SERVICE, PARTY, DAY, SLOT = "crm_service", "crm_party", "crm_day", "crm_slot"
GONE = gettext_lazy("This time is no longer free. Please choose another one.")
USUAL_PARTY = 2


class SlotField(forms.ChoiceField):
    """A free start time of the chosen day."""

    maps_to = reserve.STARTS_AT
    widget = forms.RadioSelect
    default_error_messages = {
        "invalid_choice": GONE,
        "required": gettext_lazy("Please choose a time."),
    }

    def offer(self, starts: list[dt.datetime]) -> None:
        """Offer *starts*, as times of the site's days."""
        zone = calendar.zone()
        self.choices = [
            (start.isoformat(), date_format(start.astimezone(zone), "H:i"))
            for start in starts
        ]

    def words(self, value: str) -> str:
        moment = parse_datetime(value)
        if moment is None:
            return value
        return calendar.in_words(moment)


class BookingForm(VisitorForm):
    """The editor's fields, below what a booking needs."""

    apart = (*VisitorForm.apart, SERVICE, PARTY, DAY, SLOT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        service = forms.ChoiceField(
            label=_("What would you like to book?"),
            choices=[(each.key, str(each)) for each in self.services],
        )
        service.maps_to = reserve.SERVICE  # type: ignore[attr-defined]
        if len(self.services) == 1:
            service.widget = forms.HiddenInput()
        party = forms.TypedChoiceField(
            label=_("Number of people"),
            coerce=int,
            choices=[(n, mails.people(n)) for n in range(1, self.largest + 1)],
        )
        party.maps_to = reserve.PARTY  # type: ignore[attr-defined]
        day = forms.ChoiceField(
            label=_("Day"), choices=[(str(d), _day(d)) for d in self.days]
        )
        slot = SlotField(label=_("Time"), help_text=self.day_words())
        slot.offer(self.starts)
        booking = {SERVICE: service, PARTY: party, DAY: day, SLOT: slot}
        self.fields = {**booking, **self.fields}
        self.initial.setdefault(SERVICE, self.service.key if self.service else "")
        self.initial.setdefault(PARTY, self.party)
        self.initial[DAY] = str(self.day or "")

    def _typed(self, name: str) -> str:
        source = self.data if self.is_bound else self.initial
        return str(source.get(name) or "")

    @cached_property
    def services(self) -> list[Service]:
        rows = Service.objects.filter(active=True).select_related("resource")
        return list(rows.prefetch_related("slots"))

    @cached_property
    def service(self) -> Service | None:
        """The chosen service, else the first one."""
        chosen = [s for s in self.services if s.key == self._typed(SERVICE)]
        return next(iter(chosen or self.services), None)

    @property
    def largest(self) -> int:
        """The largest party of any service: another service may be chosen next."""
        sizes = [min(s.max_party, s.resource.places) for s in self.services]
        return max(sizes, default=1)

    @cached_property
    def party(self) -> int:
        typed = self._typed(PARTY)
        wanted = int(typed) if typed.isdecimal() and len(typed) < 4 else USUAL_PARTY
        return max(1, min(wanted, self.largest))

    @cached_property
    def days(self) -> list[dt.date]:
        if self.service is None:
            return []
        return calendar.free_days(self.service, party=self.party)

    @cached_property
    def day(self) -> dt.date | None:
        """The chosen day while it has a place, else the first day that has."""
        try:
            chosen = parse_date(self._typed(DAY))
        except ValueError:
            chosen = None
        return chosen if chosen in self.days else next(iter(self.days), None)

    @property
    def starts(self) -> list[dt.datetime]:
        if self.service is None or self.day is None:
            return []
        free = calendar.free_slots(self.service, self.day, party=self.party)
        return [start for start, _places in free]

    def booking_fields(self) -> list[forms.BoundField]:
        return [self[SERVICE], self[PARTY], self[DAY]]

    def slot_field(self) -> forms.BoundField:
        return self[SLOT]

    def day_words(self) -> str:
        return _day(self.day) if self.day else ""

    def slot_gone(self) -> None:
        """Somebody else was quicker: say so by the field, and offer what is left."""
        for name in ("days", "day"):
            self.__dict__.pop(name, None)
        self.fields[DAY].choices = [(str(day), _day(day)) for day in self.days]
        self.fields[SLOT].offer(self.starts)
        self.add_error(SLOT, GONE)


class BookingServing(Serving):
    """A booking is tried while the visitor waits: only she can choose another time."""

    def after_storing(self, submission: Submission, form: Any) -> bool:
        try:
            return super().after_storing(submission, form)
        except (SlotTaken, NotBookable):
            form.slot_gone()
            return False

    def initial_for(self, request: HttpRequest) -> dict[str, Any]:
        """``?service=key`` chooses the service beforehand."""
        chosen = request.GET.get("service", "")
        return {SERVICE: chosen} if chosen else {}

    def thanks_context(self, submission: Submission) -> dict[str, Any]:
        """The booking, if it stands: a held or delayed one is still to be confirmed."""
        rows = Booking.objects.filter(key=submission.touch_key)
        booking = rows.select_related("service").first()
        if booking is None:
            return {}
        return {"crm_booked": mails.context_of(booking, self.locale.language_code)}


def _day(day: dt.date) -> str:
    return _("%(day)s (%(weekday)s)") % {
        "day": date_format(day, "MONTH_DAY_FORMAT"),
        "weekday": date_format(day, "D"),
    }

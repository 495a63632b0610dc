"""The booking form: service, people, some weeks to choose a day from, its free times.

Works without script: a day, other weeks, another service or number ask again for the
times with everything typed kept. A small script does that by itself.
"""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crm_plugin.bookings import calendar, mails, moments, reserve, tokens, week
from crm_plugin.bookings.models import Booking, Service, WaitingEntry
from crm_plugin.bookings.refusals import WORDS
from crm_plugin.bookings.reserve import NotBookable, SlotTaken
from crm_plugin.conf import format_money
from crm_plugin.intake import reserve as wishes
from crm_plugin.intake.models import Submission

from . import gate
from .booking_fields import PartyField, SlotField
from .serving import Serving
from .visitor_form import VisitorForm

SERVICE, PARTY, DAY, SLOT = "crm_service", "crm_party", "crm_day", "crm_slot"
# A button that books this very time, whatever else was chosen.
OFFER = "crm_offer"
USUAL_PARTY = 2
# How many days one picture shows.
WINDOW = 5 * week.WEEK


class BookingForm(VisitorForm):
    """The editor's fields, below what a booking needs."""

    apart = (*VisitorForm.apart, SERVICE, PARTY, DAY, SLOT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._take_the_offer()
        service = forms.ChoiceField(
            label=_("What would you like to book?"),
            choices=[(each.key, service_words(each)) for each in self.services],
            widget=forms.RadioSelect,
            error_messages={"invalid_choice": WORDS["retired"]},
        )
        service.maps_to = wishes.SERVICE  # type: ignore[attr-defined]
        if len(self.services) == 1:
            service.widget = forms.HiddenInput()
        party = PartyField(self.service, largest=self.largest)
        day = forms.CharField(required=False, widget=forms.HiddenInput)
        slot = SlotField(label=_("Time"), help_text=self.day_words())
        slot.offer(self.service, self.shown_day, self.party)
        booking = {SERVICE: service, PARTY: party, DAY: day, SLOT: slot}
        self.fields = {**booking, **self.fields}
        self.initial.setdefault(SERVICE, self.service.key if self.service else "")
        self.initial.setdefault(PARTY, self.party)
        self.initial[DAY] = str(self.day or "")

    def _take_the_offer(self) -> None:
        """One of the buttons with a free time was pressed: that is her choice."""
        offered = self.data.get(OFFER) if self.is_bound else None
        if offered:
            self.data = self.data.copy()
            self.data[SLOT] = offered

    def _typed(self, name: str) -> str:
        source = self.data if self.is_bound else self.initial
        return str(source.get(name) or "")

    @cached_property
    def services(self) -> list[Service]:
        return list(Service.objects.filter(active=True).with_plan())

    @cached_property
    def service(self) -> Service | None:
        """The chosen service, else the first one."""
        chosen = [s for s in self.services if s.key == self._typed(SERVICE)]
        return next(iter(chosen or self.services), None)

    @cached_property
    def largest(self) -> int:
        """The largest party of the service, as far as its places reach."""
        return max(1, self.service.largest_party if self.service else 1)

    @cached_property
    def party(self) -> int:
        """The number typed, where it can be; else what is usual."""
        typed = self._typed(PARTY)
        wanted = int(typed) if typed.isdecimal() and len(typed) < 4 else USUAL_PARTY
        smallest = self.service.min_party if self.service else 1
        return max(smallest, min(wanted, self.largest))

    @cached_property
    def asked_day(self) -> dt.date | None:
        """The day that was pressed or carried along, if it is one."""
        slot = moments.parse(self._typed(SLOT)) if self.is_bound else None
        typed = self._typed(DAY)
        if slot is not None and not typed:
            return moments.day_of(slot)
        return moments.parse_day(typed)

    @cached_property
    def window(self) -> dt.date:
        """The Monday with which the picture of days begins: today's, or weeks on."""
        asked = moments.parse_day(str(self.initial.get("crm_from") or ""))
        day = asked or self.asked_day or self.first_free or moments.today()
        start = week.days_of(moments.today())[0]
        last = max(calendar.horizon(self.service) if self.service else start, start)
        number = (min(max(day, start), last) - start) // WINDOW
        return start + number * WINDOW

    @cached_property
    def first_free(self) -> dt.date | None:
        """The first day with a place; asked only until one was chosen."""
        if self.service is None:
            return None
        found = calendar.next_free(
            self.service, moments.now(), party=self.party, limit=1
        )
        return moments.day_of(found[0].starts_at) if found else None

    @cached_property
    def shown_days(self) -> dict[dt.date, week.VisitorDay]:
        """The days of the picture from today on; a query."""
        if self.service is None:
            return {}
        days = [day for line in self._weeks() for day in line]
        wanted = [day for day in days if day >= moments.today()]
        found = week.for_visitors(self.service, wanted, party=self.party)
        return {each.day: each for each in found}

    def _weeks(self) -> list[list[dt.date]]:
        first = (self.window + n * week.WEEK for n in range(WINDOW // week.WEEK))
        return [week.days_of(day) for day in first]

    @cached_property
    def day(self) -> dt.date | None:
        """The chosen day while it can be chosen, else the first one that is free."""
        asked = self.shown_days.get(self.asked_day) if self.asked_day else None
        if asked and (asked.open or self._may_wait(asked)):
            return asked.day
        return next((d for d, each in self.shown_days.items() if each.open), None)

    @cached_property
    def shown_day(self) -> week.VisitorDay | None:
        return self.shown_days.get(self.day) if self.day else None

    def _may_wait(self, each: week.VisitorDay) -> bool:
        waiting = bool(self.service and self.service.waiting_list)
        return waiting and each.state == week.FULL

    def day_words(self) -> str:
        return moments.day_words(self.day) if self.day else ""

    # What the template draws.

    def service_fields(self) -> list[forms.BoundField]:
        return [self[SERVICE], self[PARTY]]

    @property
    def service_words(self) -> str:
        return service_words(self.service) if self.service else ""

    def day_field(self) -> forms.BoundField:
        return self[DAY]

    def slot_field(self) -> forms.BoundField:
        return self[SLOT]

    def day_rows(self) -> list[list[dict[str, Any]]]:
        """The picture: for each day its sign, and whether it can be pressed."""
        return [[self._cell(day) for day in line] for line in self._weeks()]

    def _cell(self, day: dt.date) -> dict[str, Any]:
        found = self.shown_days.get(day)
        may_wait = bool(found and self._may_wait(found))
        return {
            "day": day,
            "found": found,
            "may_wait": may_wait,
            "choose": bool(found and (found.open or may_wait)),
            "chosen": day == self.day,
            "today": day == moments.today(),
        }

    def window_months(self) -> list[dt.date]:
        """The month of the first day shown, and of the last one if it is another."""
        days = list(self.shown_days) or [moments.today()]
        first, last = days[0].replace(day=1), days[-1].replace(day=1)
        return [first] if first == last else [first, last]

    @property
    def window_before(self) -> dt.date | None:
        return self.window - WINDOW if self.window > moments.today() else None

    @property
    def window_after(self) -> dt.date | None:
        after = self.window + WINDOW
        return after if after <= calendar.horizon(self.service) else None

    @property
    def price(self) -> str:
        return format_money(self.service.price_for(self.party)) if self.service else ""

    # What is wrong with the chosen time, and what is free instead.

    next_offers: list[calendar.Offer] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        chosen = cleaned.get(SLOT)
        if SLOT in self.errors or PARTY in self.errors or self.service is None:
            self._offer_next()
        elif chosen and not wishes.waits(chosen):
            self._check(chosen, cleaned[PARTY])
        return cleaned

    def _check(self, chosen: str, party: int) -> None:
        """Say by the field what only the calendar can tell. Raises nothing."""
        moment = moments.parse(chosen)
        if moment is None:
            self.refuse(NotBookable("no_slot"))
            return
        try:
            reserve.check(self.service, moment, party=party)
        except NotBookable as refused:
            self.refuse(refused)
            return
        day = moments.day_of(moment)
        found = calendar.offers(self.service, [day - moments.DAY, day]).values()
        same = (o for some in found for o in some if o.starts_at == moment)
        if not any(offer.fits(party) for offer in same):
            self.refuse(SlotTaken())

    def refuse(self, refused: NotBookable | SlotTaken) -> None:
        """Say why by the field, and offer what is free; nothing typed is lost."""
        reason = getattr(refused, "reason", "")
        self.add_error(PARTY if reason in ("few", "many") else SLOT, refused.words)
        self._offer_next()

    def _offer_next(self) -> None:
        """The free times nearest to the one she wished."""
        if self.service is None or self.next_offers:
            return
        wanted = moments.parse(self._typed(SLOT)) or (
            moments.midnight(self.day) if self.day else moments.now()
        )
        self.next_offers = calendar.next_free(self.service, wanted, party=self.party)

    def slot_gone(self, refused: NotBookable | SlotTaken) -> None:
        """Somebody was quicker: look again at what is free, then say so."""
        for name in ("shown_days", "day", "shown_day"):
            self.__dict__.pop(name, None)
        self.fields[SLOT].offer(self.service, self.shown_day, self.party)
        self.fields[SLOT].help_text = self.day_words()
        self.refuse(refused)


class BookingServing(Serving):
    """A booking is tried while the visitor waits: only she can choose another time."""

    def after_storing(self, submission: Submission, form: Any) -> bool:
        try:
            return super().after_storing(submission, form)
        except (SlotTaken, NotBookable) as refused:
            form.slot_gone(refused)
            return False

    def initial_for(self, request: HttpRequest) -> dict[str, Any]:
        """``?service=key`` chooses the service beforehand."""
        chosen = request.GET.get("service", "")
        return {SERVICE: chosen} if chosen else {}

    def pressed(self, request: HttpRequest) -> dict[str, Any]:
        """A day or an arrow that was pressed comes with the wish to look again."""
        return pressed(request.POST.get(gate.ASK_AGAIN, ""))

    def thanks_context(self, submission: Submission) -> dict[str, Any]:
        """The booking, if it stands: a held or delayed one is still to be confirmed."""
        language, key = self.locale.language_code, submission.touch_key
        rows = Booking.objects.filter(key=key).select_related("service", "contact")
        if booking := rows.first():
            token = tokens.of_booking(booking, language)
            said = mails.context_of(booking, language)
            return {"crm_booked": said, "crm_booking_token": token}
        waits = WaitingEntry.objects.filter(key=key).select_related("service")
        if entry := waits.first():
            return {"crm_waits": mails.waiting_context(entry, language)}
        return {}


def pressed(said: str) -> dict[str, str]:
    """What the pressed button chose: a day, or other weeks to look at."""
    if said.startswith("from:"):
        return {"crm_from": said.removeprefix("from:"), DAY: ""}
    return {DAY: said} if moments.parse_day(said) else {}


def service_words(service: Service) -> str:
    """Name, length and price: what one chooses between."""
    words = [str(service), _("%(n)s minutes") % {"n": service.duration_minutes}]
    if service.price is not None:
        per = service.get_price_per_display()
        said = {"price": format_money(service.price), "per": per}
        words.append(_("%(price)s %(per)s") % said)
    return " · ".join(words)

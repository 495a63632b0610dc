"""The fields of a booking that speak for themselves: how many, and at what time."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.bookings import moments, week
from crm_plugin.bookings.models import Service
from crm_plugin.bookings.phrases import people
from crm_plugin.bookings.refusals import TAKEN, WORDS
from crm_plugin.intake import reserve


class PartyField(forms.TypedChoiceField):
    """How many people; what cannot be is refused in words, with the numbers that can."""

    maps_to = reserve.PARTY

    def __init__(self, service: Service | None, *, largest: int) -> None:
        self.smallest = min(service.min_party, largest) if service else 1
        self.largest = largest
        numbers = range(self.smallest, self.largest + 1)
        super().__init__(
            label=_("Number of people"),
            coerce=int,
            choices=[(n, people(n)) for n in numbers],
            error_messages={"required": _("Please choose.")},
        )
        if len(numbers) == 1:
            self.widget = forms.HiddenInput()

    def validate(self, value: Any) -> None:
        if value in self.empty_values:
            raise ValidationError(self.error_messages["required"], code="required")
        typed = str(value)
        number = int(typed) if typed.isdecimal() and len(typed) < 6 else 0
        if not self.smallest <= number <= self.largest:
            raise ValidationError(self._which(), code="invalid_choice")

    def _which(self) -> str:
        said = {"least": self.smallest, "most": self.largest}
        if self.smallest == self.largest:
            return _("This can be booked for %(most)s only.") % {
                "most": people(self.largest)
            }
        return (
            _(
                "Online this can be booked for %(least)s to %(most)s people. For other"
                " numbers, please call us."
            )
            % said
        )


class SlotField(forms.ChoiceField):
    """A free start time of the chosen day; or a place on its waiting list.

    Any moment is taken as an answer: whether it can be booked, the form asks the
    calendar, which knows better than a list that was made a while ago.
    """

    maps_to = reserve.STARTS_AT
    widget = forms.RadioSelect
    default_error_messages = {
        "invalid_choice": TAKEN,
        "required": gettext_lazy("Please choose a time."),
    }

    def offer(
        self, service: Service | None, shown: week.VisitorDay | None, party: int
    ) -> None:
        """Offer the day's free times; where it is full, the waiting list."""
        self.choices = []
        if service is None or shown is None:
            return
        if shown.state == week.FULL and service.waiting_list:
            words = _("Tell me when a place gets free on this day (waiting list)")
            self.choices = [(f"{reserve.WAIT}{shown.day}", words)]
            return
        self.choices = [
            (_value(offer.starts_at), moments.time_words(offer.starts_at))
            for offer in shown.times
        ]

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)
        if reserve.waits(value):
            return
        if moments.skipped(value):
            raise ValidationError(WORDS["skipped"], code="skipped")
        if moments.parse(value) is None:
            raise ValidationError(WORDS["no_slot"], code="no_slot")

    def words(self, value: str) -> str:
        day = reserve.waits(value)
        if day:
            return _("waiting list, %(day)s") % {"day": moments.day_words(day)}
        moment = moments.parse(value)
        return moments.in_words(moment) if moment else value


def _value(moment: dt.datetime) -> str:
    """A start time as the form sends it: the site's clock, with its distance to UTC."""
    return moment.astimezone(moments.zone()).isoformat()

"""Put a booking at another time, for another number, or note something with it."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin import normalise
from crm_plugin.bookings import calendar, mails, moments, moving, story
from crm_plugin.bookings.models import Booking, Service
from crm_plugin.bookings.refusals import AlreadyCancelled, NotBookable, SlotTaken

from .bookings_forms import WhenForm
from .days import day_from, moment_from
from .desk import DeskView, ObjectMixin


class MoveView(ObjectMixin, DeskView):
    """``do``: ``look`` shows times again, ``move`` moves. GET moves never."""

    model = Booking
    needs = ("change_booking",)
    page_title = gettext_lazy("Move a booking")
    header_icon = "date"
    template_name = "crm_plugin/bookings/move.html"

    def get_parents(self) -> list[dict[str, str]]:
        return [
            {"url": reverse("crm_booking:index"), "label": _("Bookings")},
            {"url": self.object.get_admin_url(), "label": self.object.reference},
        ]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        booking = self.object
        local = booking.starts_at.astimezone(moments.zone())
        initial = {
            "day": day_from(request.GET.get("day", "")) or local.date(),
            "party": booking.party_size,
            "at": booking.starts_at.astimezone(dt.UTC).isoformat(),
            "note": booking.note,
            "tell": True,
        }
        return self.page(WhenForm(initial=initial))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = WhenForm(request.POST)
        if request.POST.get("do") != "move":
            return self.page(WhenForm(initial=request.POST.dict()))
        if form.is_valid():
            done = self.move(form)
            if done:
                return done
        return self.page(form)

    def move(self, form: WhenForm) -> HttpResponse | None:
        said, before = form.cleaned_data, self.object.sequence
        try:
            booking = moving.move(
                self.object,
                form.starts_at(),
                party=said["party"],
                note=said["note"],
                by=self.request.user,
            )
        except SlotTaken:
            form.add_error("at", _("That time is full. Please choose another one."))
        except NotBookable as refused:
            form.add_error("at", refused.words)
        except AlreadyCancelled:
            form.add_error("at", _("This booking is cancelled: undo that first."))
        else:
            return self.moved(booking, told=said["tell"], before=before)
        return None

    def moved(self, booking: Booking, *, told: bool, before: int) -> HttpResponse:
        text = _("Saved: %(what)s (%(reference)s).") % {
            "what": story.describe(booking),
            "reference": booking.reference,
        }
        wanted = told and booking.sequence != before
        if wanted and mails.tell(booking, mails.MOVED, by=self.request.user):
            text += " " + _("A message is on its way.")
        messages.success(self.request, text)
        return redirect(booking.get_admin_url())

    @cached_property
    def service(self) -> Service:
        return Service.objects.with_plan().get(pk=self.object.service_id)

    def page(self, form: WhenForm) -> HttpResponse:
        day = day_from(str(form["day"].value() or ""))
        return self.show(
            form=form,
            booking=self.object,
            point=mails.address_for(self.object),
            slots=slots_on(self.service, day, form, without=self.object),
            chosen_at=moments_text(str(form["at"].value() or "")),
        )


def slots_on(
    service: Service | None,
    day: dt.date | None,
    form: forms.Form,
    *,
    without: Booking | None = None,
) -> list[dict[str, Any]]:
    """The start times of a service on a day, full ones too, for the number typed."""
    if service is None or day is None:
        return []
    party = normalise.whole(form["party"].value()) or 1
    found = calendar.offers(service, [day], without=without)[day]
    return [
        {
            "at": offer.starts_at,
            "words": moments.time_words(offer.starts_at),
            "value": offer.starts_at.isoformat(),
            "left": offer.left,
            "full": not offer.fits(party),
        }
        for offer in found
    ]


def moments_text(text: str) -> str:
    """A moment in the one spelling that the radio buttons have."""
    moment = moment_from(text.replace(" ", "+"))
    return moment.astimezone(dt.UTC).isoformat() if moment else ""

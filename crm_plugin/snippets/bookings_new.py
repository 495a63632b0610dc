"""Book for somebody on the phone: find or add the contact, choose a free time."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin.bookings import calendar, mails, reserve, story
from crm_plugin.bookings.models import Booking, Service
from crm_plugin.contacts import records, search
from crm_plugin.contacts.models import Contact

from .bookings_forms import NEW, NewBookingForm
from .desk import DeskView, allowed
from .inquiries_forms import new_key

FOUND = 8


class NewView(DeskView):
    """``do``: ``look`` shows times and people again, ``book`` books. GET books never."""

    needs = ("add_booking",)
    page_title = gettext_lazy("Book for somebody")
    header_icon = "date"
    template_name = "crm_plugin/bookings/new.html"

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_booking:index"), "label": _("Bookings")}]

    def get(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate(timezone=calendar.zone())
        known = {
            k: request.GET[k] for k in ("service", "at", "contact") if k in request.GET
        }
        initial = {
            "day": _date(request.GET.get("day", "")) or today,
            "party": 2,
            "tell": True,
            "key": new_key(),
            **known,
        }
        return self.page(NewBookingForm(initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewBookingForm(request.POST)
        if request.POST.get("do") != "book":
            return self.page(NewBookingForm(initial=request.POST.dict()))
        if form.is_valid():
            booking = self.book(form)
            if booking:
                return self.booked(booking, tell=form.cleaned_data["tell"])
        return self.page(form)

    def book(self, form: NewBookingForm) -> Booking | None:
        """Book as the form says, contact and all, or say in the form why not."""
        said = form.cleaned_data
        try:
            with transaction.atomic():
                return reserve.book(
                    said["service"],
                    form.starts_at(),
                    party=said["party"],
                    contact=self.contact(form),
                    key=f"desk:{said['key']}",
                    note=said["note"],
                    by=self.request.user,
                    channel="phone",
                )
        except reserve.SlotTaken:
            form.add_error("at", _("That time is full. Please choose another one."))
        except reserve.NotBookable:
            text = _(
                "That cannot be booked: look at the time and the number of people."
            )
            form.add_error("at", text)
        except ValueError as refused:
            form.add_error("contact", str(refused))
        return None

    def contact(self, form: NewBookingForm) -> Contact:
        """The chosen contact, or a new one. Raises ``ValueError`` in words."""
        chosen, user = form.cleaned_data["contact"], self.request.user
        booking = Booking.objects.filter(key=f"desk:{form.cleaned_data['key']}").first()
        if booking:
            return booking.contact
        if chosen != NEW:
            contact = _visible(user, chosen)
            if contact is None:
                raise ValueError(_("This contact is gone."))
            return contact
        if not allowed(user, "add_contact"):
            raise ValueError(_("You may not add contacts."))
        touch = {"channel": "phone"}
        return records.create_contact(form.new_contact(), by=user, first_touch=touch)

    def booked(self, booking: Booking, *, tell: bool) -> HttpResponse:
        told = mails.tell(booking, by=self.request.user) if tell else None
        text = _("Booked: %(what)s (%(reference)s).") % {
            "what": story.describe(booking),
            "reference": booking.reference,
        }
        if told:
            text += " " + _("A confirmation is on its way.")
        messages.success(self.request, text)
        day = booking.starts_at.astimezone(calendar.zone()).date()
        return redirect(f"{reverse('crm_booking:index')}?day={day}")

    def page(self, form: NewBookingForm) -> HttpResponse:
        user = self.request.user
        look_for = str(form["look_for"].value() or "").strip()
        chosen = str(form["contact"].value() or "")
        found = search.people(look_for, user=user, limit=FOUND)
        known = _visible(user, chosen)
        if known and known not in found:
            found.insert(0, known)
        return self.show(
            form=form,
            slots=_slots(form),
            chosen_at=str(form["at"].value() or ""),
            chosen=chosen,
            looked_for=look_for,
            people=_with_points(found),
            may_add=allowed(user, "add_contact"),
        )


def _visible(user: Any, pk: str) -> Contact | None:
    if not pk.isdecimal():
        return None
    return Contact.objects.visible_to(user).known_as(int(pk)).first()


def _with_points(people: list[Contact]) -> list[Contact]:
    prefetch_related_objects(people, "points")
    return people


def _slots(form: NewBookingForm) -> list[dict[str, Any]]:
    """The start times of the chosen service and day, full ones too."""
    service = _service(str(form["service"].value() or ""))
    day = _date(str(form["day"].value() or ""))
    if service is None or day is None:
        return []
    party = int(form["party"].value()) if str(form["party"].value()).isdecimal() else 1
    left = calendar.places_left(service, calendar.slots(service, day))
    return [
        {"at": at, "value": at.isoformat(), "left": n, "full": n < party}
        for at, n in left
    ]


def _service(pk: str) -> Service | None:
    services = Service.objects.filter(active=True).select_related("resource")
    if pk.isdecimal():
        return services.filter(pk=int(pk)).first()
    return services.first()


def _date(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None

"""Book for somebody on the phone: find or add the contact, choose a free time."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin import normalise
from crm_plugin.bookings import mails, moments, reserve, story, waiting
from crm_plugin.bookings.models import Booking, Service, WaitingEntry
from crm_plugin.contacts import records
from crm_plugin.contacts.models import Contact

from . import finder
from .bookings_forms import NEW, NewBookingForm
from .bookings_move import moments_text, slots_on
from .days import chosen_day, day_from
from .desk import DeskView, allowed
from .inquiries_forms import new_key

# What an address may choose beforehand.
KNOWN = ("service", "at", "contact", "party", "waiting")


class NewView(DeskView):
    """``do``: ``look`` shows times and people again, ``book`` books, ``wait`` puts them
    on the waiting list of the day. GET books never.
    """

    needs = ("add_booking",)
    page_title = gettext_lazy("Book for somebody")
    header_icon = "date"
    template_name = "crm_plugin/bookings/new.html"

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_booking:index"), "label": _("Bookings")}]

    def get(self, request: HttpRequest) -> HttpResponse:
        known = {k: request.GET[k] for k in KNOWN if k in request.GET}
        initial = {
            "day": chosen_day(request) or moments.today(),
            "party": 2,
            "tell": True,
            "key": new_key(),
            **known,
        }
        return self.page(NewBookingForm(initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form, do = NewBookingForm(request.POST), request.POST.get("do")
        if do not in ("book", "wait"):
            return self.page(NewBookingForm(initial=request.POST.dict()))
        if do == "wait" and form.wait().is_valid():
            entry = self.tried(form, self.wait)
            if entry:
                return self.waits(entry)
        elif do == "book" and form.is_valid():
            booking = self.tried(form, self.book)
            if booking:
                return self.booked(booking, tell=form.cleaned_data["tell"])
        return self.page(form)

    def tried(self, form: NewBookingForm, act: Any) -> Any:
        """Do it, contact and all, or say in the form why not."""
        try:
            with transaction.atomic():
                return act(form)
        except reserve.SlotTaken:
            form.add_error("at", _("That time is full. Please choose another one."))
        except reserve.NotBookable as refused:
            form.add_error("at", refused.words)
        except ValueError as refused:
            form.add_error("contact", str(refused))
        return None

    def book(self, form: NewBookingForm) -> Booking:
        said = form.cleaned_data
        booking = reserve.book(
            said["service"],
            form.starts_at(),
            party=said["party"],
            contact=self.contact(form),
            key=f"desk:{said['key']}",
            note=said["note"],
            by=self.request.user,
            channel="phone",
        )
        waited = WaitingEntry.objects.visible_to(self.request.user).open()
        waiting.settle(waited.filter(pk=said["waiting"] or 0).first(), booking)
        return booking

    def wait(self, form: NewBookingForm) -> WaitingEntry:
        said = form.cleaned_data
        return waiting.wait(
            said["service"],
            said["day"],
            party=said["party"],
            contact=self.contact(form),
            key=f"desk:{said['key']}",
            note=said["note"],
            by=self.request.user,
        )

    def waits(self, entry: WaitingEntry) -> HttpResponse:
        messages.success(self.request, _("%(who)s waits now.") % {"who": entry.contact})
        return redirect("crm_booking:waiting")

    def contact(self, form: NewBookingForm) -> Contact:
        """The chosen contact, or a new one. Raises ``ValueError`` in words."""
        chosen, user = form.cleaned_data["contact"], self.request.user
        key = f"desk:{form.cleaned_data['key']}"
        for model in (Booking, WaitingEntry):
            if row := model.objects.filter(key=key).first():
                return row.contact
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
        day = moments.day_of(booking.starts_at)
        return redirect(f"{reverse('crm_booking:index')}?day={day}")

    def page(self, form: NewBookingForm) -> HttpResponse:
        user = self.request.user
        look_for = str(form["look_for"].value() or "").strip()
        chosen = _visible(user, str(form["contact"].value() or ""))
        service = _service(str(form["service"].value() or ""))
        slots = slots_on(service, day_from(str(form["day"].value() or "")), form)
        return self.show(
            form=form,
            service=service,
            slots=slots,
            full=bool(slots) and all(slot["full"] for slot in slots),
            chosen_at=moments_text(str(form["at"].value() or "")),
            chosen=str(chosen.pk) if chosen else str(form["contact"].value() or ""),
            looked_for=look_for,
            people=finder.people(look_for, user=user, chosen=chosen),
            may_add=allowed(user, "add_contact"),
        )


def _visible(user: Any, pk: str) -> Contact | None:
    asked = normalise.whole(pk)
    visible = Contact.objects.visible_to(user)
    return visible.known_as(asked).first() if asked else None


def _service(pk: str) -> Service | None:
    services = Service.objects.filter(active=True).with_plan()
    if pk.isdecimal():
        return services.filter(pk=normalise.whole(pk)).first()
    return services.first()

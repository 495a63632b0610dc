"""A note on the wrong record: move it, take it back, and undo either."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin.contacts.models import Contact
from crm_plugin.journal import Operation
from crm_plugin.touchpoints import correcting
from crm_plugin.touchpoints.models import Touchpoint

from . import finder
from .desk import DeskView, ObjectMixin
from .finder import search_field

NEEDS = ("change_touchpoint",)
UNDO = gettext_lazy("Undo")


class WhomForm(forms.Form):
    """To whom the note belongs, found by name, address or number."""

    look_for = search_field(gettext_lazy("Name, kana, phone, e-mail or member number"))


class NoteView(ObjectMixin, DeskView):
    """What correcting a note shares: whose it is, and the way back."""

    model = Touchpoint
    needs = NEEDS
    header_icon = "edit"
    template_name = "crm_plugin/touchpoints/correct.html"
    submit_label: Any = ""
    question: Any = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.has_perm("crm_plugin.change_touchpoint"):
            if not correcting.by_hand(self.object):
                raise Http404
            get_object_or_404(self.visible(), pk=self.object.contact_id)
        return super().dispatch(request, *args, **kwargs)

    def visible(self) -> Any:
        return Contact.objects.visible_to(self.request.user)

    def get_parents(self) -> list[dict[str, str]]:
        contact = self.object.contact
        index = {"url": reverse("crm_contact:index"), "label": _("Contacts")}
        return [index, {"url": contact.get_admin_url(), "label": str(contact)}]

    def page(self, **context: Any) -> HttpResponse:
        return self.show(
            note=self.object,
            contact=self.object.contact,
            question=self.question,
            submit_label=self.submit_label,
            **context,
        )

    def refused(self, error: correcting.Refused) -> HttpResponse:
        messages.error(self.request, str(error))
        return redirect(self.object.contact.get_admin_url())

    def done(self, operation: Operation, text: Any, to: Contact) -> HttpResponse:
        url = reverse("crm_touchpoint:undo", args=[operation.pk])
        buttons = [messages.button(url, UNDO)]
        messages.success(self.request, str(text), buttons=buttons)
        return redirect(to.get_admin_url())


class MoveView(NoteView):
    """Choose whose note it is; what is typed is posted and enters no address."""

    page_title = gettext_lazy("Move to another contact")
    submit_label = gettext_lazy("Move the note")
    question = gettext_lazy(
        "The note, an inquiry that it opened and that inquiry's next steps move."
    )

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.ask(WhomForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = WhomForm(request.POST)
        chosen = finder.visible_one(Contact, request.POST.get("contact"), request.user)
        if request.POST.get("do") == "look" or not form.is_valid():
            return self.ask(form, chosen)
        if chosen is None:
            form.add_error("look_for", _("Find and choose a person first."))
            return self.ask(form)
        try:
            operation = correcting.move(self.object, chosen, by=request.user)
        except correcting.Refused as error:
            return self.refused(error)
        text = _("The note now stands on the record of %(name)s.")
        return self.done(operation, text % {"name": chosen}, chosen)

    def ask(self, form: WhomForm, chosen: Contact | None = None) -> HttpResponse:
        typed = str(form["look_for"].value() or "").strip()
        found = finder.people(typed, user=self.request.user, chosen=chosen)
        return self.page(
            form=form,
            people=[person for person in found if person != self.object.contact],
            chosen=str(chosen.pk) if chosen else "",
            looked_for=typed,
            media=form.media,
        )


class TakeBackView(NoteView):
    """One question before it is gone; it can be undone."""

    page_title = gettext_lazy("Take back a note")
    submit_label = gettext_lazy("Take back")
    question = gettext_lazy(
        "The note goes, as if it had never been written, with an inquiry that it opened."
    )

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page()

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        contact = self.object.contact
        try:
            operation = correcting.take_back(self.object, by=request.user)
        except correcting.Refused as error:
            return self.refused(error)
        return self.done(operation, _("The note was taken back."), contact)


class UndoView(DeskView):
    """GET says what comes back and where; POST does it."""

    needs = NEEDS
    page_title = gettext_lazy("Undo")
    header_icon = "rotate"
    template_name = "crm_plugin/touchpoints/correct.html"

    @cached_property
    def operation(self) -> Operation:
        rows = Operation.objects.filter(kind__in=correcting.KINDS)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def contact(self) -> Contact:
        """Whose record it stood on, also where that was merged since."""
        visible = Contact.objects.visible_to(self.request.user)
        before = next(iter(correcting.touched(self.operation)), 0)
        return get_object_or_404(visible.known_as(before))

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": self.contact.get_admin_url(), "label": str(self.contact)}]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        text = _("“%(note)s” comes back to the record of %(name)s.")
        return self.show(
            contact=self.contact,
            question=text % {"note": self.operation, "name": self.contact},
            submit_label=UNDO,
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            left = correcting.undo(self.operation, by=request.user)
        except correcting.Refused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Undone."))
            if left:
                messages.warning(request, _("What was changed since was left."))
        return redirect(self.contact.get_admin_url())

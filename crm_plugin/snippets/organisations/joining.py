"""Bringing somebody to an organisation, from its record or from theirs."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin import normalise
from crm_plugin.contacts import affiliations
from crm_plugin.contacts.models import Contact, Organisation
from crm_plugin.snippets import finder
from crm_plugin.snippets.finder import search_field

from .forms import PlaceForm
from .places import PlaceBase


class PersonForm(PlaceForm):
    """Who it is, found by name, address or number."""

    look_for = search_field(gettext_lazy("Name, kana, phone, e-mail or member number"))
    contact = forms.CharField(
        required=False,
        error_messages={"required": gettext_lazy("Find and choose a person first.")},
    )

    def said(self) -> dict[str, Any]:
        known = super().said()
        return {k: v for k, v in known.items() if k not in ("look_for", "contact")}


class PersonAddView(PlaceBase):
    """From the organisation: find the person, then say their place."""

    permission_required = "add"
    page_title = gettext_lazy("Add a person")
    template_name = "crm_plugin/contacts/person_form.html"
    done = gettext_lazy("The person was added.")

    @cached_property
    def organisation(self) -> Organisation:  # type: ignore[override]
        rows = Organisation.objects.visible_to(self.request.user)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return str(self.organisation)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.ask(PersonForm(departments=self.known_departments()))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        known = self.known_departments()
        if request.POST.get("do") == "look":
            typed = request.POST.dict()
            return self.ask(PersonForm(initial=typed, departments=known))
        form = PersonForm(request.POST, departments=known)
        contact = self.visible(request.POST.get("contact", ""))
        if form.is_valid() and contact:
            affiliations.begin(contact, self.organisation, form.said(), by=request.user)
            return self.return_()
        if contact is None:
            form.add_error("look_for", _("Find and choose a person first."))
        self.refuse()
        return self.ask(form)

    def visible(self, pk: str) -> Contact | None:
        rows = Contact.objects.visible_to(self.request.user).current()
        return rows.filter(pk=normalise.whole(pk)).first()

    def ask(self, form: PersonForm) -> HttpResponse:
        look_for = str(form["look_for"].value() or "").strip()
        chosen = self.visible(str(form["contact"].value() or ""))
        user = self.request.user
        found = finder.people(look_for, user=user, chosen=chosen)
        if chosen is None and len(found) == 1:
            chosen = found[0]
        return self.show(
            form,
            organisation=self.organisation,
            people=found,
            chosen=str(chosen.pk) if chosen else "",
            looked_for=look_for,
            may_add=self.request.user.has_perm("crm_plugin.add_contact"),
        )


class OrganisationNameForm(PlaceForm):
    """Which organisation: one on record in any spelling, or a new one."""

    organisation = forms.CharField(
        label=gettext_lazy("Organisation"),
        max_length=200,
        help_text=gettext_lazy(
            "One on record is found in any spelling; a new name makes a new record."
        ),
    )

    def clean_organisation(self) -> str:
        name = normalise.text(self.cleaned_data["organisation"])
        if not normalise.organisation(name):
            raise forms.ValidationError(_("Please write a name."))
        return name

    def said(self) -> dict[str, Any]:
        known = super().said()
        known.pop("organisation")
        return known


class PlaceAddView(PlaceBase):
    """From the contact: name the organisation, then say the place in it."""

    permission_required = "add"
    page_title = gettext_lazy("Add an organisation")
    organisation = None

    @cached_property
    def contact(self) -> Contact:
        rows = Contact.objects.visible_to(self.request.user).current()
        return get_object_or_404(rows.known_as(self.kwargs["pk"]))

    def get_page_subtitle(self) -> str:
        return str(self.contact)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        here = {"url": "", "label": self.here()}
        person = {"url": self.contact.get_admin_url(), "label": str(self.contact)}
        return [*self.breadcrumbs_items, person, here]

    def back(self) -> str:
        return self.contact.get_admin_url()

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show(OrganisationNameForm(), contact=self.contact)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = OrganisationNameForm(request.POST)
        if not form.is_valid():
            self.refuse()
            return self.show(form, contact=self.contact)
        name = form.cleaned_data["organisation"]
        affiliations.join(self.contact, name, form.said(), by=request.user)
        return self.return_()

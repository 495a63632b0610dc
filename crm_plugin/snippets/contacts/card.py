"""Quick add: somebody from a business card, by keyboard alone, one after the other."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.generic import View
from wagtail.admin import messages

from crm_plugin import normalise
from crm_plugin.contacts import duplicates, fields, records
from crm_plugin.contacts.models import Contact
from crm_plugin.contacts.sources import Source
from crm_plugin.snippets.desk import AccessMixin, DeskView
from crm_plugin.touchpoints import log
from crm_plugin.touchpoints.models import Channel, Touchpoint
from crm_plugin.ui.registry_forms import RegistryForm

NAMES = (
    "contact.name",
    "contact.kana",
    "organisation.name",
    "organisation.department",
    "affiliation.title",
    "point.email",
    "point.phone",
)
WIDE = {"contact__name", "contact__kana"}
SPLIT = {"contact.name": duplicates.NAME, "contact.kana": duplicates.KANA}
SOURCES = [*Source.choices, *Channel.choices]


class CardForm(RegistryForm):
    """What stands on a card, and where the card came from."""

    source = forms.ChoiceField(
        label=gettext_lazy("Source"), choices=SOURCES, initial=Source.BUSINESS_CARD
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        known = {spec.name: spec for spec in fields.mappable(user)}
        specs = [known[name] for name in NAMES if name in known]
        super().__init__(*args, specs=specs, held={}, **kwargs)
        for name, typed in (kwargs.get("initial") or {}).items():
            self.fields[name].initial = typed
        self.fields["contact__name"].widget.attrs["autofocus"] = True
        self.fields["contact__kana"].label = pgettext("person", "Kana")

    def let_go(self) -> None:
        """The cursor is wanted elsewhere."""
        del self.fields["contact__name"].widget.attrs["autofocus"]

    def card_fields(self) -> list[forms.BoundField]:
        """The fields in the order in which a card is read."""
        return [self[name] for name in (*self.specs, "source")]

    def told(self) -> dict[str, Any]:
        """The values as the duplicate warning reads them: names in two parts."""
        told = {name: value for name, value in self.values().items() if value}
        for whole, parts in SPLIT.items():
            if whole in told:
                told |= dict(zip(parts, normalise.split_name(told[whole]), strict=True))
        return told


class CardView(DeskView):
    """Enter saves and the next card can begin."""

    needs = ("add_contact",)
    page_title = gettext_lazy("Quick add")
    header_icon = "user"
    template_name = "crm_plugin/contacts/card.html"

    def get_parents(self) -> list[dict[str, str]]:
        return [{"url": reverse("crm_contact:index"), "label": _("Contacts")}]

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("source", "")
        source = asked if asked in dict(SOURCES) else Source.BUSINESS_CARD
        return self.page(CardForm(user=request.user, initial={"source": source}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CardForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.page(form)
        if not any(form.values().values()):
            text = _("A name or one way to reach the person is needed.")
            form.add_error(None, text)
            return self.page(form)
        suspects = []
        if "save_anyway" not in request.POST:
            suspects = duplicates.suspects(form.told(), user=request.user)
        if suspects:
            return self.page(form, suspects=suspects)
        contact = self.save(form)
        if "call" in request.POST:
            return redirect("crm_call:contact", contact.pk)
        source = form.cleaned_data["source"]
        return redirect(f"{reverse('crm_contact:quick')}?source={source}")

    def save(self, form: CardForm) -> Contact:
        by, source = self.request.user, form.cleaned_data["source"]
        values = form.values()
        contact = records.create_contact(values, by=by, first_touch={"channel": source})
        records.finish([contact.pk], records.aspects(values))
        if source == Source.NEW_YEAR_CARD:
            log.record(
                contact,
                Touchpoint.Kind.NEW_YEAR,
                channel=Channel.POST,
                direction=Touchpoint.Direction.IN,
                by=by,
            )
        text = format_html(
            '{} <a href="{}">{}</a>',
            _("%(name)s was added.") % {"name": contact},
            contact.get_admin_url(),
            _("Open the record"),
        )
        messages.success(self.request, text)
        return contact

    def page(self, form: CardForm, suspects: list | None = None) -> HttpResponse:
        return self.show(form=form, suspects=suspects or [], media=form.media)


class SuspectsView(AccessMixin, View):
    """Who may be meant, while somebody types; POST keeps names out of addresses."""

    http_method_names = ["post"]
    needs = ("add_contact",)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CardForm(request.POST, user=request.user)
        form.is_valid()
        for name in form.specs:
            form.cleaned_data.setdefault(name, None)
        found = duplicates.suspects(form.told(), user=request.user)
        return render(request, "crm_plugin/contacts/suspects.html", {"suspects": found})

"""How somebody wants to hear from us, written down by staff, with what it rests on.

Staff may take a topic away for the person; a yes is the person's own: the screen sends
the link to their preferences instead.
"""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages

from crm_plugin.consents import ledger, preferences, words
from crm_plugin.consents.models import Consent, Preference
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.delivery import preference_links
from crm_plugin.snippets.desk import DeskView, allowed, day_input
from crm_plugin.ui import meanwhile

from .one import OneContactMixin

NEEDS = "change_preference"
SOURCE = "record"


class PreferencesForm(forms.Form):
    """All that the person's own page offers, except saying yes to a topic."""

    frequency = forms.ChoiceField(
        label=gettext_lazy("How often"), choices=Preference.Frequency.choices
    )
    paused_until = forms.DateField(
        label=gettext_lazy("Paused until"), required=False, widget=day_input()
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Preferred channel"),
        required=False,
        choices=[("", "–"), *Preference.Channel.choices],
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    stop = forms.ModelMultipleChoiceField(
        Consent.objects.none(),
        label=gettext_lazy("No more of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("How do we know?"),
        choices=list(words.SAID.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please say how we know it.")},
    )

    def __init__(self, *args: Any, consents: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = dict(settings.LANGUAGES)
        if language:
            codes.setdefault(language, language)
        self.fields["language"].choices = [("", "–"), *codes.items()]
        self.fields["stop"].queryset = consents
        self.fields["stop"].label_from_instance = lambda row: (
            f"{row.topic} ({row.point})"
        )

    def clean_paused_until(self) -> dt.date | None:
        until = self.cleaned_data["paused_until"]
        if (
            until
            and until < timezone.localdate()
            and "paused_until" in self.changed_data
        ):
            raise forms.ValidationError(_("That day is over."))
        return until


class PreferencesView(OneContactMixin, DeskView):
    needs = (NEEDS,)
    page_title = gettext_lazy("How they want to hear from us")
    header_icon = "mail"
    template_name = "crm_plugin/contacts/preferences.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(self.form())

    @transaction.atomic
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        Contact.objects.select_for_update().get(pk=self.contact.pk)
        form = self.form(request.POST)
        if not form.is_valid():
            return self.page(form)
        if theirs := meanwhile.since(meanwhile.seen(request), self.form(), form):
            return self.page(form, theirs)
        said = dict(form.cleaned_data)
        basis, stop = said.pop("basis"), said.pop("stop")
        for consent in stop:
            ledger.withdraw(
                consent.point,
                topic=consent.topic,
                source=SOURCE,
                basis=basis,
                actor=f"user {request.user.pk}",
            )
        changed = preferences.choose(
            self.contact, source=SOURCE, by=request.user, basis=basis, **said
        )
        text = _("Saved.") if changed or stop else _("Nothing had changed.")
        messages.success(request, text)
        return redirect(self.contact.get_admin_url())

    def form(self, data: Any = None) -> PreferencesForm:
        row, contact = preferences.current(self.contact), self.contact
        initial = {name: getattr(row, name) for name in preferences.WISHES}
        return PreferencesForm(
            data,
            initial={**initial, "language": contact.language},
            consents=self.consents(),
            language=contact.language,
        )

    def consents(self) -> Any:
        """What may be taken away; nothing for whom consents are hidden from."""
        if not allowed(self.request.user, "view_consent"):
            return Consent.objects.none()
        rows = Consent.objects.filter(point__contact=self.contact)
        rows = rows.exclude(state=Consent.State.WITHDRAWN)
        return rows.select_related("topic", "point").order_by("topic__order", "id")

    def page(
        self, form: PreferencesForm, theirs: meanwhile.Facts | None = None
    ) -> HttpResponse:
        return self.show(
            form=form,
            **meanwhile.carried(self.request, self.form, theirs),
            contact=self.contact,
            media=form.media,
            addresses=mail_points(self.contact),
        )


class SendLinkView(OneContactMixin, View):
    """Mail the person the link to their own page: a yes can only come from them."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not allowed(request.user, NEEDS):
            raise PermissionDenied
        point = mail_points(self.contact).filter(pk=number(request)).first()
        if point is None:
            messages.error(request, _("There is no e-mail address to send it to."))
        elif preference_links.send(
            point, language=self.contact.language, by=request.user
        ):
            messages.success(
                request,
                _("The link is on its way to %(address)s.") % {"address": point},
            )
        else:
            messages.warning(request, _("A link went there within the last 24 hours."))
        return redirect("crm_contact:preferences", self.contact.pk)


def number(request: HttpRequest) -> int:
    typed = request.POST.get("point", "")
    return int(typed) if typed.isdecimal() and len(typed) < 19 else 0


def mail_points(contact: Any) -> Any:
    """The addresses that a link can be sent to."""
    rows = ContactPoint.objects.filter(contact=contact, kind=ContactPoint.Kind.EMAIL)
    return rows.filter(undeliverable_at=None).order_by("-preferred", "id")

"""The evidence of consents to one address: shown, printed, taken away; each time noted.

An address is typed (POST, so that it stands in no log) or comes from its record. It
need not be on any record: the ledger knows it by its hash.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import formats, timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin import journal, normalise, signing
from crm_plugin.conf import CrmSettings
from crm_plugin.consents import evidence
from crm_plugin.consents.models import ConsentEvent
from crm_plugin.contacts import points
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.ui.exports import csv_response, xlsx_response

from . import consent_words as words
from .desk import DeskMenuItem, DeskView

NEEDS = ("export_consentevent",)
HEADER = [
    gettext_lazy("No."),
    gettext_lazy("At"),
    gettext_lazy("What"),
    gettext_lazy("Topic"),
    gettext_lazy("Channel"),
    gettext_lazy("Basis"),
    gettext_lazy("Came by"),
    gettext_lazy("The words that stood there"),
    gettext_lazy("Language of the words"),
    gettext_lazy("Page"),
    gettext_lazy("Address of the page"),
    gettext_lazy("Number of the page"),
    gettext_lazy("Revision"),
    gettext_lazy("Network"),
    gettext_lazy("Program (hash)"),
    pgettext_lazy("person", "By"),
    gettext_lazy("Details"),
    gettext_lazy("Sealed"),
]


class EvidenceMenuItem(DeskMenuItem):
    needs = NEEDS


class AddressForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=ContactPoint.Kind.choices, required=False
    )
    address = forms.CharField(
        label=gettext_lazy("Address, number or id"),
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class EvidenceView(DeskView):
    """``do=show print csv xlsx`` for a typed address or a stored ``point``."""

    needs = NEEDS
    page_title = gettext_lazy("Evidence of consents")
    header_icon = "check"
    template_name = "crm_plugin/consents/evidence.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.show(form=AddressForm())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = AddressForm(None if self.point else request.POST)
        if not self.point and not form.is_valid():
            return self.show(form=form)
        kind, value = self.asked(form)
        lines = (
            evidence.of_point(self.point)
            if self.point
            else evidence.of_address(kind, value)
        )
        do = request.POST.get("do", "show")
        self.note(kind, value, lines, do)
        rows = [list(cells(line)) for line in words.told(lines)]
        if do in FILES:
            return FILES[do]([str(h) for h in HEADER], rows, name=file_name())
        context = {
            "form": form,
            "kind": dict(ContactPoint.Kind.choices).get(kind, kind),
            "kind_code": kind,
            "address": value,
            "point": self.point,
            "asked": True,
            "lines": words.told(lines),
            "at": timezone.localtime(),
            "business": CrmSettings.load().business_name,
        }
        if do == "print":
            page = "crm_plugin/consents/evidence_print.html"
            return private(render(request, page, context))
        return private(self.show(**context))

    @cached_property
    def point(self) -> ContactPoint | None:
        """The stored address that was asked about, of a contact that may be seen."""
        asked = normalise.whole(self.request.POST.get("point"))
        visible = Contact.objects.visible_to(self.request.user)
        rows = ContactPoint.objects.filter(contact__in=visible)
        return rows.select_related("contact").filter(pk=asked).first()

    def asked(self, form: AddressForm) -> tuple[str, str]:
        if self.point:
            return self.point.kind, self.point.value
        said = form.cleaned_data
        return said["kind"] or ContactPoint.Kind.EMAIL, said["address"]

    def note(self, kind: str, value: str, lines: list, do: str) -> None:
        """Who saw whose evidence: by hash, as the ledger itself knows the address."""
        digest = signing.address_hash(kind, points.norm(kind, value))
        said = {"address_hash": digest, "rows": len(lines), "how": do[:10]}
        journal.record(
            "export",
            [(ConsentEvent._meta.model_name, 0, "export", None, said)],
            by=self.request.user,
            summary=f"consentevent {do[:10]} {len(lines)}",
        )


FILES = {"csv": csv_response, "xlsx": xlsx_response}


def private(response: Any) -> Any:
    response["Cache-Control"] = "private, no-store"
    return response


def file_name() -> str:
    """Without the address: names of files stand in many places."""
    return f"consent-evidence-{timezone.localtime():%Y-%m-%d-%H%M}"


def cells(told: words.Told) -> Iterator[Any]:
    """One line of the file, in the order of ``HEADER``."""
    event = told.line.event
    yield event.pk
    yield formats.date_format(timezone.localtime(event.at), "Y-m-d H:i:s O")
    yield from (told.action, told.topic, told.channel, told.basis, told.source)
    wording = told.line.wording
    yield wording.text if wording else ""
    yield wording.locale if wording else ""
    yield from (told.line.page_title, told.line.page_url)
    yield event.page or ""
    yield event.revision or ""
    yield from (event.ip_truncated, event.agent_hash, told.actor)
    yield "; ".join(f"{label}: {text}" for label, text in told.details)
    sealed = told.line.sealed_at
    yield formats.date_format(timezone.localtime(sealed), "Y-m-d H:i") if sealed else ""


class EvidenceViewSet(ViewSet):
    name = "crm_evidence"
    url_prefix = "crm/evidence"
    icon = "check"
    menu_label = gettext_lazy("Evidence of consents")
    menu_order = 210
    menu_hook = "register_crm_ledger_menu_item"
    menu_item_class = EvidenceMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        return [path("", EvidenceView.as_view(), name="index")]

"""From a valid form to a stored submission: the request ends here."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm_plugin import normalise, signing
from crm_plugin.consents import wordings
from crm_plugin.intake import spam, submissions
from crm_plugin.intake.models import Submission
from crm_plugin.personalisation import visitor

from . import gate
from .builder import VisitorForm


def take(page: Any, form: VisitorForm, request: HttpRequest) -> Submission:
    """Store what *form* holds; the same rendering and answers give the same row."""
    stamp = gate.read(request, page.pk)
    answers = answers_of(form)
    ip = spam.client_address(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("x-forwarded-for", "")
    )
    agent = request.headers.get("user-agent", "")
    return submissions.receive(
        key=submissions.key_for(stamp.nonce or f"{ip}{agent}", answers),
        kind=page.crm_kind,
        answers=answers,
        consents=consents_of(page, form),
        source=stamp.source,
        page=page_facts(page, request),
        language=page.locale.language_code,
        ip=ip,
        agent=agent,
        spam_reason=gate.suspicion(request, stamp, answers, ip),
        **verification(request, answers),
    )


def answers_of(form: VisitorForm) -> list[dict[str, Any]]:
    """The answers in the form's order, each with its label and words to read."""
    return [
        {
            "name": name,
            "label": str(form.fields[name].label),
            "field": form.fields[name].maps_to,
            "value": _plain(form.cleaned_data[name]),
            "text": _words(form.fields[name], form.cleaned_data[name]),
        }
        for name in form.answered()
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _words(field: forms.Field, value: Any) -> str:
    """An answer as a person reads it: labels for choices, a date as dates stand."""
    if hasattr(field, "words"):
        return field.words(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dt.datetime | dt.date):
        style = "DATETIME_FORMAT" if isinstance(value, dt.datetime) else "DATE_FORMAT"
        return date_format(value, style)
    labels = {str(key): str(label) for key, label in getattr(field, "choices", [])}
    if isinstance(value, list):
        return ", ".join(labels.get(str(item), str(item)) for item in value)
    return labels.get(str(value), str(value))


def consents_of(page: Any, form: VisitorForm) -> list[dict[str, Any]]:
    """The topic that was asked for, with the wording exactly as it stood."""
    if not page.asked_for(form):
        return []
    wording = wordings.wording_for(page.consent_wording, page.locale.language_code)
    return [{"topic": page.consent_topic.key, "wording": wording.pk}]


def page_facts(page: Any, request: HttpRequest) -> dict[str, Any]:
    return {
        "id": page.pk,
        "title": page.title,
        "url": page.get_full_url(request) or "",
        "revision": page.live_revision_id,
    }


def verification(request: HttpRequest, answers: list[dict[str, Any]]) -> dict[str, Any]:
    """The typed address and whose it is, if exactly this browser was verified for it."""
    address = normalise.email(submissions.typed(answers, "point.email"))
    known = visitor.of(request)
    if not address or not known.verified_address_hash:
        return {}
    if known.verified_address_hash != signing.address_hash("email", address):
        return {}
    return {"verified_for": address, "verified_contact_id": known.contact_id}

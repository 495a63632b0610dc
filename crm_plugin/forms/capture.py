"""From a valid form to a stored submission: the request ends here."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.encoding import iri_to_uri
from django.utils.formats import date_format
from django.utils.http import escape_leading_slashes
from django.utils.translation import gettext as _
from wagtail.models import Site

from crm_plugin import normalise, signing
from crm_plugin.consents import wordings
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.intake import counting, hoarding, spam, submissions
from crm_plugin.intake.models import Submission, Upload
from crm_plugin.personalisation import visitor

from . import files, gate, known, topics
from .visitor_form import VisitorForm


def take(page: Any, form: VisitorForm, request: HttpRequest) -> Submission:
    """Store what *form* holds; the same rendering and answers give the same row, with
    what was ticked in any of them."""
    stamp = gate.read(request, page.pk)
    answers = answers_of(page, form)
    ip = spam.client_address(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("x-forwarded-for", "")
    )
    agent = request.headers.get("user-agent", "")
    whose = verification(request, answers, form.invited)
    spam_reason = gate.suspicion(request, stamp, answers, ip)
    if not spam_reason and "verified_for" not in whose:
        spam_reason = hoarding.suspicion(page.crm_kind, answers)
    return submissions.receive(
        key=submissions.key_for(
            stamp.nonce or f"{ip}{agent}", topics.without(form, answers)
        ),
        kind=page.crm_kind,
        answers=answers,
        consents=consents_of(page, form),
        source=gate.handed_over(request, stamp) | {"via": counting.via(stamp.source)},
        page=page_facts(page, request, stamp),
        language=page.locale.language_code,
        ip=ip,
        agent=agent,
        spam_reason=spam_reason,
        uploads=files.claimed(form, page.pk),
        keep_days=page.keep_days,
        **whose,
    )


def answers_of(page: Any, form: VisitorForm) -> list[dict[str, Any]]:
    """The answers in the form's order, each with its label and words to read.

    A score that the page calls low says so: somebody will be asked to react.
    """
    answers = []
    for name in form.answered():
        field, value = form.fields[name], form.cleaned_data[name]
        answer = {
            "name": name,
            "label": str(field.label),
            "field": field.maps_to,
            "value": _plain(value),
            "text": _words(field, value),
        }
        if page.low(field.maps_to, value):
            answer["low"] = True
        answers.append(answer)
    return answers


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, UploadedFile | Upload):
        return files.digest_of(value)
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
    """The topics that were asked for, with their wordings exactly as they stood."""
    asked = topics.consents_of(form)
    if page.asked_for(form):
        asked.setdefault(page.consent_topic.key, page.consent_wording)
    stored = wordings.wordings_for(asked.values(), page.locale.language_code)
    return [{"topic": key, "wording": stored[text].pk} for key, text in asked.items()]


def page_facts(
    page: Any, request: HttpRequest, stamp: gate.Stamp | None = None
) -> dict[str, Any]:
    """The page as it was shown, as far as the *stamp* tells."""
    shown = stamp.revision if stamp else None
    return {
        "id": page.pk,
        "title": page.title,
        "url": f"{_host(request)}{path_of(request)}",
        "revision": shown or page.live_revision_id,
    }


def path_of(request: HttpRequest) -> str:
    """Where the form that was sent stands on its host, without asking the page tree."""
    return escape_leading_slashes(iri_to_uri(request.path))


def _host(request: HttpRequest) -> str:
    """The host that the editors gave the site, whatever name a proxy passed on."""
    site = Site.find_for_request(request)
    return site.root_url if site else ""


def verification(
    request: HttpRequest,
    answers: list[dict[str, Any]],
    invited: known.Invitation | None = None,
) -> dict[str, Any]:
    """Whose this is: of a browser verified for the typed address, or of somebody who
    came by a link that was sent to them and typed no other address."""
    address = normalise.email(submissions.typed(answers, "point.email"))
    if invited and invited.contact and address in ("", invited.address):
        whose = {"verified_contact_id": invited.contact.pk}
        if invited.theirs:
            return {**whose, "verified_for": invited.address}
        if not known_browser(request, address):
            return {**whose, "invited": True}
    contact_id = known_browser(request, address)
    if contact_id is None:
        return {}
    return {"verified_for": address, "verified_contact_id": contact_id}


def known_browser(request: HttpRequest, address: str) -> int | None:
    """The contact whose browser this is, if it was verified for exactly *address*."""
    known_as = visitor.of(request)
    if not address or not known_as.verified_address_hash:
        return None
    if not signing.is_of_address(known_as.verified_address_hash, "email", address):
        return None
    points = ContactPoint.objects.filter(
        contact_id=known_as.contact_id, kind="email", value_norm=address
    )
    return known_as.contact_id if points.exists() else None

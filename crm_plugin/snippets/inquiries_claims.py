"""The three answers to a claim, for every screen that shows claims."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from wagtail.admin import messages

from crm_plugin.contacts.models import Contact
from crm_plugin.intake import claims
from crm_plugin.intake.models import Claim

VERDICTS = ("accept", "reject", "other")


def decide(request: HttpRequest, contact: Contact, *, pk: Any, verdict: str) -> None:
    """Accept, reject, or make another person of the form the claim came with."""
    rows = Claim.objects.filter(contact=contact, pk=pk)
    claim = rows.select_related("submission").first()
    if claim is None or verdict not in VERDICTS:
        return
    try:
        if verdict == "other":
            claims.another_person(claim.submission, by=request.user)
            text = _("That form now belongs to a contact of its own.")
            messages.success(request, text)
        elif verdict == "accept":
            claims.accept(claim, by=request.user)
        else:
            claims.reject(claim, by=request.user)
    except claims.AlreadyDecided:
        messages.warning(request, _("Somebody has answered this meanwhile."))
    except ValueError as refused:
        messages.error(request, str(refused))

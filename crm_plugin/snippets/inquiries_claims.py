"""The three answers to a claim, for every screen that shows claims."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from wagtail.admin import messages

from crm_plugin.contacts.models import Contact
from crm_plugin.intake import claims
from crm_plugin.intake.models import Claim

from .claim_groups import answerable, answerable_forms

VERDICTS = ("accept", "reject", "other")


def decide(
    request: HttpRequest, contact: Contact, *, pk: Any, verdict: str, basis: str = ""
) -> None:
    """Accept, reject, or make another person of the form the claim came with."""
    rows = answerable(request.user).filter(contact=contact, pk=pk)
    claim = rows.select_related("submission").first()
    if claim is None or verdict not in VERDICTS:
        return
    try:
        if verdict == "other":
            _another_person(request, claim)
        elif verdict == "accept":
            claims.accept(claim, by=request.user, basis=basis)
        else:
            claims.reject(claim, by=request.user, basis=basis)
    except claims.AlreadyDecided:
        messages.warning(request, _("Somebody answered this already."))
    except ValueError as refused:
        messages.error(request, str(refused))


def _another_person(request: HttpRequest, claim: Claim) -> None:
    """Only for whoever may see everything that the form said."""
    if answerable_forms(request.user).filter(pk=claim.submission_id).exists():
        claims.another_person(claim.submission, by=request.user)
        text = _("A contact of its own now stands for this person.")
        messages.success(request, text)

"""What somebody typed into a form, asked at the counter while they stand there."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View

from crm_plugin import normalise
from crm_plugin.contacts.models import Contact
from crm_plugin.intake.models import Claim

from . import finder
from .claim_groups import waiting_for
from .desk import AccessMixin, allowed
from .inquiries_claims import decide


def claims_context(contact: Contact | None, user: Any) -> dict[str, Any]:
    """What waits on the record of who stands here, for ``counter_claims.html``."""
    return {
        "claims": waiting_for(contact, user) if contact else [],
        "may_decide": allowed(user, "change_claim"),
    }


def answer(request: HttpRequest, contact: Contact | None, said: str) -> None:
    """``<claim id>:accept|reject|other``; that the person was asked is the basis."""
    asked, _colon, verdict = said.partition(":")
    pk = normalise.whole(asked)
    if contact is None or pk is None or not allowed(request.user, "change_claim"):
        return
    decide(request, contact, pk=pk, verdict=verdict, basis=Claim.Basis.ASKED)


class CounterClaimsView(AccessMixin, View):
    """The claims as a fragment, once somebody was chosen; ids stay out of addresses."""

    needs = ("add_purchase",)
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = request.POST.get("contact")
        contact = finder.visible_one(Contact, chosen, request.user)
        context = claims_context(contact, request.user)
        return render(request, "crm_plugin/sales/counter_claims.html", context)

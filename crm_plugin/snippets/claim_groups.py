"""Claims that wait, submission by submission, for the record and the answer screen."""

from typing import Any

from crm_plugin.contacts.models import Contact
from crm_plugin.intake.models import Claim


def grouped(rows: Any) -> list[dict[str, Any]]:
    """Claims submission by submission, as ``claims.html`` shows them."""
    groups: dict[int, dict[str, Any]] = {}
    for claim in rows.select_related("submission", "contact").order_by(
        "submission_id", "id"
    ):
        group = groups.setdefault(
            claim.submission_id,
            {"submission": claim.submission, "contact": claim.contact, "claims": []},
        )
        group["claims"].append(claim)
    return list(groups.values())


def waiting_for(contact: Contact, user: Any) -> list[dict[str, Any]]:
    """What waits on one record; nothing without the right."""
    if not user.has_perm("crm_plugin.view_claim"):
        return []
    return grouped(Claim.objects.filter(contact=contact, state=Claim.State.WAITING))

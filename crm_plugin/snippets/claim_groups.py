"""Claims that wait, submission by submission, for the record and the answer screen."""

from typing import Any

from django.db.models import QuerySet

from crm_plugin.contacts import access
from crm_plugin.contacts.models import AttributeDefinition, Contact
from crm_plugin.intake.models import Claim, Submission


def answerable(user: Any) -> QuerySet[Claim]:
    """Claims that *user* may see: not those on attributes that are hidden from them."""
    if not user.has_perm("crm_plugin.view_claim"):
        return Claim.objects.none()
    rows, seen = Claim.objects.all(), Contact.objects.visible_to(user)
    if seen.query.where:
        rows = rows.filter(contact__in=seen)
    if user.has_perm("crm_plugin.view_sensitive"):
        return rows
    keys = AttributeDefinition.objects.filter(sensitive=True)
    hidden = [f"attribute.{key}" for key in keys.values_list("key", flat=True)]
    return rows.exclude(field__in=hidden)


def answerable_forms(user: Any) -> QuerySet[Submission]:
    """Forms that *user* may answer as a whole: none that holds a hidden claim."""
    mine = answerable(user)
    hidden = Claim.objects.exclude(pk__in=mine.values("pk"))
    rows = Submission.objects.filter(claims__in=mine).distinct()
    return rows.exclude(claims__in=hidden)


def shown(rows: QuerySet[Claim], user: Any) -> list[Claim]:
    """The claims for a screen, form by form; who reads sensitive ones is noted."""
    found = list(
        rows.select_related("submission", "contact").order_by("submission_id", "id")
    )
    access.told(((claim.contact_id, claim.field) for claim in found), by=user)
    return found


def grouped(rows: QuerySet[Claim], user: Any) -> list[dict[str, Any]]:
    """Claims submission by submission, as ``claims.html`` shows them to *user*."""
    groups: dict[int, dict[str, Any]] = {}
    for claim in shown(rows, user):
        group = groups.setdefault(
            claim.submission_id,
            {"submission": claim.submission, "contact": claim.contact, "claims": []},
        )
        group["claims"].append(claim)
    return list(groups.values())


def waiting_for(contact: Contact, user: Any) -> list[dict[str, Any]]:
    """What waits on one record; nothing without the right."""
    rows = answerable(user).filter(contact=contact, state=Claim.State.WAITING)
    return grouped(rows, user)

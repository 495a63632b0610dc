"""Whose submission is this? Decided by the typed address only, and never believed."""

import hashlib
from typing import Any

from django.db import connection

from crm_plugin.contacts import records
from crm_plugin.contacts.models import Contact, ContactPoint

from .models import Submission

Kind = ContactPoint.Kind
NAMES = {
    "contact.name",
    "contact.family_name",
    "contact.given_name",
    "contact.kana",
    "contact.family_kana",
    "contact.given_kana",
}


def hold(submission: Submission) -> None:
    """Decide alone about the typed address until the running transaction ends.

    Two posts at the same instant from one new address must become one contact, and get
    one mail. SQLite has a single writer; elsewhere the address itself is locked.
    """
    typed = submission.email_norm or submission.phone_norm
    if not typed or connection.vendor != "postgresql":
        return
    digest = hashlib.sha256(f"crm-intake {typed}".encode()).digest()
    number = int.from_bytes(digest[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def find(submission: Submission, values: dict[str, Any]) -> tuple[Contact | None, bool]:
    """(the contact that has the typed address, whether this browser is its owner's).

    The typed e-mail address is the key, else the phone number. Where several
    contacts share it, the one whose name was typed, else the oldest.
    """
    if submission.verified_for and submission.contact is not None:
        return submission.contact, True
    if submission.invited and submission.contact is not None:
        return submission.contact, False
    kind = Kind.EMAIL if submission.email_norm else Kind.PHONE
    typed = submission.email_norm or submission.phone_norm
    return _same_name(_holders(kind, typed), values), False


def _holders(kind: str, norm: str) -> list[Contact]:
    """Who has this address or number, the oldest first; one query."""
    if not norm:
        return []
    points = ContactPoint.objects.filter(kind=kind, value_norm=norm)
    rows = Contact.objects.filter(pk__in=points.values("contact_id"), archived_at=None)
    return list(rows.order_by("pk"))


def _same_name(contacts: list[Contact], values: dict[str, Any]) -> Contact | None:
    typed = {name: values[name] for name in NAMES & values.keys()}
    if len(contacts) > 1 and typed:
        for contact in contacts[:20]:
            if not records.differing(contact, typed):
                return contact
    return contacts[0] if contacts else None


def email_point(contact: Contact, address_norm: str) -> ContactPoint | None:
    """The point of *contact* at the typed address, if it has one."""
    if not address_norm:
        return None
    rows = ContactPoint.objects.filter(contact=contact, kind="email")
    return rows.filter(value_norm=address_norm).first()

"""Whose submission is this? Decided by the typed address only, and never believed."""

from typing import Any

from crm_plugin.contacts import match, records
from crm_plugin.contacts.models import Contact

from .models import Submission

NAMES = {
    "contact.name",
    "contact.family_name",
    "contact.given_name",
    "contact.kana",
    "contact.family_kana",
    "contact.given_kana",
}


def find(submission: Submission, values: dict[str, Any]) -> tuple[Contact | None, bool]:
    """(the contact that has the typed address, whether this browser is its owner's).

    The typed e-mail address is the key, else the phone number. Where several
    contacts share it, the one whose name was typed, else the oldest.
    """
    if submission.verified_for and submission.contact is not None:
        return submission.contact, True
    if submission.email_norm:
        found = match.by_email([submission.email_norm])
        ids = found.get(submission.email_norm, [])
    else:
        found = match.by_phone([submission.phone_norm])
        ids = found.get(submission.phone_norm, [])
    if not ids:
        return None, False
    rows = Contact.objects.in_bulk(ids)
    contacts = [rows[pk] for pk in ids if pk in rows]
    return _same_name(contacts, values), False


def _same_name(contacts: list[Contact], values: dict[str, Any]) -> Contact | None:
    typed = {name: values[name] for name in NAMES & values.keys()}
    if len(contacts) > 1 and typed:
        for contact in contacts[:20]:
            if not records.differing(contact, typed):
                return contact
    return contacts[0] if contacts else None

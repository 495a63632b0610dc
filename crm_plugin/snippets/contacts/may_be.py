"""The record's notice: who this person may also be."""

from typing import Any
from urllib.parse import urlencode

from crm_plugin.contacts.duplicates import pairs
from crm_plugin.contacts.models import Contact, SuspectedPair

from .addresses import address


def merge_url(pair: SuspectedPair) -> str:
    """Where the two are compared and merged; the older record survives."""
    url = address("crm_merge:preview")
    asked = {"survivor": pair.lower_id, "duplicate": pair.higher_id}
    return f"{url}?{urlencode(asked)}" if url else ""


def told(contact: Contact, user: Any) -> list[dict[str, Any]]:
    """At most three pairs with the other contact and the reasons: one query."""
    may_merge = user.has_perm("crm_plugin.merge_contact")
    return [
        {
            "pair": pair,
            "other": other,
            "reasons": [pairs.FOR[key] for key in pair.reasons if key in pairs.FOR],
            "merge_url": merge_url(pair) if may_merge else "",
        }
        for pair, other in pairs.may_be(contact, user=user)
    ]

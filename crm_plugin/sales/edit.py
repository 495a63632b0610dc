"""Correct or remove a recorded purchase."""

from typing import Any

from django.db import transaction

from crm_plugin import journal
from crm_plugin.contacts import changes

from .models import Purchase


def correct_purchase(
    purchase: Purchase, values: dict[str, Any], *, by: Any
) -> journal.Operation | None:
    """Change what was recorded about a purchase; None when nothing differs.

    A purchase that moves to another contact changes both. Lines stay as they are.
    """
    with transaction.atomic():
        before = purchase.contact_id
        operation = journal.edit(purchase, values, by=by)
        if operation:
            both = {before, purchase.contact_id}
            changes.note([pk for pk in both if pk], "purchases")
    return operation


def remove_purchase(purchase: Purchase, *, by: Any) -> None:
    """Delete a purchase that never was; the journal keeps what it said."""
    with transaction.atomic():
        old = journal.whole(purchase)
        journal.record(
            "delete", [("purchase", purchase.pk, "", old, None)], by=by, summary=""
        )
        if purchase.contact_id:
            changes.note([purchase.contact_id], "purchases")
        purchase.delete()

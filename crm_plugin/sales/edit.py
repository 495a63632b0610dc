"""Correct or remove a recorded purchase."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal
from crm_plugin.contacts import changes

from .give_back import ReturnedMore, left_of
from .models import Purchase, PurchaseLine


class WasGivenBack(ValueError):
    """A purchase of which something was given back stays."""


@dataclass(frozen=True)
class Corrected:
    """A line as it should stand; one without ``pk`` is new."""

    name: str
    amount: Decimal
    quantity: Decimal = Decimal(1)
    category_id: int | None = None
    product_id: int | None = None
    pk: int | None = None

    def values(self) -> dict[str, Any]:
        return {
            "name": self.name[:120],
            "amount": self.amount,
            "quantity": self.quantity,
            "category_id": self.category_id,
            "product_id": self.product_id,
        }


def correct_purchase(
    purchase: Purchase,
    values: dict[str, Any],
    *,
    by: Any,
    lines: Sequence[Corrected] | None = None,
) -> journal.Operation | None:
    """Change what was recorded about a purchase; None when nothing differs.

    A purchase that moves to another contact changes both; *lines* are all its lines as
    they should stand, and the amount is their sum. What depends on its day (uses, what
    was bought first) is computed anew. Raises ``journal.Stale`` by
    ``purchase.version``, and ``ReturnedMore`` when more was given back than would stand.
    """
    if "at" in values:
        values = {**values, "on": _day(values["at"])}
    with transaction.atomic():
        before = purchase.contact_id
        entries: list[journal.Entry] = []
        if lines is not None:
            current = Purchase.objects.select_for_update().get(pk=purchase.pk)
            if current.version != purchase.version:
                raise journal.Stale
            entries = _write(purchase, lines)
            total = sum((line.amount for line in lines), Decimal(0))
            values = {**values, "amount": total}
        operation = journal.edit(purchase, values, by=by)
        if operation is None and entries:
            operation = journal.record("edit", entries, by=by, summary=str(purchase))
            Purchase.objects.filter(pk=purchase.pk).update(version=purchase.version + 1)
        elif operation:
            journal.add(operation, entries)
        if operation:
            both = {before, purchase.contact_id}
            changes.note([pk for pk in both if pk], "purchases")
    return operation


def _day(at: Any) -> Any:
    return timezone.localdate(at, timezone.get_default_timezone())


def _write(purchase: Purchase, wanted: Sequence[Corrected]) -> list[journal.Entry]:
    """Bring the lines to what is *wanted*: one insert, an update for each that differs."""
    _refuse_less_than_returned(purchase, wanted)
    stored = {line.pk: line for line in purchase.lines.all()}
    entries: list[journal.Entry] = []
    for said in wanted:
        line = stored.pop(said.pk or 0, None)
        if line is None:
            continue
        differs = {k: v for k, v in said.values().items() if getattr(line, k) != v}
        entries += [
            ("purchaseline", line.pk, name, getattr(line, name), new, purchase.pk)
            for name, new in differs.items()
        ]
        if differs:
            PurchaseLine.objects.filter(pk=line.pk).update(**differs)
    entries += [_gone(line) for line in stored.values()]
    PurchaseLine.objects.filter(pk__in=list(stored)).delete()
    new = PurchaseLine.objects.bulk_create(
        PurchaseLine(purchase=purchase, **said.values())
        for said in wanted
        if said.pk is None
    )
    return entries + [
        ("purchaseline", line.pk, "", None, journal.whole(line), purchase.pk)
        for line in new
    ]


def _refuse_less_than_returned(purchase: Purchase, wanted: Sequence[Corrected]) -> None:
    stands = {said.pk: said for said in wanted if said.pk}
    for left in left_of(purchase):
        said = stands.get(left.line.pk)
        back = left.line.quantity - left.quantity
        worth = left.line.amount - left.amount
        if back and (said is None or said.quantity < back or said.amount < worth):
            raise ReturnedMore(left.line.name)


def remove_purchase(purchase: Purchase, *, by: Any) -> None:
    """Delete a purchase that never was; the journal keeps what it said.

    Raises ``WasGivenBack`` for one that a return belongs to.
    """
    with transaction.atomic():
        if Purchase.objects.filter(returns=purchase).exists():
            raise WasGivenBack
        old = journal.whole(purchase)
        entries: list[journal.Entry] = [_gone(line) for line in purchase.lines.all()]
        entries.append(("purchase", purchase.pk, "", old, None))
        journal.record("delete", entries, by=by, summary="")
        if purchase.contact_id:
            changes.note([purchase.contact_id], "purchases")
        purchase.delete()


def _gone(line: PurchaseLine) -> journal.Entry:
    whole = journal.whole(line)
    return ("purchaseline", line.pk, "", whole, None, line.purchase_id)

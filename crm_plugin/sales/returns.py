"""Which purchase a return gives back: the guest's newest one with the same item."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from crm_plugin import normalise

from .models import Purchase, PurchaseLine


def link_returns(purchases: Iterable[Purchase]) -> int:
    """Fill ``returns`` of the negative ones among *purchases*; how many were found.

    Looks for an earlier purchase of the same contact that held one of the returned
    items for the same price. Three statements for any number of purchases.
    """
    given_back = [
        row for row in purchases if row.amount < 0 and row.contact_id and row.pk
    ]
    if not given_back:
        return 0
    sold = _sold({row.contact_id for row in given_back if row.contact_id})
    lines = PurchaseLine.objects.filter(purchase__in=given_back, amount__lt=0)
    by_return = defaultdict(list)
    for line in lines:
        by_return[line.purchase_id].append(line)
    linked = []
    for row in given_back:
        candidates = [
            (at, pk)
            for line in by_return[row.pk]
            for at, pk in sold[row.contact_id, normalise.fold(line.name), -line.amount]
            if at <= row.at
        ]
        if candidates:
            row.returns_id = max(candidates)[1]
            linked.append(row)
    Purchase.objects.bulk_update(linked, ["returns"], batch_size=500)
    return len(linked)


def _sold(contact_ids: set[int]) -> dict[tuple, list]:
    found: dict[tuple[int, str, Decimal], list] = defaultdict(list)
    rows = PurchaseLine.objects.filter(
        purchase__contact_id__in=contact_ids, amount__gt=0
    ).values_list(
        "purchase__contact_id", "name", "amount", "purchase__at", "purchase_id"
    )
    for contact_id, name, amount, at, purchase_id in rows:
        found[contact_id, normalise.fold(name), amount].append((at, purchase_id))
    return found

"""Give back what was bought, whole or in part; never more than was bought."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm_plugin import journal, normalise
from crm_plugin.conf import smallest_amount

from .models import Purchase, PurchaseLine
from .record import Line, Sale, record_sales

NOTHING = Decimal(0)


class TooMuch(ValueError):
    """More would come back than was bought; ``left`` says how many may."""

    def __init__(self, name: str, left: Decimal) -> None:
        self.left = left
        said = {"name": name, "left": f"{left.normalize():f}"}
        super().__init__(_("Of “%(name)s” at most %(left)s can be given back.") % said)


class ReturnedMore(ValueError):
    """A correction would leave less than was given back already."""

    def __init__(self, name: str) -> None:
        text = _("More of “%(name)s” was given back than would stand.")
        super().__init__(text % {"name": name})


class NothingGivenBack(ValueError):
    """No line was named, or the purchase is a return itself."""


@dataclass(frozen=True)
class Left:
    """A line, and what of it was not given back yet."""

    line: PurchaseLine
    quantity: Decimal
    amount: Decimal

    def worth(self, quantity: Decimal) -> Decimal:
        """The amount of so many: the last ones take what rounding left over."""
        if quantity == self.quantity:
            return self.amount
        share = self.line.amount * quantity / self.line.quantity
        share = share.quantize(smallest_amount(), rounding=ROUND_HALF_UP)
        return min(share, self.amount)


def left_of(purchase: Purchase) -> list[Left]:
    """Each sold line with what may still be given back; two queries.

    A till's return names no line: it counts for the line of the same name.
    """
    lines = list(purchase.lines.filter(amount__gt=0, quantity__gt=0).order_by("id"))
    back: dict[int, list[PurchaseLine]] = defaultdict(list)
    by_name = {normalise.fold(line.name): line.pk for line in reversed(lines)}
    returned = PurchaseLine.objects.filter(purchase__returns=purchase.pk)
    for row in returned.exclude(purchase=purchase.pk):
        line_id = row.returns_id or by_name.get(normalise.fold(row.name))
        if line_id:
            back[line_id].append(row)
    return [
        Left(
            line,
            max(
                line.quantity - sum(abs(row.quantity) for row in back[line.pk]), NOTHING
            ),
            max(line.amount + sum(row.amount for row in back[line.pk]), NOTHING),
        )
        for line in lines
    ]


def give_back(
    purchase: Purchase,
    quantities: Mapping[int, Decimal],
    *,
    at: dt.datetime,
    payment: str,
    by: Any,
    key: str | None = None,
) -> Purchase:
    """Record a return of *quantities* by line id, as a purchase below zero.

    Two at once cannot give back the same thing. Raises ``TooMuch`` and
    ``NothingGivenBack``. The same *key* a second time changes nothing.
    """
    with transaction.atomic():
        locked = Purchase.objects.select_for_update().get(pk=purchase.pk)
        lines = [] if locked.is_return else _lines(locked, quantities)
        known = Purchase.objects.filter(feed="", external_id=key) if key else None
        if known and (done := known.first()):
            return done
        if not lines:
            raise NothingGivenBack
        sale = Sale(
            at=at,
            lines=lines,
            key=key,
            contact_id=locked.contact_id,
            organisation_id=locked.organisation_id,
            returns_id=locked.pk,
            channel=locked.channel,
            payment=payment,
        )
        recorded = record_sales([sale], feed="")
        row = recorded.purchases[0]
        journal.record("return", recorded.entries, by=by, summary=str(row))
    return row


def _lines(purchase: Purchase, quantities: Mapping[int, Decimal]) -> list[Line]:
    found = []
    for left in left_of(purchase):
        line, wanted = left.line, quantities.get(left.line.pk) or NOTHING
        if wanted <= 0:
            continue
        if wanted > left.quantity:
            raise TooMuch(line.name, left.quantity)
        found.append(
            Line(
                line.name,
                -left.worth(wanted),
                quantity=wanted,
                category=line.category.key if line.category else "",
                product_id=line.product_id,
                returns_id=line.pk,
                listed=False,
            )
        )
    return found

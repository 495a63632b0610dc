"""Sales at the counter: recorded in one go, taken back on the same day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Sum
from django.utils import timezone

from .edit import remove_purchase
from .models import Product, ProductCategory, Purchase, PurchaseQuerySet
from .models.purchases import COUNTER
from .record import MOST, Line, TooLarge, record_purchase

# Buttons that a person can still look over.
MOST_BUTTONS = 24


class NothingSold(ValueError):
    """Neither an amount nor a product was named."""


class TooLate(ValueError):
    """Only what was entered at the counter today is taken back there."""


@dataclass(frozen=True)
class Basket:
    """So many of which product, and an amount for what has no button."""

    products: Mapping[int, Decimal]
    amount: Decimal = Decimal(0)
    item: str = ""
    category: ProductCategory | None = None

    def lines(self) -> list[Line]:
        """The lines of the sale at today's prices.

        Raises ``NothingSold`` and ``TooLarge``.
        """
        priced = buttons_of(pk for pk, number in self.products.items() if number > 0)
        lines = [
            Line(
                product.name,
                (product.price or Decimal(0)) * self.products[product.pk],
                quantity=self.products[product.pk],
                category=product.category.key if product.category else "",
                product_id=product.pk,
            )
            for product in priced
        ]
        if self.amount > 0:
            key = self.category.key if self.category else ""
            lines.append(Line(self.item, self.amount, category=key, listed=False))
        total = sum(line.amount for line in lines)
        if not total:
            raise NothingSold
        if total >= MOST:
            raise TooLarge
        return lines


def buttons() -> list[Product]:
    """Active products with a price, by category and name."""
    rows = Product.objects.filter(active=True, price__gt=0).select_related("category")
    first = F("category__name").asc(nulls_last=True)
    return list(rows.order_by(first, "name", "id")[:MOST_BUTTONS])


def buttons_of(product_ids: Any) -> list[Product]:
    rows = Product.objects.filter(pk__in=list(product_ids), price__gt=0)
    return list(rows.select_related("category").order_by("id"))


def sell(
    basket: Basket,
    *,
    by: Any,
    key: str,
    contact: Any = None,
    at: dt.datetime | None = None,
    **how: Any,
) -> Purchase:
    """Record a sale to *contact*, or to nobody in particular; once per *key*.

    *how*: ``payment`` and ``channel``. Raises ``NothingSold`` and ``TooLarge``.
    """
    return record_purchase(
        contact=contact,
        at=at or timezone.now(),
        lines=basket.lines(),
        feed=COUNTER,
        key=key,
        by=by,
        **how,
    )


def today(user: Any) -> PurchaseQuerySet:
    """What was entered at the counter on the site's day, as far as *user* may see it."""
    rows = Purchase.objects.visible_to(user).filter(on=_today(), feed=COUNTER)
    return rows.order_by("-id")


def totals(rows: PurchaseQuerySet) -> list[dict[str, Any]]:
    """Count and sum by payment; one query."""
    counted = rows.order_by().values("payment")
    return list(
        counted.annotate(n=Count("pk"), amount=Sum("amount")).order_by("payment")
    )


def take_back(purchase: Purchase, *, by: Any) -> None:
    """Undo an entry of today. Raises ``TooLate``, and ``WasGivenBack`` as removing does."""
    if purchase.feed != COUNTER or purchase.on != _today():
        raise TooLate
    remove_purchase(purchase, by=by)


def _today() -> dt.date:
    return timezone.localdate(timezone=timezone.get_default_timezone())

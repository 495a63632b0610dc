"""Record completed sales, one at the counter or many from a till."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal, normalise
from crm_plugin.contacts import changes

from . import catalogue
from .models import Purchase, PurchaseLine

# An amount from here on does not fit into its column.
MOST = Decimal(10) ** 12


class TooLarge(ValueError):
    """More than can be recorded."""


@dataclass(frozen=True)
class Line:
    """One item of a sale; a returned item has a negative amount.

    A name that is *listed* is found in the catalogue or enters it, unless
    ``product_id`` says which product it is; ``returns_id`` is the line it gives back.
    """

    name: str
    amount: Decimal
    quantity: Decimal = Decimal(1)
    category: str = ""
    product_id: int | None = None
    returns_id: int | None = None
    listed: bool = True


@dataclass(frozen=True)
class Sale:
    """One receipt, before it is a purchase. ``key`` is its id at the till."""

    at: dt.datetime
    lines: Sequence[Line]
    key: str | None = None
    contact_id: int | None = None
    organisation_id: int | None = None
    booking_id: int | None = None
    returns_id: int | None = None
    channel: str = "shop"
    payment: str = Purchase.Payment.OTHER
    member_number: str = ""

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def on(self) -> dt.date:
        """The site's day of the sale."""
        return timezone.localdate(self.at, timezone.get_default_timezone())


@dataclass
class Recorded:
    """What ``record_sales`` did: purchases by key, and what the journal needs."""

    purchases: list[Purchase] = field(default_factory=list)
    known: int = 0
    entries: list[journal.Entry] = field(default_factory=list)


def record_purchase(
    *,
    contact: Any = None,
    at: dt.datetime,
    lines: Sequence[Line],
    by: Any,
    feed: str = "",
    **sale: Any,
) -> Purchase:
    """Record one sale; the same ``feed`` and ``key`` a second time changes nothing.

    *sale* takes the other members of ``Sale``. Returns the purchase that stands.
    """
    one = Sale(at=at, lines=lines, contact_id=contact.pk if contact else None, **sale)
    with transaction.atomic():
        done = record_sales([one], feed=feed)
        if done.known:
            return Purchase.objects.get(feed=feed, external_id=one.key)
        journal.record("purchase", done.entries, by=by, summary=str(done.purchases[0]))
    return done.purchases[0]


def record_sales(sales: Iterable[Sale], *, feed: str) -> Recorded:
    """Record many sales set-based; those whose key this *feed* delivered are left.

    Notes ``purchases`` in the change feed. The number of statements does not grow
    with the number of sales. The caller gives the transaction and the operation.
    """
    done = Recorded()
    wanted = list(sales)
    known = known_keys((sale.key for sale in wanted), feed=feed)
    new = [sale for sale in wanted if sale.key is None or sale.key not in known]
    done.known = len(wanted) - len(new)
    if not new:
        return done
    done.purchases = Purchase.objects.bulk_create(
        [_purchase(sale, feed) for sale in new], batch_size=1_000
    )
    _add_lines(new, done)
    done.entries += [
        ("purchase", row.pk, "", None, journal.whole(row), row.contact_id or 0)
        for row in done.purchases
    ]
    changes.note(
        {row.contact_id for row in done.purchases if row.contact_id}, "purchases"
    )
    return done


def known_keys(keys: Iterable[str | None], *, feed: str) -> dict[str, Decimal]:
    """The amounts of those *keys* that this *feed* delivered before."""
    wanted = [key for key in keys if key]
    rows = Purchase.objects.filter(feed=feed, external_id__in=wanted)
    return {
        key: amount for key, amount in rows.values_list("external_id", "amount") if key
    }


def _purchase(sale: Sale, feed: str) -> Purchase:
    return Purchase(
        contact_id=sale.contact_id,
        organisation_id=sale.organisation_id,
        booking_id=sale.booking_id,
        returns_id=sale.returns_id,
        at=sale.at,
        on=sale.on,
        channel=sale.channel,
        payment=sale.payment,
        amount=sale.amount,
        feed=feed,
        external_id=sale.key or None,
        member_number=sale.member_number[:40],
    )


def _add_lines(sales: list[Sale], done: Recorded) -> None:
    lines = [line for sale in sales for line in sale.lines]
    categories, new_categories = catalogue.categories(line.category for line in lines)
    products, new_products = catalogue.products(
        (line.name, categories.get(normalise.fold(line.category)))
        for line in lines
        if line.listed and not line.product_id
    )
    done.entries += new_categories + new_products
    PurchaseLine.objects.bulk_create(
        [
            PurchaseLine(
                purchase=purchase,
                product_id=line.product_id or products.get(normalise.fold(line.name)),
                returns_id=line.returns_id,
                category_id=categories.get(normalise.fold(line.category)),
                name=normalise.text(line.name)[:120],
                quantity=line.quantity,
                amount=line.amount,
            )
            for purchase, sale in zip(done.purchases, sales, strict=True)
            for line in sale.lines
        ],
        batch_size=2_000,
    )

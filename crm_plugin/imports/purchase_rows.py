"""Rows that are lines of receipts: which sale they belong to, and whose it is."""

import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm_plugin import normalise
from crm_plugin.sales.models import Purchase
from crm_plugin.sales.record import Line, Sale, known_keys

from . import buyers, nouns
from .contact_rows import decoded, encoded
from .models import ImportBatch, ImportRow
from .resources import SheetResource

Outcome = ImportRow.Outcome
FEED = "sheet"


class PurchaseChecker:
    """Checks slices of a till's export; lines of one receipt share a key."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch
        self.fields = nouns.named(batch.noun, batch.mapping.values())
        self.resource = SheetResource(batch.mapping, self.fields)

    def check(self, rows: list[ImportRow]) -> Counter[str]:
        """Fill in what each line says; lines of known receipts change nothing."""
        good = [row for row in rows if self._clean(row)]
        keys = {row.match_key for row in good}
        known = known_keys(keys, feed=FEED)
        found = buyers.find([row.cleaned["values"] for row in good])
        for row, buyer in zip(good, found, strict=True):
            row.target_id = buyer.contact_id
            row.outcome = Outcome.SAME if row.match_key in known else Outcome.NEW
            self._say(row, buyer)
        return Counter()

    def _say(self, row: ImportRow, buyer: buyers.Buyer) -> None:
        if row.outcome == Outcome.SAME:
            row.cleaned["note"] = _("This receipt was delivered before.")
            return
        row.cleaned["note"] = buyers.note(buyer, row.cleaned["values"])
        if buyer.shared:
            names = self.resource.names
            column = next(int(i) for i, name in names.items() if name == buyer.shared)
            problem = {"column": column, "message": buyers.problem(buyer)}
            row.problems = [*row.problems, problem]

    def _clean(self, row: ImportRow) -> bool:
        values, _more, problems = self.resource.clean_cells(row.raw)
        row.problems, row.target_id, row.match_key = problems, None, ""
        row.cleaned = {"values": encoded(values)}
        for name, label in (("sale.on", _("date")), ("sale.amount", _("amount"))):
            dated = name == "sale.on" and "sale.at" in values
            unread = any(
                self.resource.names[str(problem["column"])] == name
                for problem in problems
            )
            if name not in values and not dated and not unread:
                message = _("The %(field)s is missing.") % {"field": label}
                row.problems = [*row.problems, {"column": None, "message": message}]
        if row.problems:
            row.outcome = Outcome.BAD
            return False
        row.match_key = receipt_key(values)
        return True


def moment(values: dict[str, Any]) -> dt.datetime:
    """When the sale was, in the site's time zone; noon where no time is told."""
    zone = timezone.get_default_timezone()
    if "sale.on" not in values:
        return dt.datetime.fromisoformat(values["sale.at"]).replace(tzinfo=zone)
    clock = values.get("sale.time")
    if clock is None and "sale.at" in values:
        clock = dt.datetime.fromisoformat(values["sale.at"]).time()
    return dt.datetime.combine(values["sale.on"], clock or dt.time(12), tzinfo=zone)


def receipt_key(values: dict[str, Any]) -> str:
    """What makes lines one receipt: its number and day, else moment and buyer."""
    at = moment(values)
    if values.get("sale.receipt"):
        return f"{at:%Y-%m-%d} {normalise.fold(values['sale.receipt'])}"[:80]
    return f"{at:%Y-%m-%dT%H:%M:%S} {buyers.key(values)}"[:80]


def sales(rows: list[ImportRow], fields: dict[str, Any]) -> list[Sale]:
    """The receipts that *rows* are the lines of, in the order of their first line."""
    receipts: dict[str, list[ImportRow]] = defaultdict(list)
    for row in rows:
        receipts[row.match_key].append(row)
    return [_sale(key, lines, fields) for key, lines in receipts.items()]


def _sale(key: str, rows: list[ImportRow], fields: dict[str, Any]) -> Sale:
    said = [decoded(row.cleaned["values"], fields) for row in rows]
    first = said[0]
    return Sale(
        key=key,
        at=moment(first),
        lines=[_line(values) for values in said],
        contact_id=rows[0].target_id,
        payment=first.get("sale.payment") or Purchase.Payment.OTHER,
        member_number=buyers.norms(first).get(buyers.MEMBER, ""),
    )


def _line(values: dict[str, Any]) -> Line:
    """One line; a return is negative however the till writes its amount."""
    amount: Decimal = values["sale.amount"]
    if values.get("sale.returned"):
        amount = -abs(amount)
    return Line(
        values.get("sale.item") or _("(not named)"),
        amount,
        quantity=values.get("sale.quantity") or Decimal(1),
        category=values.get("sale.category") or "",
    )

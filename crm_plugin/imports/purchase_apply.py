"""Write a slice of receipts as purchases, set-based."""

from collections import Counter
from itertools import chain

from crm_plugin import journal
from crm_plugin.sales.record import record_sales
from crm_plugin.sales.returns import link_returns

from . import nouns, purchase_rows
from .models import ImportBatch, ImportRow


class PurchaseApplier:
    """Applies whole receipts: a slice never cuts one in two."""

    outcomes = (ImportRow.Outcome.NEW,)

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch
        self.fields = nouns.named(batch.noun, batch.mapping.values())

    def next_rows(self, size: int) -> list[ImportRow]:
        """The next rows by receipt, and the other lines of the last receipt."""
        waiting = self.batch.rows.filter(outcome__in=self.outcomes, applied=False)
        rows = list(waiting.order_by("match_key", "number")[:size])
        if len(rows) < size:
            return rows
        last = rows[-1].match_key
        whole = [row for row in rows if row.match_key != last]
        rest = waiting.filter(match_key=last).order_by("number")
        return list(chain(whole, rest))

    def apply(self, rows: list[ImportRow]) -> Counter[str]:
        """Record these receipts; those that were delivered meanwhile are left."""
        receipts = purchase_rows.sales(rows, self.fields)
        done = record_sales(receipts, feed=purchase_rows.FEED)
        linked = link_returns(done.purchases)
        journal.add(self.batch.operation, done.entries)
        return Counter(
            created=len(done.purchases),
            known=done.known,
            returns=sum(row.amount < 0 for row in done.purchases),
            linked=linked,
            unknown=sum(
                bool(row.member_number) and row.contact_id is None
                for row in done.purchases
            ),
        )

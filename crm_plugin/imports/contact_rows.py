"""Rows that are contacts: what they say, whom they mean, what they would change."""

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from crm_plugin import journal
from crm_plugin.contacts import points
from crm_plugin.contacts.fields import Field
from crm_plugin.contacts.models import ContactPoint

from . import basis, doubles, matching, nouns, planning, reach
from .models import ImportBatch, ImportRow
from .resources import SheetResource

Outcome = ImportRow.Outcome


class ContactChecker:
    """Checks slices of a batch; the field definitions are read once."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch
        self.fields = nouns.named(batch.noun, batch.mapping.values())
        self.resource = SheetResource(batch.mapping, self.fields)
        self.stated = basis.stated(batch.basis)

    def check(self, rows: list[ImportRow]) -> Counter[str]:
        """Fill in what each row says and would do; how many could then be mailed.

        The number of queries does not grow with the number of rows.
        """
        good = [row for row in rows if self._clean(row)]
        good = self._without_doubles(good)
        values = [row.cleaned["values"] for row in good]
        matches = matching.match_rows([decoded(v, self.fields) for v in values])
        good, matches = self._without_same_target(good, matches)
        held = planning.held_by(
            (match.contact_id for match in matches if match.contact_id), self.fields
        )
        for row, match in zip(good, matches, strict=True):
            self._plan(row, match, held)
        return self._reach(good)

    def _clean(self, row: ImportRow) -> bool:
        """Read the cells; false when the row cannot be used."""
        values, more, problems = self.resource.clean_cells(row.raw)
        row.problems, row.target_id, row.match_key = problems, None, ""
        row.cleaned = {"values": encoded(values), "more": encoded(more)}
        if not nouns.identifies(values):
            message = _("Neither a name nor a way to reach or recognise somebody.")
            row.problems = [*problems, {"column": None, "message": message}]
        elif not problems or self.batch.lenient:
            return True
        row.outcome = Outcome.BAD
        return False

    def _without_doubles(self, rows: list[ImportRow]) -> list[ImportRow]:
        keyed = [
            (row.number, matching.keys(decoded(row.cleaned["values"], self.fields)))
            for row in rows
        ]
        return self._mark(rows, doubles.find_doubles(self.batch, keyed))

    def _without_same_target(
        self, rows: list[ImportRow], matches: list[matching.Match]
    ) -> tuple[list[ImportRow], list[matching.Match]]:
        """Two rows that mean the same known contact are doubles too."""
        keyed = [
            (row.number, [f"contact:{match.contact_id}"])
            for row, match in zip(rows, matches, strict=True)
            if match.contact_id
        ]
        found = doubles.find_doubles(self.batch, keyed)
        kept = self._mark(rows, found)
        by_number = {row.number: m for row, m in zip(rows, matches, strict=True)}
        return kept, [by_number[row.number] for row in kept]

    def _mark(self, rows: list[ImportRow], found: dict[int, int]) -> list[ImportRow]:
        for row in rows:
            if first := found.get(row.number):
                message = _("The same person as in row %(row)s.") % {"row": first}
                row.outcome = Outcome.DOUBLE
                row.problems = [*row.problems, {"column": None, "message": message}]
        return [row for row in rows if row.number not in found]

    def _plan(self, row: ImportRow, match: matching.Match, held: planning.Held) -> None:
        row.target_id = match.contact_id
        values = decoded(row.cleaned["values"], self.fields)
        plan = planning.plan(
            match.contact_id, values, held, update=self.batch.update_existing
        )
        row.cleaned["changes"] = {
            name: [self._shown(name, plan.old.get(name)), self._shown(name, value)]
            for name, value in plan.write.items()
        }
        row.cleaned["kept"] = {n: self._shown(n, old) for n, old in plan.kept.items()}
        row.cleaned["note"] = match.note
        if match.contact_id is None:
            row.outcome = Outcome.NEW
        else:
            row.outcome = Outcome.UPDATE if plan.write else Outcome.SAME

    def _shown(self, name: str, value: Any) -> str:
        return self.fields[name].display(value) if value is not None else ""

    def _reach(self, rows: list[ImportRow]) -> Counter[str]:
        addresses: dict[int, set[str]] = {}
        known = ContactPoint.objects.filter(
            kind="email",
            contact_id__in={row.target_id for row in rows if row.target_id},
        )
        by_contact: dict[int | None, set[str]] = {}
        for contact_id, norm in known.values_list("contact_id", "value_norm"):
            by_contact.setdefault(contact_id, set()).add(norm)
        for row in rows:
            said = row.cleaned["values"].get("point.email")
            own = {points.norm("email", said)} if said else set()
            addresses[row.number] = own | by_contact.get(row.target_id, set())
        everyone = {norm for norms in addresses.values() for norm in norms}
        ground = reach.survey(everyone, self.batch.topic)
        return Counter(
            reach.judge(
                row.target_id, addresses[row.number], ground, stated=self.stated
            )
            for row in rows
        )


def encoded(values: dict[str, Any]) -> dict[str, Any]:
    """Cleaned values as JSON can hold them."""
    return {
        name: [journal.plain(item) for item in value]
        if isinstance(value, list)
        else journal.plain(value)
        for name, value in values.items()
    }


def decoded(values: dict[str, Any], fields: dict[str, Field]) -> dict[str, Any]:
    """Staged values as they were cleaned; cleaning again is safe."""
    return {
        name: fields[name].clean(value)
        for name, value in values.items()
        if name in fields
    }

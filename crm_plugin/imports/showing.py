"""Rows, changes and reach in words, as far as a person may read them."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from crm_plugin.contacts import access
from crm_plugin.contacts.models import Contact
from crm_plugin.sales.models import Purchase

from . import nouns, reach
from .models import ImportBatch, ImportRow

# What a row without a name is shown by, the first that it has.
REACHED = (
    "sale.member",
    "sale.email",
    "sale.phone",
    "point.email",
    "point.phone",
)


def open_columns(batch: ImportBatch, user: Any) -> list[int]:
    """The columns of the sheet that *user* may read, mapped to a field or not."""
    known = nouns.named(batch.noun, batch.mapping.values())
    may = user.has_perm("crm_plugin.view_sensitive")
    hidden = {
        int(index)
        for index, name in batch.mapping.items()
        if not may and name in known and known[name].sensitive
    }
    return [index for index in range(len(batch.headers)) if index not in hidden]


class RowShower:
    """Turns staged rows into what the dry run shows."""

    def __init__(self, batch: ImportBatch, user: Any) -> None:
        self.batch, self.user = batch, user
        known = nouns.named(batch.noun, batch.mapping.values())
        self.columns = open_columns(batch, user)
        may = user.has_perm("crm_plugin.view_sensitive")
        self.fields = {
            name: field for name, field in known.items() if may or not field.sensitive
        }

    def shown(self, rows: Iterable[ImportRow]) -> list[dict[str, Any]]:
        """One dictionary per row: number, who, outcome, changes, kept, problems."""
        listed = list(rows)
        ids = {row.target_id for row in listed if row.target_id}
        people = Contact.objects.visible_to(self.user).in_bulk(ids)
        self._note([row for row in listed if row.target_id in people])
        return [self._row(row, people) for row in listed]

    def _note(self, rows: list[ImportRow]) -> None:
        """What the rows say of people on record counts as shown."""
        access.told(
            (
                (row.target_id, name)
                for row in rows
                for name in {
                    *row.cleaned.get("changes", {}),
                    *row.cleaned.get("kept", {}),
                }
                if name in self.fields
            ),
            by=self.user,
        )

    def _row(self, row: ImportRow, people: dict[int, Contact]) -> dict[str, Any]:
        contact = people.get(row.target_id) if row.target_id else None
        return {
            "number": row.number,
            "outcome": row.outcome,
            "label": row.get_outcome_display(),
            "who": str(contact) if contact else self._who(row),
            "url": contact.get_admin_url() if contact else "",
            "note": row.cleaned.get("note", ""),
            "changes": self._changes(row),
            "kept": [
                (self._label(name), old)
                for name, old in row.cleaned.get("kept", {}).items()
                if name in self.fields
            ],
            "problems": [self._problem(row, problem) for problem in row.problems],
        }

    def _changes(self, row: ImportRow) -> list[dict[str, str]]:
        if self.batch.noun == ImportBatch.Noun.PURCHASES:
            said = self._sale(row.cleaned.get("values", {}))
        else:
            said = row.cleaned.get("changes", {})
        return [
            {"label": self._label(name), "old": old, "new": new}
            for name, (old, new) in said.items()
            if name in self.fields
        ]

    def _sale(self, values: dict[str, Any]) -> dict[str, list[str]]:
        """A line of a receipt; a return is shown as the negative amount it becomes."""
        told = {
            name: ["", field.display(field.clean(values[name]))]
            for name, field in self.fields.items()
            if values.get(name) not in (None, False, "")
        }
        if "sale.time" in told:
            told["sale.time"][1] = told["sale.time"][1][:5]
        if "sale.payment" in told:
            told["sale.payment"][1] = str(
                Purchase.Payment(values["sale.payment"]).label
            )
        if "sale.returned" in told and "sale.amount" in told:
            told["sale.amount"][1] = f"−{told['sale.amount'][1].lstrip('-−')}"
        return told

    def _label(self, name: str) -> str:
        return str(self.fields[name].label)

    def _who(self, row: ImportRow) -> str:
        """The name in the row, else whatever the row says first."""
        values = row.cleaned.get("values", {})
        parts = [values.get(f"contact.{key}") for key in ("family_name", "given_name")]
        named = values.get("contact.name") or " ".join(filter(None, parts))
        said = (values.get(key) for key in REACHED)
        cells = (row.raw[index] for index in self.columns if index < len(row.raw))
        first = (cell for cell in cells if cell.strip())
        return named or next(filter(None, said), None) or next(first, "")[:60]

    def _problem(self, row: ImportRow, problem: dict[str, Any]) -> dict[str, str]:
        index = problem["column"]
        name = self.batch.mapping.get(str(index), "") if index is not None else ""
        if name and name not in self.fields:
            return {"column": "", "cell": "", "message": "…"}
        return {
            "column": self.batch.headers[index] if index is not None else "",
            "cell": row.raw[index] if index is not None else "",
            "message": problem["message"],
        }


def reach_lines(counts: dict[str, int]) -> dict[str, Any]:
    """How many can be reached, of how many, and the reasons for the others."""
    return {
        "reached": counts.get(reach.REACHED, 0),
        "people": sum(counts.values()),
        "reasons": [
            (label, counts[why])
            for why, label in reach.REASONS.items()
            if counts.get(why)
        ],
        "contacts_url": reverse("crm_contact:index"),
    }

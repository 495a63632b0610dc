"""Write a slice of contact rows onto the records, set-based."""

from collections import Counter
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal
from crm_plugin.consents import ledger
from crm_plugin.consents.models import Consent
from crm_plugin.contacts import points, records
from crm_plugin.contacts.models import Contact, ContactPoint, FirstTouch
from crm_plugin.contacts.nouns import columns_of

from . import basis, matching, nouns, planning, reach
from .contact_rows import decoded
from .models import ImportBatch, ImportRow

Outcome = ImportRow.Outcome
Values = dict[str, Any]


class ContactApplier:
    """Applies slices of a checked batch; may be stopped between any two."""

    outcomes = (Outcome.NEW, Outcome.UPDATE, Outcome.SAME)

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch
        self.fields = nouns.named(batch.noun, batch.mapping.values())
        self.stated = basis.stated(batch.basis) and batch.topic is not None
        self.created: list[Contact] = []

    def next_rows(self, size: int) -> list[ImportRow]:
        rows = self.batch.rows.filter(outcome__in=self.outcomes, applied=False)
        return list(rows.order_by("number")[:size])

    def apply(self, rows: list[ImportRow]) -> Counter[str]:
        """Write these rows; counts of what was done, in the caller's transaction.

        People are looked for again: somebody may have filled in a form since the dry
        run. The number of queries does not grow with the number of rows.
        """
        values = [decoded(row.cleaned["values"], self.fields) for row in rows]
        matches = matching.match_rows(values)
        created = self._create(rows, matches, values)
        held = planning.held_by(
            (row.target_id for row in rows if row.target_id not in created),
            self.fields,
        )
        changed = self._write(rows, values, held, created)
        ids = [row.target_id for row in rows if row.target_id]
        if self.stated:
            self._attest(rows, values)
        done = Counter(created=len(created), updated=len(changed - created))
        stands = reach.by_contact(ids, self.batch.topic)
        return done + Counter({f"reach_{why}": n for why, n in stands.items()})

    def _create(
        self,
        rows: list[ImportRow],
        matches: list[matching.Match],
        values: list[Values],
    ) -> set[int]:
        """Make the contacts that nobody knows yet, with all their own columns."""
        now = timezone.now()
        new, contacts = [], []
        for row, match, said in zip(rows, matches, values, strict=True):
            row.target_id = match.contact_id
            if match.contact_id is None:
                contact = Contact(confirmed_at=now)
                for column, value in columns_of(contact, said).items():
                    setattr(contact, column, value)
                new.append(row)
                contacts.append(contact)
        Contact.objects.bulk_create(contacts)
        for row, contact in zip(new, contacts, strict=True):
            row.target_id = contact.pk
        FirstTouch.objects.bulk_create(
            [
                FirstTouch(contact=contact, channel="import", at=now)
                for contact in contacts
            ]
        )
        self.created = contacts
        return {contact.pk for contact in contacts}

    def _write(
        self,
        rows: list[ImportRow],
        values: list[Values],
        held: planning.Held,
        created: set[int],
    ) -> set[int]:
        wanted: dict[int, Values] = {}
        for row, said in zip(rows, values, strict=True):
            known = None if row.target_id in created else row.target_id
            plan = planning.plan(known, said, held, update=self.batch.update_existing)
            write = plan.write
            if known is None:
                write = {k: v for k, v in write.items() if not k.startswith("contact.")}
            if write:
                wanted[row.target_id] = {**write, **wanted.get(row.target_id, {})}
        entries = records.write(wanted)
        entries += self._write_more(rows)
        entries += [
            ("contact", contact.pk, "", None, journal.whole(contact))
            for contact in self.created
        ]
        journal.add(self.batch.operation, entries)
        if touched := set(wanted) | created:
            names = {name for said in wanted.values() for name in said}
            records.finish(touched, records.aspects(names) | {"fields"})
        return set(wanted)

    def _write_more(self, rows: list[ImportRow]) -> list[journal.Entry]:
        """Second phone numbers and the like: one more pass for each further one."""
        entries: list[journal.Entry] = []
        further = 0
        while True:
            wanted: dict[int, Values] = {}
            for row in rows:
                for name, values in row.cleaned.get("more", {}).items():
                    if name in self.fields and further < len(values):
                        wanted.setdefault(row.target_id or 0, {})[name] = values[
                            further
                        ]
            if not wanted:
                return entries
            entries += records.write(wanted)
            further += 1

    def _attest(self, rows: list[ImportRow], values: list[Values]) -> None:
        """State the basis for the addresses of these rows; a refusal stays one."""
        norms = {
            (row.target_id, points.norm("email", said["point.email"]))
            for row, said in zip(rows, values, strict=True)
            if said.get("point.email")
        }
        known = ContactPoint.objects.filter(
            kind="email", contact_id__in={contact_id for contact_id, _norm in norms}
        )
        found = {
            point.pk: point
            for point in known
            if (point.contact_id, point.value_norm) in norms
        }
        ground = reach.survey({norm for _pk, norm in norms}, self.batch.topic)
        standing = Consent.objects.filter(
            point_id__in=found, topic=self.batch.topic
        ).exclude(state=Consent.State.PENDING)
        have = set(standing.values_list("point_id", flat=True))
        ids = [
            pk
            for pk, point in found.items()
            if pk not in have and point.value_norm not in ground.refused
        ]
        ledger.attest(
            ids,
            self.batch.topic,
            basis=self.batch.basis,
            note=self.batch.basis_note,
            by=self.batch.by,
        )
        self._journal_consents(ids)

    def _journal_consents(self, point_ids: list[int]) -> None:
        rows = Consent.objects.filter(point_id__in=point_ids, topic=self.batch.topic)
        rows = rows.filter(state=Consent.State.GRANTED, basis=self.batch.basis)
        entries = rows.values_list("pk", "point_id", "point__contact_id")
        journal.add(
            self.batch.operation,
            [
                ("consent", pk, "", None, {"point_id": point_id}, contact_id)
                for pk, point_id, contact_id in entries
            ],
        )


@transaction.atomic
def store_applied(rows: list[ImportRow]) -> None:
    """Mark *rows* as applied, with the record that each became."""
    for row in rows:
        row.applied = True
    ImportRow.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["batch", "number"],
        update_fields=["applied", "target_id"],
    )

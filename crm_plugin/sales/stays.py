"""The stays of contacts on plans, in memory until they are stored all at once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from crm_plugin import journal

from .models import Plan, PlanPeriod

DAY = dt.timedelta(days=1)
COLUMNS = ["plan", "started_on", "ended_on", "came_from", "went_to", "note", "version"]
Entries = list[journal.Entry]


def neighbours(rows: list[PlanPeriod]) -> Iterator[tuple[PlanPeriod, dict[str, Any]]]:
    """Each of *rows*, which are in order, with the plans directly before and after."""
    for before, row, after in zip([None, *rows], rows, [*rows[1:], None], strict=False):
        yield (
            row,
            {
                "came_from": before.plan if before and _follows(before, row) else None,
                "went_to": after.plan if after and _follows(row, after) else None,
            },
        )


def _follows(before: PlanPeriod, row: PlanPeriod) -> bool:
    return before.ended_on == row.started_on - DAY


def linked(rows: list[PlanPeriod]) -> list[PlanPeriod]:
    """*rows*, which are in order, each of which knows its neighbours."""
    for row, around in list(neighbours(rows)):
        for name, plan in around.items():
            setattr(row, name, plan)
    return rows


class Stays:
    """Rows by contact, in order; ``store`` writes what was changed, set-based."""

    def __init__(self, contact_ids: Iterable[int]) -> None:
        rows = PlanPeriod.objects.filter(contact__in=list(contact_ids))
        self.rows: dict[int, list[PlanPeriod]] = defaultdict(list)
        for row in rows.select_related("plan", "came_from", "went_to"):
            self.rows[row.contact_id].append(row)
        self.before: dict[int, dict[str, Any]] = {}
        self.removed: list[PlanPeriod] = []

    def of(self, contact_id: int) -> list[PlanPeriod]:
        rows = self.rows[contact_id]
        rows.sort(key=lambda row: (row.started_on, row.pk or 0))
        return rows

    def holding(self, contact_id: int, day: dt.date) -> PlanPeriod | None:
        """The stay that holds *day*."""
        found = (row for row in self.of(contact_id) if row.touches(day, day))
        return next(found, None)

    def next_start(self, contact_id: int, day: dt.date) -> dt.date | None:
        """When the next stay after *day* begins."""
        rows = self.of(contact_id)
        return next((row.started_on for row in rows if row.started_on > day), None)

    def add(
        self,
        contact_id: int,
        plan: Plan,
        started_on: dt.date,
        ended_on: dt.date | None,
        note: str,
    ) -> None:
        row = PlanPeriod(
            contact_id=contact_id,
            plan=plan,
            started_on=started_on,
            ended_on=ended_on,
            note=note[:300],
        )
        self.rows[contact_id].append(row)

    def change(self, row: PlanPeriod, **values: Any) -> None:
        """Set what differs; how it stood is remembered for the journal."""
        for name, new in values.items():
            old = getattr(row, name)
            if old != new:
                if row.pk:
                    self.before.setdefault(row.pk, {}).setdefault(name, old)
                setattr(row, name, new)

    def remove(self, contact_id: int, pk: int) -> None:
        for row in [one for one in self.of(contact_id) if one.pk == pk]:
            self.rows[contact_id].remove(row)
            self.removed.append(row)

    def store(self) -> Entries:
        """Write everything, and return the entries for the journal."""
        for contact_id in list(self.rows):
            for row, around in neighbours(self.of(contact_id)):
                self.change(row, **around)
        every = [row for rows in self.rows.values() for row in rows]
        new = [row for row in every if row.pk is None]
        entries = [*self._remove(), *self._update(every)]
        PlanPeriod.objects.bulk_create(new, batch_size=2_000)
        return entries + [
            ("planperiod", row.pk, "", None, journal.whole(row), row.contact_id)
            for row in new
        ]

    def _remove(self) -> Entries:
        PlanPeriod.objects.filter(pk__in=[row.pk for row in self.removed]).delete()
        return [
            ("planperiod", row.pk, "", journal.whole(row), None, row.contact_id)
            for row in self.removed
        ]

    def _update(self, every: list[PlanPeriod]) -> Entries:
        entries: Entries = []
        touched = []
        for row in every:
            differing = {
                name: old
                for name, old in self.before.get(row.pk or 0, {}).items()
                if old != getattr(row, name)
            }
            entries += [
                ("planperiod", row.pk, name, old, getattr(row, name), row.contact_id)
                for name, old in differing.items()
            ]
            if differing:
                row.version += 1
                touched.append(row)
        PlanPeriod.objects.bulk_update(touched, COLUMNS, batch_size=500)
        return entries

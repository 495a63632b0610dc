"""A contact's dated places in organisations: begin, correct, end, strike out.

Nobody's history is overwritten: who moves ends one place and begins another.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm_plugin import journal, normalise

from . import changes, departments, organisations, search
from .models import Affiliation, Contact, Organisation

PLAIN = ("title", "authority", "budget", "started_on", "ended_on")


class EndsBeforeStart(ValueError):
    """Nobody leaves before they came."""

    def __init__(self) -> None:
        super().__init__(_("This is before the day on which it began."))


def begin(
    contact: Contact, organisation: Organisation, said: dict[str, Any], *, by: Any
) -> Affiliation:
    """A new place with what is *said* of it: ``department`` (a name), ``title``,
    ``authority``, ``budget``, ``started_on``, ``ended_on``.

    Raises ``EndsBeforeStart``.
    """
    with transaction.atomic():
        return _begin(contact, organisation, said, [], by)


def join(contact: Contact, name: str, said: dict[str, Any], *, by: Any) -> Affiliation:
    """``begin`` at the organisation called *name*, which is made where it is missing."""
    with transaction.atomic():
        found, entries = organisations.find_or_create([name])
        organisation = found[normalise.organisation(name)]
        return _begin(contact, organisation, said, entries, by)


def _begin(
    contact: Contact,
    organisation: Organisation,
    said: dict[str, Any],
    entries: list[journal.Entry],
    by: Any,
) -> Affiliation:
    refuse_backwards(said.get("started_on"), said.get("ended_on"))
    row = Affiliation(contact=contact, organisation=organisation, **_plain(said))
    entries += _enter(row, said)
    row.save()
    entries.append(("affiliation", row.pk, "", None, journal.whole(row), contact.pk))
    journal.record("edit", entries, by=by, summary=str(contact))
    _finish(contact.pk)
    return row


def correct(
    row: Affiliation, said: dict[str, Any], *, by: Any
) -> journal.Operation | None:
    """Save what differs; what is not named stays. None when nothing differs.

    Guarded by ``row.version``: raises ``journal.Stale`` when somebody saved since, and
    ``EndsBeforeStart``.
    """
    refuse_backwards(
        said.get("started_on", row.started_on), said.get("ended_on", row.ended_on)
    )
    with transaction.atomic():
        wanted, entries = _plain(said), []
        if "department" in said:
            entered = Affiliation(organisation=row.organisation)
            entries = _enter(entered, said)
            wanted["department_id"] = entered.department_id
        changed = {k: new for k, new in wanted.items() if getattr(row, k) != new}
        if not changed:
            return None
        # What was made for it stands first: undo goes backwards.
        entries += [
            ("affiliation", row.pk, key, getattr(row, key), new, row.contact_id)
            for key, new in changed.items()
        ]
        _save(row, changed)
        operation = journal.record("edit", entries, by=by, summary=str(row.contact))
        _finish(row.contact_id)
    return operation


def end(row: Affiliation, on: dt.date, *, by: Any) -> journal.Operation | None:
    """Their last day there is *on*. Raises ``EndsBeforeStart`` and ``journal.Stale``."""
    return correct(row, {"ended_on": on}, by=by)


def strike(row: Affiliation, *, by: Any) -> journal.Operation:
    """Remove a place that was entered by mistake; undo brings it back."""
    with transaction.atomic():
        old = journal.whole(row)
        entries = [("affiliation", row.pk, "", old, None, row.contact_id)]
        operation = journal.record("edit", entries, by=by, summary=str(row.contact))
        row.delete()
        _finish(old["contact_id"])
    return operation


def refuse_backwards(started_on: dt.date | None, ended_on: dt.date | None) -> None:
    """Raise ``EndsBeforeStart`` for an end that lies before the beginning."""
    if started_on and ended_on and ended_on < started_on:
        raise EndsBeforeStart


def _save(row: Affiliation, changed: dict[str, Any]) -> None:
    version = row.version + 1
    rows = Affiliation.objects.filter(pk=row.pk, version=row.version)
    if not rows.update(**changed, version=version):
        raise journal.Stale
    for name, new in {**changed, "version": version}.items():
        setattr(row, name, new)


def _plain(said: dict[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in PLAIN if name in said}


def _enter(row: Affiliation, said: dict[str, Any]) -> list[journal.Entry]:
    """Put the row into the department that *said* names, which may be a new one."""
    name = said.get("department") or ""
    if not name:
        row.department = None
        return []
    row.department, entries = departments.named(row.organisation, name)
    return entries


def _finish(contact_id: int) -> None:
    search.refresh([contact_id])
    changes.note([contact_id], "fields")

"""Departments of an organisation: add, edit, remove, all told to the journal."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm_plugin import journal, normalise

from . import changes, values
from .models import Affiliation, Department, DepartmentValue, Organisation


class NameTaken(ValueError):
    """The organisation has a department of this name already."""

    def __init__(self) -> None:
        super().__init__(_("There is a department of this name already."))


def add(
    organisation: Organisation, name: str, said: dict[str, Any], *, by: Any
) -> Department:
    """A new department with attribute values *said*. Raises ``NameTaken``."""
    _refuse_taken(organisation.pk, name)
    with transaction.atomic():
        row, entries = named(organisation, name)
        entries += _attributes(row, said, by)
        journal.record("edit", entries, by=by, summary=str(organisation))
    return row


def named(
    organisation: Organisation, name: str
) -> tuple[Department, list[journal.Entry]]:
    """The department called *name*, made where it is missing, and entries for that."""
    row, created = Department.objects.get_or_create(
        organisation=organisation, name=normalise.text(name)[:120]
    )
    if not created:
        return row, []
    whole = journal.whole(row)
    return row, [("department", row.pk, "", None, whole, organisation.pk)]


def edit(
    row: Department, name: str, said: dict[str, Any], *, by: Any
) -> journal.Operation | None:
    """Rename it and save the attribute values that differ. Raises ``NameTaken``."""
    name = normalise.text(name)[:120]
    entries: list[journal.Entry] = []
    with transaction.atomic():
        now = Department.objects.select_for_update().get(pk=row.pk)
        if now.name != name:
            _refuse_taken(now.organisation_id, name, besides=now.pk)
            Department.objects.filter(pk=now.pk).update(name=name)
            _tell_feed(now.affiliations.values_list("contact_id", flat=True))
            entries = [
                ("department", now.pk, "name", now.name, name, now.organisation_id)
            ]
        entries += _attributes(row, said, by)
        if not entries:
            return None
        return journal.record("edit", entries, by=by, summary=str(row.organisation))


def remove(row: Department, *, by: Any) -> journal.Operation:
    """Take it away; its people stay in the organisation. Undo brings everything back."""
    with transaction.atomic():
        places = Affiliation.objects.select_for_update().filter(department=row)
        entries: list[journal.Entry] = [
            ("affiliation", place.pk, "department_id", row.pk, None, place.contact_id)
            for place in places
        ]
        entries += [
            ("departmentvalue", value.pk, "", journal.whole(value), None, row.pk)
            for value in DepartmentValue.objects.filter(owner=row)
        ]
        about = row.organisation_id
        entries.append(("department", row.pk, "", journal.whole(row), None, about))
        summary = str(row.organisation)
        row.delete()
        _tell_feed(place.contact_id for place in places)
        return journal.record("edit", entries, by=by, summary=summary)


def _tell_feed(contact_ids: Iterable[int]) -> None:
    """Rules ask for the name of the department where somebody works."""
    changes.note(contact_ids, "fields")


def _refuse_taken(organisation_id: int, name: str, besides: int = 0) -> None:
    rows = Department.objects.filter(
        organisation_id=organisation_id, name=normalise.text(name)[:120]
    )
    if rows.exclude(pk=besides).exists():
        raise NameTaken


def _attributes(row: Department, said: dict[str, Any], by: Any) -> list:
    keyed = {name.partition(".")[2]: value for name, value in said.items()}
    return values.write({row.pk: keyed}, noun="department", by=by)

"""What was changed on a record, read from the journal for its history."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max, Q, QuerySet

from crm_plugin import journal
from crm_plugin.journal import Change, Operation

from .models import Affiliation, ContactAlias, Organisation
from .telling import Line, Telling

MODELS = (
    *("contact", "contactpoint", "contactvalue", "affiliation", "firsttouch"),
    *("inquiry", "followup", "touchpoint", "suspectedpair"),
)
OWN = ("organisation", "organisationvalue", "department")


@dataclass
class Changed:
    """One operation as it touched one record: pairs of field and "old → new"."""

    operation: Operation
    lines: list[Line] = field(default_factory=list)


def of(
    contact_id: int, *, before: dt.datetime | None, limit: int, user: Any
) -> list[Changed]:
    """The newest operations on this contact earlier than *before*.

    Those on a record that was merged into it count. Values of attributes that *user*
    may not read are left out. Seven queries.
    """
    merged = ContactAlias.objects.filter(contact=contact_id)
    ids = [contact_id, *merged.values_list("old_id", flat=True)]
    about = Change.objects.filter(about__in=ids, model__in=MODELS)
    if before:
        about = about.filter(operation__at__lt=before)
    newest = about.values("operation_id").annotate(at=Max("operation__at"))
    rows = newest.order_by("-at", "-operation_id")[:limit]
    return _told(about, [row["operation_id"] for row in rows], user=user)


def of_organisation(
    organisation: Organisation, *, before: int | None = None, limit: int, user: Any
) -> journal.Page[Changed]:
    """The same of an organisation: its fields, departments, values and its people.

    *before* is an operation; whoever may not see contacts is not told of people.
    """
    wanted = Q(about=organisation.pk, model__in=OWN)
    departments = Change.objects.filter(about=organisation.pk, model="department")
    wanted |= Q(model="departmentvalue", about__in=departments.values("object_id")) | Q(
        model="departmentvalue",
        about__in=organisation.departments.values("pk"),
    )
    if user.has_perm("crm_plugin.view_contact"):
        places = Affiliation.objects.filter(organisation=organisation)
        people = places.values("contact_id")
        merged = ContactAlias.objects.filter(contact__in=people).values("old_id")
        wanted |= Q(
            Q(about__in=people) | Q(about__in=merged),
            model="affiliation",
            object_id__in=places.values("pk"),
        )
    rows = Change.objects.filter(wanted)

    def tell(ids: list[int]) -> list[Changed]:
        return _told(rows, ids, user=user, names_people=True)

    return journal.page(rows, tell, before=before, limit=limit)


def _told(
    about: QuerySet[Change], ids: list[int], *, user: Any, names_people: bool = False
) -> list[Changed]:
    """What the operations *ids* changed, in their order."""
    operations = list(Operation.objects.filter(pk__in=ids).select_related("by"))
    rows = list(about.filter(operation_id__in=ids).order_by("id"))
    merges = {entry.pk for entry in operations if entry.kind == "merge"}
    tell = Telling(rows, merges, user, names_people=names_people)
    lines: dict[int, list[Line]] = defaultdict(list)
    for row in rows:
        lines[row.operation_id] += tell.line(row)
    found = [Changed(entry, lines[entry.pk]) for entry in operations]
    found = [entry for entry in found if entry.lines or entry.operation.kind != "edit"]
    return sorted(found, key=lambda entry: ids.index(entry.operation.pk))

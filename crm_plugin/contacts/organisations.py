"""Organisations found by what they are called, and who belongs to them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q

from crm_plugin import journal, normalise

from . import changes, search, values
from .models import Affiliation, Department, Organisation

# So many are told by their ids; of more, each row is asked.
FEW = 1_000


def about(text: str, *, user: Any) -> Q:
    """Rows of something else whose ``organisation`` is called so; as far as *user* sees."""
    norm = normalise.organisation(text[:100])
    if not norm:
        return Q(pk__in=[])
    named = Organisation.objects.visible_to(user).filter(name_norm__contains=norm)
    ids = list(named.values_list("pk", flat=True)[: FEW + 1])
    return Q(organisation__in=ids if len(ids) <= FEW else named.values("pk"))


def by_name(names: Iterable[str]) -> dict[str, Organisation]:
    """The oldest organisation for each norm of *names*; legal forms do not count."""
    norms = {normalise.organisation(name) for name in names if name}
    rows = Organisation.objects.filter(name_norm__in=norms, archived_at=None)
    return {row.name_norm: row for row in rows.order_by("-id")}


def by_phone(typed: str, *, user: Any) -> list[Organisation]:
    """Those whose main line this is, in any spelling, as far as *user* sees."""
    norm = normalise.phone(typed)
    if not norm:
        return []
    rows = Organisation.objects.visible_to(user).current().filter(phone_norm=norm)
    return list(rows.order_by("name", "id"))


def people_of(
    firms: Iterable[Organisation], *, user: Any, limit: int
) -> dict[int, list[Affiliation]]:
    """Who belongs to each now, who decides first; at most *limit* in all, one query."""
    rows = Affiliation.objects.visible_to(user).of_people().current().by_role()
    rows = rows.filter(organisation__in=[firm.pk for firm in firms])
    found: dict[int, list[Affiliation]] = defaultdict(list)
    for row in rows.select_related("contact", "department")[:limit]:
        found[row.organisation_id].append(row)
    return found


def find_or_create(
    names: Iterable[str],
) -> tuple[dict[str, Organisation], list[journal.Entry]]:
    """Each norm of *names* with its organisation, and entries for the new ones."""
    wanted: dict[str, str] = {}
    for name in filter(None, names):
        wanted.setdefault(normalise.organisation(name), name)
    found = by_name(wanted.values())
    new = [
        Organisation(name=normalise.text(name)[:200], name_norm=norm)
        for norm, name in wanted.items()
        if norm not in found
    ]
    Organisation.objects.bulk_create(new)
    found.update((row.name_norm, row) for row in new)
    return found, [
        ("organisation", row.pk, "", None, journal.whole(row)) for row in new
    ]


def current_affiliations(contact_ids: Iterable[int]) -> dict[int, list[Affiliation]]:
    """The affiliations of each contact that have not ended, the newest first."""
    rows = (
        Affiliation.objects.current()
        .filter(contact_id__in=list(contact_ids))
        .select_related("organisation", "department")
    )
    found: dict[int, list[Affiliation]] = defaultdict(list)
    for row in rows.order_by("-id"):
        found[row.contact_id].append(row)
    return found


def affiliate(
    wanted: dict[int, dict[str, Any]], *, fresh: bool = False
) -> list[journal.Entry]:
    """Bring contacts to organisations: ``{contact id: {name, department, title}}``.

    A contact's current affiliation with that organisation is completed; another one is
    left and a new one stands beside it. Without an organisation's name, department and
    title go to the current affiliation, if there is one. *fresh* contacts have none.
    """
    organisations, entries = find_or_create(
        said.get("name") or "" for said in wanted.values()
    )
    current = {} if fresh else current_affiliations(wanted)
    rows: list[tuple[Affiliation, dict[str, Any]]] = []
    for contact_id, said in wanted.items():
        organisation = organisations.get(normalise.organisation(said.get("name")))
        row = _place(current.get(contact_id, []), organisation)
        if organisation and row is None:
            row = Affiliation(contact_id=contact_id, organisation=organisation)
        if row:
            rows.append((row, said))
    return entries + _store(rows, _departments(rows))


def place(current: list[Affiliation], name: str | None) -> Affiliation | None:
    """The newest of *current* at the organisation called *name*, or of all."""
    norm = normalise.organisation(name) if name else ""
    for row in current:
        if not norm or row.organisation.name_norm == norm:
            return row
    return None


def _place(
    current: list[Affiliation], organisation: Organisation | None
) -> Affiliation | None:
    for row in current:
        if organisation is None or row.organisation_id == organisation.pk:
            return row
    return None


def _departments(
    rows: list[tuple[Affiliation, dict[str, Any]]],
) -> dict[tuple[int, str], int]:
    """The id of each department that is named, made where it is missing."""
    wanted = {
        (row.organisation_id, said["department"][:120])
        for row, said in rows
        if said.get("department")
    }
    if not wanted:
        return {}
    Department.objects.bulk_create(
        [Department(organisation_id=pk, name=name) for pk, name in sorted(wanted)],
        ignore_conflicts=True,
    )
    known = Department.objects.filter(
        organisation_id__in={pk for pk, _name in wanted},
        name__in={name for _pk, name in wanted},
    )
    return {(row.organisation_id, row.name): row.pk for row in known}


def _store(
    rows: list[tuple[Affiliation, dict[str, Any]]], departments: dict
) -> list[journal.Entry]:
    new: list[Affiliation] = []
    old: list[Affiliation] = []
    entries: list[journal.Entry] = []
    for row, said in rows:
        changed = _differences(row, said, departments)
        if row.pk:
            entries += [
                ("affiliation", row.pk, key, getattr(row, key), value, row.contact_id)
                for key, value in changed.items()
            ]
        for key, value in changed.items():
            setattr(row, key, value)
        if row.pk is None:
            new.append(row)
        elif changed:
            old.append(row)
    Affiliation.objects.bulk_update(old, ["title", "department_id"], batch_size=500)
    Affiliation.objects.bulk_create(new, batch_size=2_000)
    return entries + [
        ("affiliation", row.pk, "", None, journal.whole(row), row.contact_id)
        for row in new
    ]


def _differences(
    row: Affiliation, said: dict[str, Any], departments: dict
) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if said.get("title"):
        wanted["title"] = said["title"][:80]
    if said.get("department"):
        key = (row.organisation_id, said["department"][:120])
        wanted["department_id"] = departments[key]
    return {key: new for key, new in wanted.items() if getattr(row, key) != new}


def create(columns: dict[str, Any], said: dict[str, Any], *, by: Any) -> Organisation:
    """A new organisation with cleaned *columns* and attribute values *said*."""
    with transaction.atomic():
        row = Organisation.objects.create(**columns)
        entries = [("organisation", row.pk, "", None, journal.whole(row))]
        entries += _attributes(row, said, by)
        journal.record("create", entries, by=by, summary=str(row))
    return row


def edit(
    row: Organisation, columns: dict[str, Any], said: dict[str, Any], *, by: Any
) -> journal.Operation | None:
    """Save what differs, guarded by ``row.version``; its people are found anew.

    Raises ``journal.Stale`` when somebody saved since.
    """
    renamed = columns.get("name_norm", row.name_norm) != row.name_norm
    with transaction.atomic():
        current = Organisation.objects.select_for_update().get(pk=row.pk)
        if current.version != row.version:
            raise journal.Stale
        entries = _attributes(row, said, by)
        operation = journal.edit(row, columns, by=by)
        if entries and operation:
            journal.add(operation, entries)
        elif entries:
            Organisation.objects.filter(pk=row.pk).update(version=row.version + 1)
            operation = journal.record("edit", entries, by=by, summary=str(row))
        if renamed:
            people = Affiliation.objects.filter(organisation=row)
            ids = set(people.values_list("contact_id", flat=True))
            search.refresh(ids)
            changes.note(ids, "fields")
    return operation


def _attributes(row: Organisation, said: dict[str, Any], by: Any) -> list:
    keyed = {name.partition(".")[2]: value for name, value in said.items()}
    return values.write({row.pk: keyed}, noun="organisation", by=by)

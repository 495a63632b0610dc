"""Merging two contacts in one transaction, set-based, however much hangs on them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from crm_plugin import journal
from crm_plugin.contacts import links, records
from crm_plugin.contacts.models import Contact, ContactAlias
from crm_plugin.journal import bundles
from crm_plugin.journal.rows import delete

from .again import after_deadlock
from .columns import join_columns
from .joining import Merging
from .refusals import AlreadyMerged, Archived, SameContact

KIND = "merge"
ASPECTS = (
    "fields",
    "points",
    "attributes",
    "touchpoints",
    "bookings",
    "purchases",
    "plans",
    "consents",
    "responses",
)


@after_deadlock
def merge_contacts(
    survivor: Contact,
    duplicate: Contact,
    *,
    choices: Mapping[str, str] | None = None,
    by: Any,
    seen: tuple[int, int] | None = None,
) -> journal.Operation:
    """Make one record of two; everything of *duplicate* is the survivor's afterwards.

    ``choices``: ``{name: "survivor" | "duplicate" | "both"}`` for fields where both
    differ, named as in ``preview.differences``; else the survivor's stays where it is
    filled. ``seen``: the versions that the choices were made from. Raises ``Refused``
    (see ``refusals``), and ``journal.Stale`` when somebody edited one meanwhile.
    """
    if survivor.pk == duplicate.pk:
        raise SameContact
    with transaction.atomic():
        own, other = _locked(survivor.pk, duplicate.pk, seen)
        operation = journal.record(KIND, [], by=by, summary=str(own))
        before = journal.whole(other)
        merging = Merging(own, other, choices or {}, by, operation)
        join_columns(merging)
        for link in links.registered():
            if link.join:
                link.join(merging)
        for link in links.registered():
            _follow(merging, link)
        ids = {"old_id": other.pk, "old_public_id": other.public_id}
        merging.add([ContactAlias(contact=own, **ids)])
        merging.entries.append(("contact", other.pk, "", before, None, own.pk))
        delete(Contact, [other.pk])
        journal.add(operation, merging.entries)
        for link in links.registered():
            if link.joined:
                link.joined(merging)
        records.finish([own.pk], ASPECTS)
    survivor.refresh_from_db()
    return operation


def _locked(
    survivor: int, duplicate: int, seen: tuple[int, int] | None
) -> tuple[Contact, Contact]:
    """Both rows, locked in the order of their ids: of two merges at once one waits."""
    rows = Contact.objects.select_for_update().filter(pk__in=[survivor, duplicate])
    found = {row.pk: row for row in rows.order_by("pk")}
    for pk in (survivor, duplicate):
        if pk not in found:
            alias = ContactAlias.objects.filter(old_id=pk).first()
            raise AlreadyMerged(alias.contact_id if alias else None)
    pair = found[survivor], found[duplicate]
    if any(row.archived_at for row in pair):
        raise Archived
    if seen is not None and tuple(row.version for row in pair) != seen:
        raise journal.Stale
    return pair


def _follow(merging: Merging, link: links.Link) -> None:
    """What no join took out goes to the survivor, or is computed anew for it."""
    own, other = merging.survivor.pk, merging.duplicate.pk
    manager = link.model._default_manager
    mine, theirs = (manager.filter(**{link.field: pk}) for pk in (own, other))
    if link.merge == "recompute":
        bundles.keep(merging.operation, mine, link.field, own)
        bundles.take_out(merging.operation, theirs)
        return
    if link.merge == "one":
        merging.take_out(link.model, _second(link, mine, theirs))
        if link.model._meta.get_field(link.field).primary_key:  # type: ignore[union-attr]
            copies = [merging.for_survivor(row, link.field) for row in theirs]
            merging.take_out(link.model, list(theirs))
            merging.add(copies)
            return
    merging.shift(theirs, link.field, old=other, new=own)


def _second(link: links.Link, mine: QuerySet, theirs: QuerySet) -> list[Model]:
    """The duplicate's rows of which the survivor has one already."""
    options = link.model._meta
    besides = [
        [name for name in constraint.fields if name != link.field]
        for constraint in options.total_unique_constraints
        if link.field in constraint.fields
    ]
    if options.get_field(link.field).unique:  # type: ignore[union-attr]
        besides.append([])
    if not besides:
        return []
    taken = {tuple(_key(row, names)) for names in besides for row in mine}
    return [
        row
        for row in theirs
        if any(tuple(_key(row, names)) in taken for names in besides)
    ]


def _key(row: Model, names: list[str]) -> list[Any]:
    columns = [row._meta.get_field(name).attname for name in names]  # type: ignore[union-attr]
    return [tuple(names), *(getattr(row, column) for column in columns)]

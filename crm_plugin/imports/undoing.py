"""Take a whole sheet back; what was changed since is left, and shown."""

import time
from collections import Counter
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import override

from crm_plugin import journal, queue
from crm_plugin.consents import ledger
from crm_plugin.consents.models import Consent
from crm_plugin.contacts import changes, links, records
from crm_plugin.contacts.models import (
    Affiliation,
    Contact,
    ContactAlias,
    ContactPoint,
)
from crm_plugin.journal import Change
from crm_plugin.sales.models import Purchase

from .applying import NotReady
from .checking import breathe
from .models import ImportBatch

KIND = "import-undo"
SLICE = 500
SHOWN = 100
State = ImportBatch.State
# Rows that an import or the system itself writes: they do not show that anybody used
# the record since.
OWN = {
    "contactpoint",
    "affiliation",
    "contactvalue",
    "planperiod",
    "contactalias",
    "consentsubject",
    "firsttouch",
    "segmentmembership",
    "preference",
}
# What the sheet brought along for its rows; removed last, where nothing needs it.
SUMMARIES = {"contactsales", "usecategory"}
BROUGHT = ["product", "productcategory", "department", "organisation"]
SHARED = [*BROUGHT, "organisationvalue"]
RESTORED = {"fields", "points", "attributes", "plans"}
# What is told about contacts; the ids of other records may be the same.
OF_CONTACTS = {"contact", "contactpoint", "contactvalue", "affiliation", "firsttouch"}
OF_CONTACTS |= {"planperiod", "preference", "consent"}


def start_undo(batch: ImportBatch, *, by: Any) -> None:
    """Begin to take an applied sheet back. Raises ``NotReady`` for any other state."""
    with transaction.atomic():
        claimed = ImportBatch.objects.filter(pk=batch.pk, state=State.APPLIED)
        if not claimed.update(state=State.UNDOING):
            raise NotReady
        owners = _owners(batch, 0).count()
        queue.start(KIND, str(batch.pk), total=owners, by=by)


@queue.handler(KIND)
def undo(work: queue.Work, until: float) -> bool:
    """Take back slices of records in order of their ids."""
    batch = ImportBatch.objects.select_related("operation", "topic", "by").get(
        pk=work.key
    )
    if batch.state != State.UNDOING:
        return True
    with override(batch.language):
        while undo_slice(batch, work):
            breathe()
            if time.monotonic() > until:
                return False
        with transaction.atomic():
            _remove_shared(batch)
            _finish(batch, work)
    return True


def undo_slice(batch: ImportBatch, work: queue.Work) -> bool:
    """Take back the changes about the next records; false when none is left."""
    result = dict(work.result)
    purchases = batch.noun == ImportBatch.Noun.PURCHASES
    with transaction.atomic():
        owners = list(_owners(batch, result.get("last", 0))[:SLICE])
        if not owners:
            return False
        taken, left = (_undo_purchases if purchases else _undo_contacts)(batch, owners)
        counts = Counter({k: v for k, v in result.items() if isinstance(v, int)})
        counts.pop("last", None)
        shown = [*result.get("left_ids", []), *left][:SHOWN]
        counts += Counter(taken=taken, left=len(left))
        result = {**counts, "last": owners[-1], "left_ids": shown}
        work.advance(work.position + len(owners), result=result)
    return True


def _owners(batch: ImportBatch, after: int) -> Any:
    """Ids of the records that the sheet touched: purchases, or contacts."""
    rows = Change.objects.filter(operation_id=batch.operation_id)
    if batch.noun == ImportBatch.Noun.PURCHASES:
        rows, column = rows.filter(model="purchase"), "object_id"
    else:
        rows, column = rows.exclude(model__in=SHARED), "about"
    rows = rows.filter(**{f"{column}__gt": after})
    return rows.order_by(column).values_list(column, flat=True).distinct()


def _undo_purchases(batch: ImportBatch, ids: list[int]) -> tuple[int, list[int]]:
    later = Change.objects.filter(model="purchase", object_id__in=ids)
    later = later.filter(operation_id__gt=batch.operation_id)
    left = set(later.values_list("object_id", flat=True))
    rows = Purchase.objects.filter(pk__in=set(ids) - left)
    owners = set(rows.exclude(contact=None).values_list("contact_id", flat=True))
    count = rows.count()
    rows.delete()
    changes.note(owners, "purchases")
    return count, sorted(left)


def _undo_contacts(batch: ImportBatch, ids: list[int]) -> tuple[int, list[int]]:
    """Delete the contacts that came with the sheet, restore the others.

    Who was merged into another record since is part of that one, and left; only the
    basis that the sheet stated for their addresses goes. Counted as taken back is who
    is really gone, or wholly as before.
    """
    said = list(
        batch.operation.changes.filter(about__in=ids)
        .exclude(model__in=SHARED)
        .order_by("-id")
    )
    merged = _merged(ids)
    created = {c.about for c in said if c.model == "contact" and not c.field}
    created -= merged
    used = _used_since(batch, created)
    gone = set(
        Contact.objects.filter(pk__in=created - used).values_list("pk", flat=True)
    )
    Contact.objects.filter(pk__in=gone).delete()
    changes.note(gone, "stays")
    rest = [c for c in said if c.about not in created and c.about not in merged]
    restored = {change.about for change in rest}
    basis = [c for c in said if c.about in merged and c.model == "consent"]
    left = used | merged | _restore(batch, [*rest, *basis])
    Contact.objects.filter(pk__in=restored).update(version=F("version") + 1)
    records.finish(restored, RESTORED if restored else ())
    return len(gone) + len(restored - left), sorted(left)


def _merged(ids: list[int]) -> set[int]:
    """Which of these are no records of their own any more."""
    rows = ContactAlias.objects.filter(old_id__in=ids)
    return set(rows.values_list("old_id", flat=True))


def _used_since(batch: ImportBatch, ids: set[int]) -> set[int]:
    """Which of these new contacts somebody has worked with since the sheet.

    Purchases that only waited for a card of the sheet wait for it again.
    """
    since = batch.operation.at
    later = Change.objects.filter(about__in=ids, operation_id__gt=batch.operation_id)
    later = later.filter(model__in=OF_CONTACTS)
    used = set(later.values_list("about", flat=True))
    for link in links.registered():
        name = link.model._meta.model_name
        if link.merge == "move" and name not in OWN and name != "contact":
            rows = link.model._default_manager.filter(**{f"{link.field}__in": ids})
            if link.model is Purchase:
                rows = rows.exclude(member_number__gt="", created_at__lt=since)
            used |= set(rows.values_list(f"{link.field}_id", flat=True))
    own_word = Consent.objects.filter(point__contact_id__in=ids)
    own_word = own_word.exclude(state=Consent.State.GRANTED, basis=batch.basis)
    return used | set(own_word.values_list("point__contact_id", flat=True))


def _restore(batch: ImportBatch, said: list[Change]) -> set[int]:
    """Put back what the sheet changed; the contacts where something was left."""
    attested = [c.new["point_id"] for c in said if c.model == "consent"]
    if attested and batch.topic:
        ledger.retract(attested, batch.topic, basis=batch.basis, by=batch.by)
    spoken = Consent.objects.filter(
        point_id__in=[c.object_id for c in said if c.model == "contactpoint"]
    )
    keep = set(spoken.values_list("point_id", flat=True))
    left = {c.about for c in said if c.model == "contactpoint" and c.object_id in keep}
    confirmed = ContactPoint.objects.filter(
        pk__in=[c.object_id for c in said if c.model == "contactpoint"]
    ).exclude(verified_at=None)
    keep |= set(confirmed.values_list("pk", flat=True))
    undo = [
        change
        for change in said
        if change.model != "consent"
        and not (change.model == "contactpoint" and change.object_id in keep)
    ]
    return left | {change.about for change in journal.revert(undo)}


def _remove_shared(batch: ImportBatch) -> None:
    """Remove products, categories and organisations that came along and are unused."""
    _put_back_values(batch)
    for name in BROUGHT:
        model = apps.get_model("crm_plugin", name)
        ids = batch.operation.changes.filter(model=name, field="", old__isnull=True)
        rows = model._default_manager.filter(
            pk__in=list(ids.values_list("object_id", flat=True))
        )
        for relation in model._meta.get_fields(include_hidden=True):
            if _counts_as_use(relation):
                users = relation.related_model._default_manager.filter(
                    **{relation.field.name: OuterRef("pk")}
                )
                rows = rows.filter(~Exists(users))
        rows.delete()


def _put_back_values(batch: ImportBatch) -> None:
    """What the sheet said of organisations, unless somebody changed it since."""
    told = batch.operation.changes.filter(model="organisationvalue")
    later = Change.objects.filter(
        model="organisationvalue",
        object_id__in=told.values("object_id"),
        operation_id__gt=batch.operation_id,
    )
    left = set(later.values_list("object_id", flat=True))
    back = told.exclude(object_id__in=left)
    journal.revert(back.order_by("-id"))
    people = Affiliation.objects.filter(organisation__in=back.values("about"))
    changes.note(people.values_list("contact_id", flat=True), "attributes")


def _counts_as_use(relation: Any) -> bool:
    """Whether a key to a shared row keeps it; summaries are computed anew."""
    if not (relation.auto_created and relation.one_to_many):
        return False
    return relation.related_model._meta.model_name not in SUMMARIES


def _finish(batch: ImportBatch, work: queue.Work) -> None:
    now = timezone.now()
    result = {"taken": 0, "left": 0, "left_ids": [], **work.result}
    batch.counts = {**batch.counts, "undone": result}
    batch.state, batch.undone_at = State.UNDONE, now
    batch.save(update_fields=["counts", "state", "undone_at"])
    batch.operation.undone_at, batch.operation.undone_by = now, work.by
    batch.operation.save(update_fields=["undone_at", "undone_by"])
    batch.rows.filter(applied=True).update(applied=False)

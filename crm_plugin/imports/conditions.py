"""What rules can ask about imports: whom a sheet brought, or changed."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.models import Contact, ContactAlias
from crm_plugin.journal.models import Change
from crm_plugin.sales.models import Purchase

from .models import ImportBatch

KINDS = {
    "any": gettext_lazy("was made or changed by it"),
    "made": gettext_lazy("was made by it"),
    "changed": gettext_lazy("was there before and changed by it"),
}
# What the journal tells of a contact; the rest tells of organisations.
THEIRS = ("contact", "contactvalue", "contactpoint", "affiliation", "consent")


def batches() -> QuerySet[ImportBatch]:
    """Sheets that were applied, the latest first."""
    return ImportBatch.objects.filter(state=ImportBatch.State.APPLIED)


class BatchBlock(rules.RecordChoiceBlock):
    """A sheet by its name and day: the same name comes again."""

    def describe(self, record: ImportBatch) -> str:
        day = date_format(localtime(record.created_at), "SHORT_DATE_FORMAT")
        return f"{record} ({day})"


@rules.register
class CameByImport(rules.Condition):
    """From the journal, which stays when the rows of the sheet are deleted.

    Who was merged since is the record that they became part of. Of a sheet of purchases:
    who bought.
    """

    name = "imported"
    label = gettext_lazy("One import")
    dated_by = gettext_lazy("the history of the import")
    icon = "upload"
    group = gettext_lazy("Groups")
    aspects = frozenset({"fields", "attributes", "points", "purchases"})

    class Value(rules.ConditionBlock):
        batch = BatchBlock(batches, key="pk", label=gettext_lazy("import"))
        kind = blocks.ChoiceBlock(
            choices=list(KINDS.items()),
            default="any",
            label=gettext_lazy("the person"),
        )

    def offered(self) -> bool:
        return batches().exists()

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, None)

    def past(self, value: Any) -> rules.Past:
        _batch(value)
        return super().past(value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        """What was taken back later stood; whoever is gone with it is not known."""
        return self._of(value, at)

    def _of(self, value: Any, until: dt.datetime | None) -> QuerySet:
        batch = _batch(value)
        if batch.noun == ImportBatch.Noun.PURCHASES:
            return _buyers(batch, until)
        changes = _changes(batch, until).filter(model__in=THEIRS)
        made = changes.filter(model="contact", field="", old__isnull=True)
        if value["kind"] == "made":
            return _now(made)
        if value["kind"] == "changed":
            return _now(changes.filter(~Q(about__in=made.values("about"))))
        return _now(changes)

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        """With the day: taking a sheet back, or a merge, is said of few people only."""
        return rules.periods.next_change({"when": "last"}, at)

    def sentence(self, value: Any) -> str:
        words = {"name": rules.find(ImportBatch, value["batch"], field="pk") or "…"}
        return {
            "any": _("a record made or changed by the import “%(name)s”"),
            "made": _("a record made by the import “%(name)s”"),
            "changed": _("a record changed by the import “%(name)s”"),
        }[value["kind"]] % words

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        for kind in ("made", "changed"):
            found = self.contacts({**value, "kind": kind}, at)
            column = found.query.values_select[0]
            if found.filter(**{column: contact_id}).exists():
                return str(KINDS[kind])
        return _("none")


def _batch(value: Any) -> ImportBatch:
    found = rules.find(ImportBatch, value["batch"], field="pk")
    if found is None:
        raise rules.BrokenRule([_("The import is gone.")])
    return found


def _changes(batch: ImportBatch, until: dt.datetime | None) -> QuerySet[Change]:
    """What it changed and what stands, or stood at *until*."""
    standing = Q(operation__undone_at=None)
    if until is not None:
        standing |= Q(operation__undone_at__gt=until)
        standing &= Q(operation__at__lte=until)
    return Change.objects.filter(standing, operation=batch.operation_id)


def _buyers(batch: ImportBatch, until: dt.datetime | None) -> QuerySet:
    told = _changes(batch, until).filter(model="purchase")
    sold = Purchase.objects.filter(pk__in=told.values("object_id"))
    return sold.filter(contact__isnull=False).values("contact_id")


def _now(changes: QuerySet[Change]) -> QuerySet:
    """The contacts that *changes* are about, as they are called today."""
    old = changes.values("about")
    merged = ContactAlias.objects.filter(old_id__in=old).values("contact_id")
    return Contact.objects.filter(Q(pk__in=old) | Q(pk__in=merged)).values("pk")

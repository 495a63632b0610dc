"""Whom a sheet brought: each kind can become a hand-picked segment."""

from django.utils.translation import gettext as _

from crm_plugin.segments.ready_made import condition
from crm_plugin.ui.picking import Choice

from .models import ImportBatch


def people_of(batch: ImportBatch) -> list[Choice]:
    """Those made by it, those changed by it, and both; of purchases, who bought."""
    done = batch.counts.get("done", {})
    made, changed = done.get("created", 0), done.get("updated", 0)
    if batch.noun == ImportBatch.Noun.PURCHASES:
        return [_choice(batch, "any", _("Who bought"), None if made else 0)]
    return [
        _choice(batch, "any", _("All of them"), made + changed),
        _choice(batch, "made", _("The new ones"), made),
        _choice(batch, "changed", _("Those completed or changed"), changed),
    ]


def _choice(batch: ImportBatch, kind: str, label: str, number: int | None) -> Choice:
    asked = condition("imported", batch=str(batch.pk), kind=kind)
    return Choice(label, asked, f"{batch.file_name}: {label}", number)

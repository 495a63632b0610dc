"""What deals tell the history: opened, and what became of them."""

import datetime as dt
from typing import Any

from django.db.models import Case, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from crm_plugin.touchpoints import history
from crm_plugin.touchpoints.people import People, Who, narrowed

from .models import Deal, DealPerson, DealStage


@history.source("deals", kinds=("deal",), phases=False, people=True)
def deals(
    contact_id: Who, *, before: dt.datetime | None, limit: int, user: Any
) -> list[history.Entry]:
    """Two entries for each deal in which the contact or organisation is involved."""
    people = narrowed(DealPerson.objects.all(), contact_id, "deal__opened_at")
    involved = people.values("deal")
    if isinstance(contact_id, People):
        involved = involved.union(contact_id.own(Deal.objects.all()).values("pk"))
    rows = Deal.objects.visible_to(user).filter(pk__in=involved)
    newest: Case | Coalesce = Coalesce("closed_at", "opened_at")
    if before:
        rows = rows.filter(opened_at__lt=before)
        newest = Case(When(closed_at__lt=before, then="closed_at"), default="opened_at")
    rows = rows.select_related("stage", "lost_reason")
    rows = rows.order_by(newest.desc(), "-id")
    entries = [entry for row in rows[:limit] for entry in _entries(row)]
    if before:
        entries = [entry for entry in entries if entry.at < before]
    return sorted(entries, key=lambda e: (e.at, e.key), reverse=True)[:limit]


def _entries(row: Deal) -> list[history.Entry]:
    opened = _entry(row, row.opened_at, "deal", "pick", _("Deal opened: %(what)s"))
    if row.closed_at is None:
        return [opened]
    if row.stage.kind == DealStage.Kind.WON:
        end = ("deal_won", "success", _("Deal won: %(what)s"))
    else:
        end = ("deal_lost", "cross", _("Deal lost: %(what)s"))
    return [opened, _entry(row, row.closed_at, *end)]


def _entry(
    row: Deal, at: dt.datetime, kind: str, icon: str, title: str
) -> history.Entry:
    why = [str(row.lost_reason or ""), row.lost_note] if kind == "deal_lost" else []
    return history.Entry(
        at=at,
        kind=kind,
        icon=icon,
        title=title % {"what": row.title},
        body=": ".join(filter(None, why)),
        url=row.get_admin_url(),
        key=f"{kind}:{row.pk}",
        amount=row.amount,
        contact_id=row.contact_id,
    )

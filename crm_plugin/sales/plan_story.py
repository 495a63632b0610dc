"""What plans tell the history: taken, changed, ended."""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm_plugin.touchpoints import history

from .models import PlanPeriod


@history.source("plans", kinds=("plan",), phases=False)
def plans(
    contact_id: int, *, before: dt.datetime | None, limit: int, user: Any
) -> list[history.Entry]:
    """One entry for each stay that began, and one for an agreement that ended.

    A day has no time of its own: an entry stands at its midnight.
    """
    rows = PlanPeriod.objects.visible_to(user).filter(contact_id=contact_id)
    now = before or timezone.now()
    rows = rows.filter(started_on__lte=_day(now)).select_related(
        "plan", "came_from", "went_to"
    )
    entries = [
        entry
        for row in rows.order_by("-started_on", "-id")[:limit]
        for entry in _entries(row)
        if entry.at < now
    ]
    return sorted(entries, key=lambda e: (e.at, e.key), reverse=True)[:limit]


def _entries(row: PlanPeriod) -> list[history.Entry]:
    both = {"old": row.came_from, "new": row.plan}
    if row.came_from is None:
        title, icon = _("Plan: %(new)s") % both, "calendar-check"
    elif row.step > 0:
        title, icon = _("Step up: %(old)s → %(new)s") % both, "arrow-up"
    elif row.step < 0:
        title, icon = _("Step down: %(old)s → %(new)s") % both, "arrow-down"
    else:
        title, icon = _("Another plan: %(old)s → %(new)s") % both, "arrow-right"
    began = _entry(row, "plan", row.started_on, icon, title)
    if row.ended_on is None or row.went_to_id:
        return [began]
    ended = _entry(row, "plan_ended", row.ended_on, "cross", _("Plan ended: %(new)s"))
    return [began, ended]


def _entry(
    row: PlanPeriod, kind: str, day: dt.date, icon: str, title: str
) -> history.Entry:
    zone = timezone.get_default_timezone()
    last = dt.time.max if kind == "plan_ended" else dt.time.min
    return history.Entry(
        at=dt.datetime.combine(day, last, tzinfo=zone),
        kind=kind,
        icon=icon,
        title=title % {"new": row.plan} if kind == "plan_ended" else title,
        body=row.note if kind == "plan" else "",
        url=row.get_admin_url(),
        key=f"{kind}:{row.pk}",
    )


def _day(moment: dt.datetime) -> dt.date:
    return timezone.localtime(moment, timezone.get_default_timezone()).date()

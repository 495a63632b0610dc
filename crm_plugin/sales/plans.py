"""Plans of contacts: take one, change it, end it; every stay is dated and kept.

Stays of one contact never overlap: a new one ends the one before on the day before.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_plugin import journal
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact

from .models import Plan, PlanPeriod
from .stays import DAY, Entries, Stays

ASPECT = "plans"


class EndsBeforeStart(ValueError):
    """No stay ends before it began."""

    def __init__(self) -> None:
        super().__init__(_("This is before the day on which it began."))


class Overlaps(ValueError):
    """Another stay holds some of these days."""

    def __init__(self, other: PlanPeriod) -> None:
        said = {"plan": other.plan, "days": other.days}
        super().__init__(_("These days belong to “%(plan)s” (%(days)s).") % said)


class NoPlan(ValueError):
    """Nobody can end what they have not on that day."""

    def __init__(self) -> None:
        super().__init__(_("There is no plan on this day."))


def today() -> dt.date:
    """The site's day."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def take(
    contact: Contact, plan: Plan, *, on: dt.date, by: Any, note: str = ""
) -> journal.Operation | None:
    """From the day *on* the contact has *plan*; None when they have it already then.

    The stay that holds that day ends the day before, and what was to come after it
    stays: a change of long ago finds its place in the history.
    """
    with transaction.atomic():
        stays = _locked(contact)
        _take(stays, contact.pk, plan, on, note)
        return _finish(stays, contact, by)


def end(contact: Contact, on: dt.date, *, by: Any) -> journal.Operation | None:
    """The last day of their plan is *on*. Raises ``NoPlan``."""
    with transaction.atomic():
        stays = _locked(contact)
        standing = stays.holding(contact.pk, on)
        if standing is None:
            raise NoPlan
        stays.change(standing, ended_on=on)
        return _finish(stays, contact, by)


def correct(
    row: PlanPeriod, said: dict[str, Any], *, by: Any
) -> journal.Operation | None:
    """Save what differs of ``plan started_on ended_on note``; None when nothing does.

    Guarded by ``row.version``: raises ``journal.Stale``. Raises ``EndsBeforeStart`` and
    ``Overlaps``.
    """
    first, last = said["started_on"], said["ended_on"]
    if last and last < first:
        raise EndsBeforeStart
    with transaction.atomic():
        stays = _locked(row.contact)
        rows = stays.of(row.contact_id)
        now = next((one for one in rows if one.pk == row.pk), None)
        if now is None or now.version != row.version:
            raise journal.Stale
        for other in rows:
            if other is not now and other.touches(first, last):
                raise Overlaps(other)
        stays.change(now, **said)
        return _finish(stays, row.contact, by)


def strike(row: PlanPeriod, *, by: Any) -> journal.Operation | None:
    """Remove a stay that never was; undo brings it back."""
    with transaction.atomic():
        stays = _locked(row.contact)
        stays.remove(row.contact_id, row.pk)
        return _finish(stays, row.contact, by)


def take_many(wanted: Mapping[int, tuple[Plan | None, dt.date | None]]) -> Entries:
    """For many contacts, as a sheet says it: the plan, and since when; five statements.

    Without a day it begins today. Who has that plan already keeps it; another day
    given for it corrects when it began, as far as no other stay holds those days. A
    day alone is about the plan that they have. Returns the entries for the journal;
    the caller notes the change.
    """
    stays = Stays(wanted)
    for pk, (plan, since) in wanted.items():
        standing = stays.holding(pk, today())
        if plan and (standing is None or standing.plan_id != plan.pk):
            _take(stays, pk, plan, since or today(), "")
        elif standing and since and _free(stays, standing, since):
            stays.change(standing, started_on=since)
    return stays.store()


def current(contact_ids: Iterable[int]) -> dict[int, PlanPeriod]:
    """The stay that each of these contacts has today; one query."""
    rows = PlanPeriod.objects.on(today()).filter(contact__in=list(contact_ids))
    rows = rows.select_related("plan", "came_from")
    return {row.contact_id: row for row in rows.order_by("started_on", "id")}


def _locked(contact: Contact) -> Stays:
    """The stays of one contact; of two people who change them at once, one waits."""
    Contact.objects.select_for_update().get(pk=contact.pk)
    return Stays([contact.pk])


def _take(stays: Stays, contact_id: int, plan: Plan, on: dt.date, note: str) -> None:
    standing = stays.holding(contact_id, on)
    if standing is None:
        until = stays.next_start(contact_id, on)
        stays.add(contact_id, plan, on, until and until - DAY, note)
    elif standing.plan_id == plan.pk:
        return
    elif standing.started_on == on:
        stays.change(standing, plan=plan, note=note or standing.note)
    else:
        until = standing.ended_on
        stays.change(standing, ended_on=on - DAY)
        stays.add(contact_id, plan, on, until, note)


def _free(stays: Stays, row: PlanPeriod, since: dt.date) -> bool:
    """Whether a stay may begin on *since*: before its end, after all that came before."""
    if row.ended_on and since > row.ended_on:
        return False
    before = [one for one in stays.of(row.contact_id) if one is not row]
    return not any(one.touches(since, row.started_on - DAY) for one in before)


def _finish(stays: Stays, contact: Contact, by: Any) -> journal.Operation | None:
    entries = stays.store()
    if not entries:
        return None
    changes.note([contact.pk], ASPECT)
    return journal.record("plan", entries, by=by, summary=str(contact))

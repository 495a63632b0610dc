"""Deals: open one, move it on, win it or lose it; each step has an author and a time."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm_plugin import journal
from crm_plugin.contacts import changes

from .models import (
    Deal,
    DealPerson,
    DealStage,
    DealStagePeriod,
    LostReason,
    Purchase,
)
from .models.purchases import DEAL
from .record import Line, Sale, record_sales

ASPECT = "deals"
Kind = DealStage.Kind


class NobodyNamed(ValueError):
    """A deal is with somebody: a contact, an organisation, or both."""


class NoSuchStage(LookupError):
    """The site has no stage of the kind that is needed; ``crm_setup`` makes some."""


class NotOpen(ValueError):
    """A closed stage is reached by winning or losing, not by a plain move."""


class ReasonMissing(ValueError):
    """Whoever loses a deal says why."""


class Backwards(ValueError):
    """It would end before it began."""


def stage_of(kind: str) -> DealStage:
    """The first active stage of this *kind*. Raises ``NoSuchStage``."""
    stage = DealStage.objects.filter(kind=kind, active=True).first()
    if stage is None:
        raise NoSuchStage(kind)
    return stage


def open_deal(
    title: str,
    *,
    by: Any,
    contact: Any = None,
    organisation: Any = None,
    stage: DealStage | None = None,
    key: str | None = None,
    **said: Any,
) -> Deal:
    """Open a deal; the same *key* a second time gives the one that stands.

    *said*: ``amount expected_on owner category note opened_at``. Raises
    ``NobodyNamed``, ``NotOpen``, ``NoSuchStage``.
    """
    known = Deal.objects.filter(key=key).first() if key else None
    if known:
        return known
    if contact is None and organisation is None:
        raise NobodyNamed
    stage = stage or stage_of(Kind.OPEN)
    if stage.kind != Kind.OPEN:
        raise NotOpen
    deal = Deal(
        title=title,
        contact=contact,
        organisation=organisation,
        stage=stage,
        key=key,
        **said,
    )
    try:
        with transaction.atomic():
            deal.save(force_insert=True)
            _enter(deal, stage, at=deal.opened_at, by=by)
            whole = ("deal", deal.pk, "", None, journal.whole(deal))
            entries = [whole, *_name_main(deal)]
            journal.record("deal", entries, by=by, summary=title)
            _note(deal)
    except IntegrityError:
        if not key:
            raise
        return Deal.objects.get(key=key)
    return deal


def move_deal(
    deal: Deal, stage: DealStage, *, by: Any, at: dt.datetime | None = None
) -> bool:
    """Put it into an open stage, a closed one too; false when it stands there.

    ``deal.version`` is what *by* saw: raises ``journal.Stale`` when somebody was
    faster, ``NotOpen`` for a stage that wants ``win`` or ``lose``.
    """
    if stage.kind != Kind.OPEN:
        raise NotOpen
    reopened = {"closed_at": None, "lost_reason": None, "lost_note": ""}
    return _go(deal, stage, reopened, at=at or timezone.now(), by=by)


def win(
    deal: Deal,
    *,
    by: Any,
    stage: DealStage | None = None,
    sale: Sale | None = None,
    at: dt.datetime | None = None,
) -> bool:
    """Close it as won; with *sale* (see ``sale_of``) the purchase is recorded, too.

    A deal that is won again after it was reopened keeps its purchase. Raises
    ``journal.Stale``, ``NoSuchStage``, ``Backwards``.
    """
    stage = stage or stage_of(Kind.WON)
    if stage.kind != Kind.WON:
        raise NotOpen
    at = _closing(deal, at)
    values: dict[str, Any] = {"closed_at": at, "lost_reason": None, "lost_note": ""}
    with transaction.atomic():
        if sale:
            values["purchase"] = _sold(sale, by=by)
        return _go(deal, stage, values, at=at, by=by)


def sale_of(deal: Deal, amount: Decimal, *, at: dt.datetime, **said: Any) -> Sale:
    """What a won deal sold, for ``win``; *said* is ``channel`` and ``payment``."""
    category = deal.category.key if deal.category else ""
    return Sale(
        at=at,
        lines=[Line(deal.title, amount, category=category, listed=False)],
        key=str(deal.public_id),
        contact_id=deal.contact_id,
        organisation_id=deal.organisation_id,
        **said,
    )


def lose(
    deal: Deal,
    reason: LostReason | None,
    *,
    by: Any,
    note: str = "",
    stage: DealStage | None = None,
    at: dt.datetime | None = None,
) -> bool:
    """Close it as lost and say why. Raises ``ReasonMissing`` and as ``win`` does."""
    if reason is None:
        raise ReasonMissing
    stage = stage or stage_of(Kind.LOST)
    if stage.kind != Kind.LOST:
        raise NotOpen
    at = _closing(deal, at)
    values = {"closed_at": at, "lost_reason": reason, "lost_note": note[:300]}
    return _go(deal, stage, values, at=at, by=by)


def edit_deal(
    deal: Deal, values: dict[str, Any], *, by: Any
) -> journal.Operation | None:
    """Save what differs (not the stage); None when nothing does.

    Guarded by ``deal.version``: raises ``journal.Stale``. Raises ``NobodyNamed`` and
    ``Backwards``.
    """
    said = {"contact": deal.contact, "organisation": deal.organisation, **values}
    if said["contact"] is None and said["organisation"] is None:
        raise NobodyNamed
    opened_at = values.get("opened_at", deal.opened_at)
    with transaction.atomic():
        if opened_at != deal.opened_at:
            _began(deal, opened_at)
        before = deal.contact_id
        operation = journal.edit(deal, values, by=by)
        if operation is None:
            return None
        if deal.contact_id != before:
            journal.add(operation, _name_main(deal))
        _note(deal, before)
    return operation


def remove_deal(deal: Deal, *, by: Any) -> None:
    """Delete a deal that never was; the journal keeps what it said."""
    with transaction.atomic():
        old = journal.whole(deal)
        entries = [("deal", deal.pk, "", old, None)]
        journal.record("delete", entries, by=by, summary=str(deal))
        _note(deal)
        deal.delete()


def involve(deal: Deal, contact: Any, role: str, *, by: Any) -> DealPerson:
    """Add somebody to the people involved, or give them another role."""
    role = DealPerson.Role(role)
    with transaction.atomic():
        person, created = DealPerson.objects.get_or_create(
            deal=deal, contact=contact, defaults={"role": role}
        )
        entry: journal.Entry
        if created:
            whole = journal.whole(person)
            entry = ("dealperson", person.pk, "", None, whole, deal.pk)
        elif person.role == role:
            return person
        else:
            entry = ("dealperson", person.pk, "role", person.role, role, deal.pk)
            person.role = role
            person.save(update_fields=["role"])
        journal.record("edit", [entry], by=by, summary=str(deal))
        changes.note([contact.pk], ASPECT)
    return person


def release(person: DealPerson, *, by: Any) -> None:
    """Take somebody out again; the main contact changes by editing the deal."""
    deal = person.deal
    if person.contact_id == deal.contact_id:
        raise NobodyNamed
    with transaction.atomic():
        whole = journal.whole(person)
        entry = ("dealperson", person.pk, "", whole, None, deal.pk)
        journal.record("edit", [entry], by=by, summary=str(deal))
        changes.note([person.contact_id], ASPECT)
        person.delete()


def _go(
    deal: Deal, stage: DealStage, values: dict[str, Any], *, at: dt.datetime, by: Any
) -> bool:
    before = deal.stage_id
    with transaction.atomic():
        operation = journal.edit(deal, {"stage": stage, **values}, by=by, kind="move")
        if operation is None:
            return False
        if stage.pk != before:
            _enter(deal, stage, at=at, by=by)
        _note(deal)
    return True


def _enter(deal: Deal, stage: DealStage, *, at: dt.datetime, by: Any) -> None:
    """End the stay in the old stage and begin the next one."""
    standing = DealStagePeriod.objects.filter(deal=deal, ended_at=None)
    standing.filter(started_at__gt=at).update(started_at=at)
    standing.update(ended_at=at)
    DealStagePeriod.objects.create(deal=deal, stage=stage, started_at=at, by=by)


def _closing(deal: Deal, at: dt.datetime | None) -> dt.datetime:
    at = at or timezone.now()
    if at < deal.opened_at:
        raise Backwards
    return at


def _began(deal: Deal, at: dt.datetime) -> None:
    """Another opening moment moves the beginning of the first stay."""
    periods = DealStagePeriod.objects.filter(deal=deal).order_by("started_at", "id")
    first = periods.first()
    ends = [deal.closed_at, first and first.ended_at]
    if any(end and at > end for end in ends):
        raise Backwards
    if first:
        DealStagePeriod.objects.filter(pk=first.pk).update(started_at=at)


def _name_main(deal: Deal) -> list[journal.Entry]:
    """Let the deal's contact stand among its people, and no former one as main."""
    former = deal.people.filter(role=DealPerson.Role.MAIN)
    gone = list(former.exclude(contact=deal.contact_id or 0))
    entries: list[journal.Entry] = [
        ("dealperson", row.pk, "", journal.whole(row), None, deal.pk) for row in gone
    ]
    DealPerson.objects.filter(pk__in=[row.pk for row in gone]).delete()
    for row in gone:
        changes.note([row.contact_id], ASPECT)
    if deal.contact_id:
        person, created = deal.people.get_or_create(
            contact_id=deal.contact_id, defaults={"role": DealPerson.Role.MAIN}
        )
        if created:
            whole = journal.whole(person)
            entries.append(("dealperson", person.pk, "", None, whole, deal.pk))
    return entries


def _sold(sale: Sale, *, by: Any) -> Purchase:
    """The purchase that the deal became, once."""
    done = record_sales([sale], feed=DEAL)
    if done.known:
        return Purchase.objects.get(feed=DEAL, external_id=sale.key)
    purchase = done.purchases[0]
    journal.record("purchase", done.entries, by=by, summary=str(purchase))
    return purchase


def _note(deal: Deal, *others: int | None) -> None:
    involved = set(deal.people.values_list("contact_id", flat=True))
    changes.note(involved | {pk for pk in others if pk}, ASPECT)

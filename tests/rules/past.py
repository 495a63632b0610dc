"""The small world as it was at the end of a past day: later rows taken out, by hand.

What is left is asked by the same replay in plain Python as the world of today.
"""

import datetime as dt
from itertools import pairwise
from statistics import median
from types import SimpleNamespace

from crm_plugin import models, signing
from tests.rules.replay import MEANINGS, TOKYO, confirmed, imported, local

YEAR = dt.timedelta(days=365)
NEVER = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)


class Rows(list):
    """Prefetched rows, asked as a related manager is."""

    def all(self):
        return self


class Then:
    """A row as it was: some of its columns had another value."""

    def __init__(self, row, **changed):
        self.__dict__.update(row=row, **changed)

    def __getattr__(self, name):
        return getattr(self.row, name)


def end_of(day):
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, TOKYO)
    return midnight - dt.timedelta(microseconds=1)


def present(people, at):
    """Whoever was there at *at*, with nothing that came after it."""
    figures = {
        models.ContactFrequency: [frequency(person, at) for person in people],
        models.ContactSales: [sales_of_year(person, local(at)) for person in people],
    }
    return [cut(person, at, figures) for person in people if was_there(person, at)]


def was_there(person, at):
    touch, row = getattr(person, "first_touch", None), getattr(person, "frequency", 0)
    uses = getattr(person, "use_summary", None)
    known = (
        person.created_at <= at
        or (touch and touch.at <= at)
        or (row and row.first_at and row.first_at <= at)
        or (uses and uses.first_on and uses.first_on <= local(at))
    )
    return known and (person.archived_at is None or person.archived_at > at)


def frequency(person, at):
    """When we were in contact up to *at*, counted from everything that tells of it."""
    theirs = [
        row
        for row in person.touchpoints.all()
        if not row.machine and row.direction != "out"
    ]
    clicks = [
        response.at
        for row in person.deliveries.all()
        for response in row.responses.all()
        if response.kind == "click" and not response.machine
    ]
    came = [row.starts_at for row in person.bookings.all() if row.came_at]
    bought = [row.at for row in person.purchases.all() if row.amount > 0]
    moments = [*(row.at for row in theirs), *clicks, *came, *bought]
    talks = [row.at for row in theirs if row.kind != "note"]
    days = {local(moment) for moment in (*talks, *clicks, *came, *bought)}
    days |= {row.on for row in person.uses.all()}
    ago = [(local(at) - day).days for day in days]
    return SimpleNamespace(
        contact_id=person.pk,
        days_30=sum(0 <= number < 30 for number in ago),
        days_90=sum(0 <= number < 90 for number in ago),
        days_365=sum(0 <= number < 365 for number in ago),
        before_90=sum(90 <= number < 180 for number in ago),
        last_at=max((moment for moment in moments if moment <= at), default=None),
    )


def sales_of_year(person, day):
    """What was bought and brought back in the 365 days up to *day*."""
    rows = [
        row for row in person.purchases.all() if 0 <= (day - row.on).days < YEAR.days
    ]
    sold = [row.on for row in rows if row.amount > 0]
    return SimpleNamespace(
        contact_id=person.pk,
        net_365=sum(row.amount for row in rows),
        count_365=len(sold),
        last_on=max(sold, default=None),
    )


def rhythm(uses):
    """The usual gap of these *uses*, and the day from which on they are late."""
    days = sorted(row.on for row in uses)
    gaps = [(after - before).days for before, after in pairwise(days)]
    if len(gaps) < 2:
        return SimpleNamespace(usual_gap_days=None, late_on=None)
    gap = int(median(gaps))
    late_on = days[-1] + dt.timedelta(days=gap * 3 // 2 + 1)
    return SimpleNamespace(usual_gap_days=gap, late_on=late_on)


def cut(person, at, figures):
    """The person with nothing that came after *at*, among the *figures* of all."""
    day = local(at)
    recorded = person.created_at <= at

    def by(rows, column, *later):
        """Rows that were there, with what was noted *later* on them taken off."""
        kept = [row for row in rows.all() if _not_after(getattr(row, column), at)]
        return Rows(_without(row, later, at) for row in kept)

    purchases, uses = by(person.purchases, "on"), by(person.uses, "on")
    touch = getattr(person, "first_touch", None)
    return Then(
        person,
        recorded=recorded,
        created_at=person.created_at if recorded else NEVER,
        introduced_by_id=person.introduced_by_id if recorded else None,
        confirmed_at=_unless_later(person.confirmed_at, at),
        points=Rows(
            Then(row, consents=_consents(row, person.said, at))
            for row in person.points.all()
        ),
        first_touch=touch if touch and touch.at <= at else None,
        values=Rows(
            row
            for row in person.values.all()
            if not row.definition.dated or row.slot <= day.isoformat()
        ),
        affiliations=Rows(
            Then(row, organisation=_organisation(row.organisation, at))
            for row in person.affiliations.all()
        ),
        introductions=by(person.introductions, "created_at"),
        touchpoints=by(person.touchpoints, "at"),
        inquiries=by(person.inquiries, "received_at", "closed_at"),
        follow_ups=by(person.follow_ups, "created_at", "done_at"),
        waiting=_waiting(by(person.waiting, "created_at", "left_at"), at),
        claims=_claims(person.claims, at),
        bookings=by(
            person.bookings, "created_at", "came_at", "no_show_at", "cancelled_at"
        ),
        purchases=purchases,
        sales=_sales(person, purchases, day),
        uses=uses,
        use_summary=rhythm(uses),
        frequency=frequency(person, at),
        everybody=figures,
        tagged=[row for row in person.tagged if row.on <= day],
        stage_periods=by(person.stage_periods, "started_on", "ended_on"),
        memberships=by(person.memberships, "entered_at", "left_at"),
        plan_periods=by(person.plan_periods, "started_on"),
        pages_read=by(person.pages_read, "on"),
        ratings=by(person.ratings, "at"),
        submissions=by(person.submissions, "received_at"),
        firm_values=[
            row
            for row in person.firm_values
            if not row.definition.dated or row.slot <= day.isoformat()
        ],
        deliveries=Rows(
            Then(row, responses=by(row.responses, "at"))
            for row in by(person.deliveries, "sent_at")
        ),
        deal_roles=Rows(
            Then(row, deal=_deal(row.deal, at))
            for row in person.deal_roles.all()
            if row.deal.opened_at <= at
        ),
    )


def _not_after(when, at):
    return when <= (at if isinstance(when, dt.datetime) else local(at))


def _unless_later(when, at):
    return when if when is not None and _not_after(when, at) else None


def _without(row, columns, at):
    return Then(
        row, **{name: _unless_later(getattr(row, name), at) for name in columns}
    )


def _waiting(rows, at):
    """Whoever booked later waited still."""
    return Rows(
        Then(row, booking=row.booking if _booked(row, at) else None) for row in rows
    )


def _booked(row, at):
    return row.booking is not None and row.booking.created_at <= at


def _organisation(firm, at):
    return Then(firm, archived_at=_unless_later(firm.archived_at, at))


def _claims(claims, at):
    return Rows(
        Then(row, state="waiting" if _decided_later(row, at) else row.state)
        for row in claims.all()
        if row.submission.received_at <= at
    )


def _decided_later(row, at):
    return row.decided_at is not None and row.decided_at > at


def _deal(deal, at):
    begun = [row for row in deal.stage_periods.all() if row.started_at <= at]
    last = max(begun, key=lambda row: (row.started_at, row.pk))
    return Then(deal, stage=last.stage, closed_at=_unless_later(deal.closed_at, at))


def _sales(person, purchases, day):
    row = getattr(person, "sales", None)
    sold = [purchase.on for purchase in purchases if purchase.amount > 0]
    first = row.first_on if row and row.first_on and row.first_on <= day else None
    return Then(row, first_on=first, last_on=max(sold, default=None))


def _consents(point, said, at):
    """How the address stood to the one topic, and since when, by what had been said."""
    known_as = signing.address_hash(point.kind, point.value_norm)
    state, basis, since = "", "", None
    for line in said:
        of_it = line.address_hash == known_as and point.created_at <= line.at <= at
        if of_it and (line.topic == "newsletter" or (state and not line.topic)):
            since = line.at if _says_it(line, state) else since
            state, basis = _after(state, basis, line)
    row = SimpleNamespace(topic=SimpleNamespace(key="newsletter"), state=state)
    row.at = since
    return Rows([row] if state else [])


def _says_it(line, state):
    """Whether the state after the line is of that day: a yes always, a no once."""
    match line.action:
        case "confirm" | "grant" | "merge":
            return True
        case "withdraw" | "object":
            return state != "withdrawn"
    return line.action in ("ask", "attest") and state in ("", "pending")


def _after(state, basis, line):
    match line.action:
        case "confirm" | "grant":
            return "granted", line.basis
        case "withdraw" | "object":
            return "withdrawn", ""
        case "merge":
            return line.evidence["state"], line.basis
        case "attest" if state in ("", "pending"):
            return "granted", line.basis
        case "ask" if not state:
            return "pending", ""
        case "expire" if state == "pending":
            return "", ""
        case "expire" if state == "granted" and basis and basis == line.basis:
            return "", ""
    return state, basis


def _confirmed_then(contact, value, at):
    return contact.recorded and confirmed(contact, value, at)


def _imported_then(contact, value, at):
    operation = models.ImportBatch.objects.get(pk=value["batch"]).operation
    return operation.at <= at and imported(contact, value, at)


# What is asked of the past in another way than of the present.
PAST_MEANINGS = {
    **MEANINGS,
    "confirmed": _confirmed_then,
    "imported": _imported_then,
}

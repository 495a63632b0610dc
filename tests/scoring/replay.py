"""What each line of a score gives, said once more in plain Python over loaded rows."""

import math
from fractions import Fraction

from tests.rules.replay import holds, inside, local


def points(lines, contact, at):
    """The whole points of *contact*, rounded once, half a point upwards."""
    total = sum(_gain(line["value"], contact, at) for line in lines)
    return math.floor(Fraction(total, 1_000) + Fraction(1, 2))


def _gain(value, contact, at):
    if value["given"] == "once":
        true = all(holds(node, contact, at) for node in value["rule"])
        return value["points"] * 1_000 if true else 0
    (node,) = value["rule"]
    days = EVENTS[node["type"]](contact, node["value"], at)
    if len(days) < node["value"]["number"]:
        return 0
    weighed = sum(_left(local(at) - day, value.get("half_life")) for day in days)
    most = value.get("most")
    return value["points"] * (min(weighed, most * 1_000) if most else weighed)


def _left(age, half_life):
    """The thousandths that are left of an event of this age."""
    if not half_life or age.days < 0:
        return 1_000
    quarters = age.days * 4 // half_life
    return round(1_000 * 2 ** (-quarters / 4)) if quarters < 32 else 0


def pages_read(contact, value, at):
    site = contact.site
    return [
        row.on
        for row in contact.pages_read.all()
        if inside(row.on, value, at)
        and (value["where"] == "any" or value["tag"] in site[row.page_id].tag_names)
    ]


def touchpoints(contact, value, at):
    return [
        local(row.at)
        for row in contact.touchpoints.all()
        if not row.machine
        and not row.unverified
        and inside(row.at, value, at)
        and value["direction"] in ("", row.direction)
    ]


def purchases(contact, value, at):
    return [
        row.on
        for row in contact.purchases.all()
        if inside(row.on, value, at) and _meant(row, value["category"])
    ]


def _meant(purchase, category):
    if not category:
        return purchase.amount > 0
    return any(
        line.amount > 0 and line.category and line.category.key == category
        for line in purchase.lines.all()
    )


def bookings(contact, value, at):
    return [
        local(row.starts_at)
        for row in contact.bookings.all()
        if inside(row.starts_at, value, at)
        and (row.came_at if value["kind"] == "came" else row.cancelled_at)
    ]


def uses(contact, value, at):
    rows = contact.tagged if value["category"] else contact.uses.all()
    return [
        row.on
        for row in rows
        if inside(row.on, value, at)
        and (not value["category"] or row.category.key == value["category"])
    ]


def messages(contact, value, at):
    return [
        local(response.at)
        for row in contact.deliveries.all()
        if row.mailing_id and (not value["topic"] or row.topic_id)
        for response in row.responses.all()
        if not response.machine and inside(response.at, value, at)
    ]


EVENTS = {
    "pages_read": pages_read,
    "touchpoints": touchpoints,
    "purchases": purchases,
    "bookings": bookings,
    "uses": uses,
    "messages": messages,
}

"""What each condition means, said once more in plain Python over loaded rows."""

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

import jaconv
from wagtail.models import Page

from crm_plugin import models

TOKYO = ZoneInfo("Asia/Tokyo")


def local(moment):
    return moment.astimezone(TOKYO).date()


def inside(day, value, at):
    """Whether *day* lies in the period of *value*."""
    if isinstance(day, dt.datetime):
        day = local(day)
    age = (local(at) - day).days
    days, far = value.get("days"), value.get("days_to")
    match value.get("when", "ever"):
        case "last":
            return 0 <= age <= days
        case "before":
            return age > days
        case "ago":
            return days <= age <= far
        case "next":
            return -days <= age <= 0
    return True


def enough(number, value):
    how, wanted = value.get("how", "at_least"), value.get("number", 1)
    return {
        "at_least": number >= wanted,
        "at_most": number <= wanted,
        "exactly": number == wanted,
        "none": number == 0,
    }[how]


def holds(node, contact, at):
    """The verdict of one node of a stored rule on one contact."""
    value = node["value"]
    if node["type"] == "group":
        verdicts = [holds(child, contact, at) for child in value["conditions"]]
        match value["match"]:
            case "all":
                return all(verdicts)
            case "any":
                return any(verdicts)
        return not any(verdicts)
    return MEANINGS[node["type"]](contact, value, at)


def load():
    """Everybody who is not archived, with all that the replay looks at."""
    related = (
        *("values__choice", "values__definition", "points__consents__topic"),
        *("affiliations__organisation", "uses", "stage_periods"),
        *("purchases__lines__category", "bookings", "touchpoints", "inquiries"),
        *("deliveries__responses", "memberships__segment"),
        *("first_touch", "frequency"),
        *("deal_roles__deal__stage", "deal_roles__deal__lost_reason"),
        *("plan_periods__plan", "pages_read"),
    )
    summaries = ("frequency", "use_summary")
    current = models.Contact.objects.filter(archived_at=None)
    people = list(current.select_related(*summaries).prefetch_related(*related))
    site = {page.pk: page for page in Page.objects.specific()}
    for page in site.values():
        tags = getattr(page, "tags", None)
        page.tag_names = {tag.name for tag in tags.all()} if tags else set()
    tagged = list(models.UseCategory.objects.select_related("category"))
    for person in people:
        person.site = site
        person.tagged = [row for row in tagged if row.contact_id == person.pk]
    return people


def replay(rule, at, people):
    """The ids of those *people* for whom every node of *rule* holds."""
    return {
        contact.pk
        for contact in people
        if all(holds(node, contact, at) for node in rule)
    }


def attribute(contact, value, at):
    rows = [
        row for row in contact.values.all() if row.definition.key == value["attribute"]
    ]
    operator = value["operator"]
    if operator in {"filled", "empty"}:
        return bool(rows) is (operator == "filled")
    return any(_value_holds(row, operator, value, at) for row in rows)


def _value_holds(row, operator, value, at):
    tests = {
        "one_of": lambda: f"{value['attribute']}:{row.choice.key}" in value["choices"],
        "is": lambda: row.text == value["text"],
        "contains": lambda: value["text"].lower() in row.text.lower(),
        "starts": lambda: row.text.lower().startswith(value["text"].lower()),
        "yes": lambda: row.number == 1,
        "no": lambda: row.number == 0,
        "date": lambda: inside(row.date, value, at),
        "number_is": lambda: row.number == value["number"],
        "at_least": lambda: row.number >= value["number"],
        "at_most": lambda: row.number <= value["number"],
        "between": lambda: value["number"] <= row.number <= value["number_to"],
    }
    return tests[operator]()


def owner(contact, value, at):
    if value["owner"] == "nobody":
        return contact.owner_id is None
    return str(contact.owner_id) == value["owner"]


def birthday(contact, value, at):
    born = contact.birth_on
    if value["kind"] == "unknown":
        return born is None
    if born is None:
        return False
    if value["kind"] == "month":
        return born.month == int(value["month"])
    days = [local(at) + dt.timedelta(days=ahead) for ahead in range(value["days"] + 1)]
    return any(_celebrates(born, day) for day in days)


def _celebrates(born, day):
    if (born.month, born.day) == (2, 29) and not calendar.isleap(day.year):
        return (day.month, day.day) == (2, 28)
    return (born.month, born.day) == (day.month, day.day)


def point(contact, value, at):
    points = [row for row in contact.points.all() if row.kind == value["kind"]]
    return {
        "any": bool(points),
        "none": not points,
        "confirmed": any(row.verified_at for row in points),
        "unconfirmed": any(row.verified_at is None for row in points),
        "undeliverable": any(row.undeliverable_at for row in points),
    }[value["state"]]


def place(contact, value, at):
    return any(
        row.kind == "postal"
        and (not value["prefecture"] or row.prefecture == value["prefecture"])
        and row.city.startswith(value["city"])
        for row in contact.points.all()
    )


def source(contact, value, at):
    touch = getattr(contact, "first_touch", None)
    if touch is None:
        return False
    if value["what"] == "source":
        return value["name"] in (touch.source, touch.channel)
    return getattr(touch, value["what"]) == value["name"]


def confirmed(contact, value, at):
    return bool(contact.confirmed_at) is (value["state"] == "confirmed")


def last_touch(contact, value, at):
    row = getattr(contact, "frequency", None)
    return bool(row and row.last_at) and inside(row.last_at, value, at)


def organisation(contact, value, at):
    names = [
        row.organisation.name
        for row in contact.affiliations.all()
        if row.ended_on is None or row.ended_on >= local(at)
    ]
    if value["state"] == "named":
        return any(value["name"].lower() in name.lower() for name in names)
    return bool(names) is (value["state"] == "any")


def affiliation(contact, value, at):
    return any(
        row.authority in value["roles"]
        for row in contact.affiliations.all()
        if row.ended_on is None or row.ended_on >= local(at)
    )


def age(contact, value, at):
    born, today = contact.birth_on, local(at)
    if born is None:
        return False
    before = (today.month, today.day) < (born.month, born.day)
    return value["youngest"] <= today.year - born.year - before <= value["oldest"]


def consent(contact, value, at):
    states = [
        row.state
        for point in contact.points.all()
        for row in point.consents.all()
        if row.topic.key == value["topic"]
    ]
    return not states if value["state"] == "none" else value["state"] in states


def stage(contact, value, at):
    open_periods = [row for row in contact.stage_periods.all() if not row.ended_on]
    return any(row.stage in value["stages"] for row in open_periods)


def uses(contact, value, at):
    rows = [row for row in _use_rows(contact, value) if inside(row.on, value, at)]
    return enough(len(rows), value)


def _use_rows(contact, value):
    if not value.get("category"):
        return contact.uses.all()
    return [row for row in contact.tagged if row.category.key == value["category"]]


def contact_days(contact, value, at):
    row = getattr(contact, "frequency", None)
    return enough(getattr(row, f"days_{value['window']}", 0), value)


def contact_trend(contact, value, at):
    row = getattr(contact, "frequency", None)
    now, before = (row.days_90, row.before_90) if row else (0, 0)
    return {
        "halved": before > 0 and now * 2 <= before,
        "fewer": now < before,
        "more": now > before,
        "doubled": now > 0 and now >= before * 2,
    }[value["trend"]]


def best(contact, value, at):
    by = {"days": ["days_365"], "sales": ["net_365"]}
    return all(
        _among_the_best(contact, column, value["percent"])
        for column in by.get(value["measure"], ["days_365", "net_365"])
    )


def _among_the_best(contact, column, percent):
    model = {"days_365": models.ContactFrequency, "net_365": models.ContactSales}
    known = dict(model[column].objects.values_list("contact_id", column))
    ranked = sorted((number for number in known.values() if number > 0), reverse=True)
    last = -(-len(ranked) * percent // 100) - 1
    return bool(ranked) and known.get(contact.pk, 0) >= ranked[last]


def late(contact, value, at):
    row = getattr(contact, "use_summary", None)
    return bool(row and row.late_on and row.late_on <= local(at))


def last_use(contact, value, at):
    days = [row.on for row in contact.uses.all()]
    return bool(days) and inside(max(days), value, at)


def more_uses(contact, value, at):
    more, less = (
        sum(inside(row.on, value, at) for row in _use_rows(contact, {"category": key}))
        for key in (value["more"], value["less"])
    )
    return more > less


def purchases(contact, value, at):
    lines = [
        (purchase.pk, line.amount)
        for purchase in contact.purchases.all()
        if inside(purchase.on, value, at)
        for line in purchase.lines.all()
        if not value.get("category")
        or (line.category and line.category.key == value["category"])
    ]
    bought = {pk for pk, amount in lines if amount > 0}
    if value["how"] == "none":
        return not bought
    if value["measure"] == "count":
        return enough(len(bought), value)
    return enough(sum(amount for _pk, amount in lines), value)


def bookings(contact, value, at):
    kinds = {
        "made": lambda row: True,
        "came": lambda row: row.came_at,
        "no_show": lambda row: row.no_show_at,
        "cancelled": lambda row: row.cancelled_at,
        "standing": lambda row: (
            not row.cancelled_at and not row.came_at and row.starts_at > at
        ),
    }
    rows = [
        row
        for row in contact.bookings.all()
        if kinds[value["kind"]](row)
        and inside(
            row.created_at if value["kind"] == "made" else row.starts_at, value, at
        )
    ]
    return enough(len(rows), value)


def touchpoints(contact, value, at):
    rows = [
        row
        for row in contact.touchpoints.all()
        if not row.machine
        and not row.unverified
        and inside(row.at, value, at)
        and all(
            not value.get(name) or getattr(row, name) == value[name]
            for name in ("kind", "direction")
        )
    ]
    return enough(len(rows), value)


def pages_read(contact, value, at):
    site = contact.site
    meant = {
        "any": lambda page: True,
        "page": lambda page: page.pk == value["page"],
        "below": lambda page: page.path.startswith(site[value["page"]].path),
        "type": lambda page: page._meta.label == value["page_type"],
        "tag": lambda page: value["tag"] in page.tag_names,
    }[value["where"]]
    rows = [
        row
        for row in contact.pages_read.all()
        if inside(row.on, value, at) and meant(site[row.page_id])
    ]
    return enough(len(rows), value)


def site_searches(contact, value, at):
    words = value["words"].lower()
    rows = [
        row
        for row in contact.touchpoints.all()
        if row.kind == "search"
        and row.summary
        and not row.machine
        and inside(row.at, value, at)
        and (words in row.summary.lower() or jaconv.hira2kata(words) in row.summary)
        and (value["found"] != "nothing" or row.result == "nothing")
        and (value["found"] != "something" or row.result != "nothing")
    ]
    return enough(len(rows), value)


def open_inquiry(contact, value, at):
    rows = [row for row in contact.inquiries.all() if row.closed_at is None]
    return any(not value["kind"] or row.kind == value["kind"] for row in rows)


def messages(contact, value, at):
    sent = [row for row in contact.deliveries.all() if row.mailing_id]
    if value["kind"] == "sent":
        hits = [r for r in sent if r.state == "sent" and inside(r.sent_at, value, at)]
    else:
        hits = [
            response
            for row in sent
            for response in row.responses.all()
            if not response.machine and inside(response.at, value, at)
        ]
    return enough(len(hits), value)


def segment(contact, value, at):
    inside_now = any(
        row.left_at is None
        for row in contact.memberships.all()
        if row.segment.key == value["segment"]
    )
    return inside_now is (value["state"] == "in")


def open_deal(contact, value, at):
    return any(
        _deal_fits(row.deal, value, at)
        for row in contact.deal_roles.all()
        if row.deal.closed_at is None
    )


def _deal_fits(deal, value, at):
    if value["stages"] and deal.stage.key not in value["stages"]:
        return False
    if value["size"] != "any":
        if deal.amount is None:
            return False
        if not enough(deal.amount, {"how": value["size"], "number": value["amount"]}):
            return False
    age = (local(at) - local(deal.opened_at)).days
    return {
        "any": True,
        "longer": age > value["open_days"],
        "shorter": age <= value["open_days"],
    }[value["age"]]


def closed_deals(contact, value, at):
    rows = [
        row.deal
        for row in contact.deal_roles.all()
        if row.deal.closed_at
        and row.deal.stage.kind == value["outcome"]
        and inside(row.deal.closed_at, value, at)
    ]
    if value["outcome"] == "lost" and value["reasons"]:
        rows = [deal for deal in rows if deal.lost_reason.key in value["reasons"]]
    return enough(len(rows), value)


def _of_plans(contact, value):
    rows = sorted(contact.plan_periods.all(), key=lambda row: row.started_on)
    return [
        (before, row, after)
        for before, row, after in zip(
            [None, *rows], rows, [*rows[1:], None], strict=False
        )
        if not value["plans"] or row.plan.key in value["plans"]
    ]


def plan(contact, value, at):
    today = local(at)
    begun = [
        row for _b, row, _a in _of_plans(contact, value) if row.started_on <= today
    ]
    if value["state"] == "ever":
        return bool(begun)
    return any(row.ended_on is None or row.ended_on >= today for row in begun)


def plan_change(contact, value, at):
    return any(
        _changed(before, row, after, value, at)
        for before, row, after in _of_plans(contact, value)
    )


def _changed(before, row, after, value, at):
    day = dt.timedelta(days=1)
    if value["change"] == "ended":
        over = row.ended_on is not None and row.ended_on < local(at)
        goes_on = over and after and after.started_on == row.ended_on + day
        return over and not goes_on and inside(row.ended_on, value, at)
    if row.started_on > local(at) or not inside(row.started_on, value, at):
        return False
    came_from = before and before.ended_on == row.started_on - day and before.plan
    if value["change"] == "begun":
        return not came_from
    if not came_from:
        return False
    step = row.plan.rank - came_from.rank
    return step > 0 if value["change"] == "up" else step < 0


MEANINGS = {
    "attribute": attribute,
    "language": lambda contact, value, at: contact.language in value["languages"],
    "heard_from": lambda contact, value, at: contact.heard_from in value["answers"],
    "owner": owner,
    "created": lambda contact, value, at: inside(contact.created_at, value, at),
    "birthday": birthday,
    "confirmed": confirmed,
    "place": place,
    "source": source,
    "last_touch": last_touch,
    "point": point,
    "organisation": organisation,
    "affiliation": affiliation,
    "age": age,
    "consent": consent,
    "stage": stage,
    "uses": uses,
    "last_use": last_use,
    "contact_days": contact_days,
    "contact_trend": contact_trend,
    "best": best,
    "late": late,
    "more_uses": more_uses,
    "purchases": purchases,
    "bookings": bookings,
    "touchpoints": touchpoints,
    "pages_read": pages_read,
    "site_searches": site_searches,
    "open_inquiry": open_inquiry,
    "messages": messages,
    "segment": segment,
    "open_deal": open_deal,
    "closed_deals": closed_deals,
    "plan": plan,
    "plan_change": plan_change,
}

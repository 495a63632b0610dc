"""What each condition means, said once more in plain Python over loaded rows."""

import calendar
import datetime as dt
import hashlib
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import jaconv
from django.conf import settings
from wagtail.models import Page

from crm_plugin import models
from crm_plugin.journal import Change

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = dt.timedelta(days=1)


def zone():
    return ZoneInfo(settings.TIME_ZONE)


def local(moment):
    return moment.astimezone(zone()).date()


def inside(day, value, at):
    """Whether *day* lies in the period of *value*."""
    if isinstance(day, dt.datetime):
        day = local(day)
    first, last = days_of(value, at)
    return first <= day <= last


def days_of(value, at):
    """The first and the last day of the period of *value*."""
    today = local(at)
    days, far = (
        dt.timedelta(days=value.get(name) or 0) for name in ("days", "days_to")
    )
    when = value.get("when") or ""
    if when.partition("_")[2] in BEGINNINGS:
        return _stretch(today, when)
    return {
        "months": (_months_ago(today, value.get("months") or 0), today),
        "last": (today - days, today),
        "before": (dt.date.min, today - days - dt.timedelta(days=1)),
        "ago": (today - far, today - days),
        "next": (today, today + days),
        "dates": (
            value.get("from_on") or dt.date.min,
            value.get("to_on") or dt.date.max,
        ),
    }.get(value.get("when"), (dt.date.min, dt.date.max))


# In which months the stretches of the calendar begin, where the world has its fiscal year.
BEGINNINGS = {
    "month": set(range(1, 13)),
    "quarter": {2, 5, 8, 11},
    "year": {1},
    "fiscal_year": {2},
}


def _stretch(today, when):
    """Day by day to the ends of the stretch around today, or of the one beside it."""
    which, _word, unit = when.partition("_")
    first, last = _around(today, unit)
    if which == "last":
        return _around(first - DAY, unit)
    return _around(last + DAY, unit) if which == "next" else (first, last)


def _around(day, unit):
    def begins(day):
        return day.day == 1 and day.month in BEGINNINGS[unit]

    first, after = day, day + DAY
    while not begins(first):
        first -= DAY
    while not begins(after):
        after += DAY
    return first, after - DAY


def _months_ago(day, number):
    month = day.replace(day=1)
    for _month in range(number):
        month = (month - DAY).replace(day=1)
    return min(month + (day.day - 1) * DAY, _around(month, "month")[1])


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


def load(*, archived=False):
    """Everybody who is not archived, with all that the replay looks at."""
    related = (
        *("values__choice", "values__definition", "points__consents__topic"),
        *("affiliations__organisation", "affiliations__department"),
        *("uses", "stage_periods"),
        *("purchases__lines__category", "purchases__lines__product"),
        *("bookings", "touchpoints", "inquiries", "introductions"),
        *("follow_ups", "waiting__booking", "waiting__service", "claims__submission"),
        *("deliveries__responses", "memberships__segment"),
        *("deliveries__mailing__campaign", "first_touch", "frequency"),
        *("sales__first_category", "preference"),
        *("deal_roles__deal__stage", "deal_roles__deal__lost_reason"),
        "deal_roles__deal__stage_periods__stage",
        *("plan_periods__plan", "pages_read", "ratings", "submissions"),
        *("segment_picks__segment", "scores__score", "aliases"),
    )
    summaries = ("frequency", "use_summary")
    everybody = models.Contact.objects.all()
    current = everybody if archived else everybody.filter(archived_at=None)
    people = list(current.select_related(*summaries).prefetch_related(*related))
    site = {page.pk: page for page in Page.objects.specific()}
    for page in site.values():
        tags = getattr(page, "tags", None)
        page.tag_names = {tag.name for tag in tags.all()} if tags else set()
    subjects = dict(models.ConsentSubject.objects.values_list("subject", "contact_id"))
    said = list(models.ConsentEvent.objects.order_by("id"))
    tagged = list(models.UseCategory.objects.select_related("category"))
    sheets = {batch.pk: _brought(batch) for batch in models.ImportBatch.objects.all()}
    tables = models.OrganisationValue, models.DepartmentValue
    firms = [
        row for each in tables for row in each.objects.select_related("definition")
    ]
    summaries_of_all = (models.ContactFrequency, models.ContactSales)
    figures = {model: list(model.objects.all()) for model in summaries_of_all}
    for person in people:
        person.everybody = figures
        person.site = site
        person.said = [row for row in said if subjects.get(row.subject) == person.pk]
        person.sheets, person.firm_values = sheets, firms
        person.tagged = [row for row in tagged if row.contact_id == person.pk]
    return people


def _brought(batch):
    """Who was touched by a sheet and who was made by it; who bought, of a till's."""
    told = list(Change.objects.filter(operation=batch.operation_id))
    if batch.noun == "purchases":
        bought = {row.object_id for row in told}
        sold = models.Purchase.objects.filter(pk__in=bought, contact__isnull=False)
        return {row.contact_id for row in sold}, set()
    made = {row.about for row in told if row.model == "contact" and not row.field}
    return {row.about for row in told}, made


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
    return _values_hold(rows, value, at)


def _values_hold(rows, value, at):
    operator = value["operator"]
    if operator in {"grew", "fell"}:
        return _ran(rows, operator, value["years"])
    if rows and rows[0].definition.dated:
        newest = max(row.slot for row in rows)
        rows = [row for row in rows if row.slot == newest]
    if operator in {"filled", "empty"}:
        return bool(rows) is (operator == "filled")
    if operator == "all_of":
        held = {f"{value['attribute']}:{row.choice.key}" for row in rows}
        return set(value["choices"]) <= held
    return any(_value_holds(row, operator, value, at) for row in rows)


def _value_holds(row, operator, value, at):
    tests = {
        "recorded": lambda: inside(row.updated_at, value, at),
        "one_of": lambda: f"{value['attribute']}:{row.choice.key}" in value["choices"],
        "is": lambda: row.text == value["text"],
        "contains": lambda: value["text"].lower() in _words(row),
        "starts": lambda: _words(row).startswith(value["text"].lower()),
        "yes": lambda: row.number == 1,
        "no": lambda: row.number == 0,
        "date": lambda: inside(row.date, value, at),
        "number_is": lambda: row.number == value["number"],
        "at_least": lambda: row.number >= value["number"],
        "at_most": lambda: row.number <= value["number"],
        "between": lambda: value["number"] <= row.number <= value["number_to"],
    }
    return tests[operator]()


def _words(row):
    return (row.text if row.long_text is None else row.long_text).lower()


def _ran(rows, operator, years):
    """The newest figure is that of a year, and each of so many led up (or down) to it."""
    figures = {row.slot: row.number for row in rows}
    newest = max(figures, default="")
    if len(newest) != 4:
        return False
    row = [figures.get(str(int(newest) - ago)) for ago in range(years + 1)]
    if None in row:
        return False
    return all(
        later > before if operator == "grew" else later < before
        for later, before in pairwise(row)
    )


def owner(contact, value, at):
    if value["owner"] == "nobody":
        return contact.owner_id is None
    return str(contact.owner_id) == value["owner"]


def birthday(contact, value, at):
    born = contact.birth_on
    if value["kind"] == "unknown":
        return born is None
    return born is not None and _comes_round(born, value, at)


def anniversary(contact, value, at):
    return any(
        _comes_round(row.date, value, at)
        for row in contact.values.all()
        if row.definition.key == value["attribute"]
    )


def first_use_anniversary(contact, value, at):
    return _anniversary_of([row.on for row in contact.uses.all()], value, at)


def first_purchase_anniversary(contact, value, at):
    row = getattr(contact, "sales", None)
    return _anniversary_of([row.first_on] if row and row.first_on else [], value, at)


def _anniversary_of(days, value, at):
    if not days or not _comes_round(min(days), value, at):
        return False
    first, today = min(days), local(at)
    if value["kind"] in ("month", "this_month"):
        return (first.year, first.month) < (today.year, today.month)
    return first < today


def _comes_round(born, value, at):
    if value["kind"] == "month":
        return born.month == int(value["month"])
    if value["kind"] in ("this_month", "next_month"):
        return born.month == _stretch(local(at), value["kind"])[0].month
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
    def named(name):
        return tuple(value.get(name, "").split("、"))

    wanted = [
        {"tokyo": "東京都", "東京": "東京都"}.get(n, n) for n in named("prefecture")
    ]
    return any(
        row.kind == "postal"
        and (not value["prefecture"] or row.prefecture in wanted)
        and row.city.startswith(named("city"))
        and row.postal_code.startswith(named("postal_code"))
        for row in contact.points.all()
    )


def name(contact, value, at):
    parts = {
        "name": (contact.family_name, contact.given_name),
        "reading": (contact.family_kana, contact.given_kana),
    }[value["which"]]
    if value["test"] == "starts":
        start = jaconv.hira2kata(value["text"]).lower()
        return any(part.lower().startswith(start) for part in parts)
    return any(parts) is (value["test"] == "filled")


def introductions(contact, value, at):
    if value["kind"] == "came":
        introduced = contact.introduced_by_id is not None
        return introduced and inside(contact.created_at, value, at)
    brought = [
        row for row in contact.introductions.all() if inside(row.created_at, value, at)
    ]
    return enough(len(brought), value)


def share(contact, value, at):
    prime = 2**31 - 1
    digest = hashlib.sha256(value["key"].encode()).digest()
    factor, shift = (int.from_bytes(part, "big") for part in (digest[:8], digest[8:16]))
    start = contact.pk * (1 + factor % (prime - 1)) + shift
    return pow(start, 5, prime) < prime * value["percent"] // 100


def first_touch(contact, value, at):
    touch = getattr(contact, "first_touch", None)
    return bool(touch) and (
        inside(touch.at, value, at)
        and value["landing"].lower() in touch.landing_url.lower()
        and value["referrer"].lower() in touch.referrer.lower()
    )


def source(contact, value, at):
    touch = getattr(contact, "first_touch", None)
    if touch is None:
        return False
    name = value["name"].lower()
    if value["what"] == "source":
        return name in (touch.source.lower(), touch.channel)
    return getattr(touch, value["what"]).lower() == name


def confirmed(contact, value, at):
    return bool(contact.confirmed_at) is (value["state"] == "confirmed")


def last_touch(contact, value, at):
    row = getattr(contact, "frequency", None)
    if not row or not row.last_at:
        return value["or_never"]
    return inside(row.last_at, value, at)


def _places(contact, at):
    """Where they work on the day of *at*, as far as the organisation is not archived."""
    return [
        row
        for row in contact.affiliations.all()
        if row.organisation.archived_at is None
        and (row.started_on is None or row.started_on <= local(at))
        and (row.ended_on is None or row.ended_on >= local(at))
    ]


def organisation(contact, value, at):
    names = [row.organisation.name for row in _places(contact, at)]
    if value["state"] == "named":
        return any(value["name"].lower() in name.lower() for name in names)
    return bool(names) is (value["state"] == "any")


def organisation_attribute(contact, value, at):
    known = [
        row for row in contact.firm_values if row.definition.key == value["attribute"]
    ]
    owner = "department_id" if value["attribute"] == "heads" else "organisation_id"
    return any(
        _values_hold([row for row in known if row.owner_id == pk], value, at)
        for pk in (getattr(row, owner) for row in _places(contact, at))
    )


def affiliation(contact, value, at):
    return any(
        (not value["roles"] or row.authority in value["roles"])
        and (value["budget"] is None or (row.budget or 0) >= value["budget"])
        and value["title"].lower() in row.title.lower()
        and value["department"].lower()
        in (row.department.name.lower() if row.department else "")
        for row in _places(contact, at)
    )


def age(contact, value, at):
    born, today = contact.birth_on, local(at)
    if born is None:
        return False
    before = (today.month, today.day) < (born.month, born.day)
    years = today.year - born.year - before
    youngest, oldest = value["youngest"], value["oldest"]
    return (youngest is None or youngest <= years) and (
        oldest is None or years <= oldest
    )


def consent(contact, value, at):
    rows = [
        row
        for point in contact.points.all()
        for row in point.consents.all()
        if row.topic.key == value["topic"]
        and (not value["channel"] or point.kind == value["channel"])
    ]
    if value["state"] == "none":
        return not rows
    return any(
        row.state == value["state"] and inside(row.at, value, at) for row in rows
    )


def preference(contact, value, at):
    row = getattr(contact, "preference", None)
    if row is None:
        return False
    if value["wish"] == "paused":
        return row.paused_until is not None and row.paused_until >= local(at)
    return getattr(row, value["wish"]) == value[value["wish"]]


def stage(contact, value, at):
    open_periods = [row for row in contact.stage_periods.all() if not row.ended_on]
    return any(row.stage in value["stages"] for row in open_periods)


def uses(contact, value, at):
    rows = [row for row in _use_rows(contact, value) if inside(row.on, value, at)]
    return enough(len(rows), value)


def which_use(contact, value, at):
    wanted = value["number"]
    return any(
        inside(row.on, value, at)
        for row in contact.uses.all()
        if row.number == wanted or (value["or_later"] and row.number > wanted)
    )


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
    return gone(value["trend"], now, before)


def gone(trend, now, before):
    return {
        "halved": before > 0 and now * 2 <= before,
        "fewer": now < before,
        "more": now > before,
        "doubled": now > 0 and now >= before * 2,
    }[trend]


def best(contact, value, at):
    by = {"days": ["days_365"], "sales": ["net_365"]}
    return all(
        _among_the_best(contact, column, value["percent"])
        for column in by.get(value["measure"], ["days_365", "net_365"])
    )


def _among_the_best(contact, column, percent):
    model = {"days_365": models.ContactFrequency, "net_365": models.ContactSales}
    rows = contact.everybody[model[column]]
    known = {row.contact_id: getattr(row, column) for row in rows}
    return _in_the_top(known, contact, percent)


def _in_the_top(known, contact, percent):
    ranked = sorted((number for number in known.values() if number > 0), reverse=True)
    last = -(-len(ranked) * percent // 100) - 1
    return bool(ranked) and known.get(contact.pk, 0) >= ranked[last]


def late(contact, value, at):
    row = getattr(contact, "use_summary", None)
    return bool(row and row.late_on and row.late_on <= local(at))


def last_use(contact, value, at):
    days = [row.on for row in contact.uses.all()]
    return inside(max(days), value, at) if days else value["or_never"]


def rhythm(contact, value, at):
    row = getattr(contact, "use_summary", None)
    if row is None or row.usual_gap_days is None:
        return False
    figure = row.usual_gap_days
    if value["measure"] == "rate":
        figure = Fraction(365, figure)
    return enough(figure, value)


def more_uses(contact, value, at):
    more, less = (
        sum(inside(row.on, value, at) for row in _use_rows(contact, {"category": key}))
        for key in (value["more"], value["less"])
    )
    return more > less


def purchases(contact, value, at):
    found = [
        purchase
        for purchase in contact.purchases.all()
        if inside(purchase.on, value, at)
        and all(
            not value[way] or getattr(purchase, way) == value[way]
            for way in ("channel", "payment")
        )
    ]
    if value["category"] or value["product"]:
        amounts = [
            (purchase.pk, line.amount)
            for purchase in found
            for line in purchase.lines.all()
            if _line_fits(line, value)
        ]
    else:
        amounts = [(purchase.pk, purchase.amount) for purchase in found]
    bought = {pk for pk, amount in amounts if amount > 0}
    total = sum(amount for _pk, amount in amounts)
    if value["how"] == "none":
        return not bought
    if value["measure"] == "count":
        return enough(len(bought), value)
    if value["measure"] == "average":
        return bool(bought) and enough(Fraction(total) / len(bought), value)
    return enough(total, value)


def _line_fits(line, value):
    category, product = value["category"], value["product"]
    if category and (line.category is None or line.category.key != category):
        return False
    return not product or (line.product is not None and line.product.code == product)


def purchase_day(contact, value, at):
    if value["which"] != "began" and (value["category"] or value["product"]):
        return _day_of_lines(contact, value, at)
    row = getattr(contact, "sales", None)
    day = row and (row.last_on if value["which"] == "last" else row.first_on)
    if not day:
        return value["or_never"]
    if value["which"] == "began":
        first = row.first_category
        if first is None or first.key != value["category"]:
            return False
    return inside(day, value, at)


def _day_of_lines(contact, value, at):
    days = [
        purchase.on
        for purchase in contact.purchases.all()
        for line in purchase.lines.all()
        if line.amount > 0 and _line_fits(line, value)
    ]
    if not days:
        return value["or_never"]
    return inside((max if value["which"] == "last" else min)(days), value, at)


def rfm(contact, value, at):
    since = local(at) - dt.timedelta(days=364)
    rows = contact.everybody[models.ContactSales]
    mine = next((row for row in rows if row.contact_id == contact.pk), None)
    if mine is None or mine.last_on is None or mine.last_on < since:
        return False
    days = [row.last_on for row in rows if row.last_on and row.last_on >= since]
    times = [row.count_365 for row in rows if row.count_365 > 0]
    sums = [row.net_365 for row in rows if row.net_365 > 0]
    scores = {
        "recency": _score(mine.last_on, days),
        "frequency": _score(mine.count_365, times),
        "monetary": _score(mine.net_365, sums),
    }
    return all(
        value[f"{name}_from"] <= score <= value[f"{name}_to"]
        for name, score in scores.items()
    )


def _score(mine, figures):
    """In which fifth, counted from the best, the first of those like mine stands."""
    if mine not in figures:
        return 1
    better = sum(figure > mine for figure in figures)
    fifth = next(n for n in range(1, 6) if better < -(-len(figures) * n // 5))
    return 6 - fifth


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


def of_sort(contact, value):
    return [
        row
        for row in contact.touchpoints.all()
        if not row.machine
        and not row.unverified
        and all(
            not value.get(name) or getattr(row, name) == value[name]
            for name in ("kind", "channel", "direction", "phase")
        )
        and (not value["tag"] or value["tag"] in row.tags.lower().split(", "))
        and any(
            value["words"].lower() in words.lower() for words in (row.summary, row.body)
        )
    ]


def touchpoints(contact, value, at):
    rows = [row for row in of_sort(contact, value) if inside(row.at, value, at)]
    return enough(len(rows), value)


def latest_touchpoint(contact, value, at):
    moments = [row.at for row in of_sort(contact, value)]
    return inside(max(moments), value, at) if moments else value["or_never"]


def touchpoint_trend(contact, value, at):
    ages = [(local(at) - local(row.at)).days for row in of_sort(contact, value)]
    now = sum(0 <= age < value["days"] for age in ages)
    before = sum(value["days"] <= age < 2 * value["days"] for age in ages)
    return gone(value["trend"], now, before)


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


def rated(contact, value, at):
    rows = [
        row
        for row in contact.ratings.all()
        if row.scale == value["scale"]
        and not row.unverified
        and inside(row.at, value, at)
    ]
    if value["which"] == "latest":
        newest = max((row.at for row in rows), default=None)
        rows = [row for row in rows if row.at == newest]
    return any(value["least"] <= row.score <= value["most"] for row in rows)


def sent_form(contact, value, at):
    rows = [
        row
        for row in contact.submissions.all()
        if row.state in ("processed", "taken_in")
        and inside(row.received_at, value, at)
        and value["page"] in ("", str(row.page_id))
        and (value["trust"] == "sent" or row.verified_for)
    ]
    return enough(len(rows), value)


def picked(contact, value, at):
    rows = contact.segment_picks.all()
    return any(row.segment.key == value["segment"] for row in rows)


def score(contact, value, at):
    if value["how"] == "top":
        rows = models.ContactScore.objects.filter(score__key=value["score"])
        known = dict(rows.values_list("contact_id", "value"))
        return _in_the_top(known, contact, value["percent"])
    rows = contact.scores.all()
    mine = sum(row.value for row in rows if row.score.key == value["score"])
    if value["how"] == "between":
        return value["number"] <= mine <= value["number_to"]
    return enough(mine, value)


def imported(contact, value, at):
    touched, made = contact.sheets[value["batch"]]
    asked = {"any": touched, "made": made, "changed": touched - made}
    if not made:
        return contact.pk in touched
    names = {contact.pk, *(row.old_id for row in contact.aliases.all())}
    return bool(names & asked[value["kind"]])


def open_inquiry(contact, value, at):
    rows = [row for row in contact.inquiries.all() if row.closed_at is None]
    return any(not value["kind"] or row.kind == value["kind"] for row in rows)


def inquiries(contact, value, at):
    rows = [
        row
        for row in contact.inquiries.all()
        if _owned(row, value)
        and value["kind"] in ("", row.kind)
        and _inquired(row, value["state"], at)
        and (when := getattr(row, value["day"])) is not None
        and inside(when, value, at)
    ]
    return enough(len(rows), value)


def _inquired(row, state, at):
    return {
        "any": True,
        "open": row.closed_at is None,
        "overdue": row.closed_at is None and row.due_at <= at,
        "closed": row.closed_at is not None,
    }[state]


def _owned(row, value):
    owner = "nobody" if row.owner_id is None else str(row.owner_id)
    return value["owner"] in ("", owner)


def follow_up(contact, value, at):
    return any(
        _owned(row, value)
        and all(
            value[name] in ("", getattr(row, name)) for name in ("phase", "channel")
        )
        and inside(row.due_on, value, at)
        and {
            "open": not row.done_at,
            "late": not row.done_at and row.due_on < local(at),
            "done": row.done_at,
            "any": True,
        }[value["state"]]
        for row in contact.follow_ups.all()
    )


def waiting(contact, value, at):
    return any(
        row.booking is None
        and row.left_at is None
        and row.on >= local(at)
        and value["service"] in ("", row.service.key)
        and inside(row.on, value, at)
        for row in contact.waiting.all()
    )


def claim(contact, value, at):
    return any(
        row.state == "waiting" and inside(row.submission.received_at, value, at)
        for row in contact.claims.all()
    )


def stage_touchpoints(contact, value, at):
    rows = [
        row
        for row in contact.touchpoints.all()
        if not row.machine
        and row.kind != "note"
        and value["channel"] in ("", row.channel)
        and inside(row.at, value, at)
        and _stage_on(contact, local(row.at)) in value["stages"]
    ]
    return enough(len(rows), value)


def _stage_on(contact, day):
    for row in contact.stage_periods.all():
        if row.started_on <= day and (row.ended_on is None or row.ended_on > day):
            return row.stage
    return None


def messages(contact, value, at):
    sent = [
        row
        for row in contact.deliveries.all()
        if row.mailing_id and (not value["topic"] or row.topic_id)
    ]
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


def campaign(contact, value, at):
    letters = [
        row
        for row in contact.deliveries.all()
        if row.mailing.campaign_id == value["campaign"]
    ]
    return _reacted(contact, letters, value, at)


def mailing(contact, value, at):
    letters = [
        row for row in contact.deliveries.all() if row.mailing_id == value["mailing"]
    ]
    return _reacted(contact, letters, value, at)


def _reacted(contact, letters, value, at):
    clicks = [
        response
        for row in letters
        for response in row.responses.all()
        if not response.machine
    ]
    if value["kind"] == "clicked":
        return any(inside(click.at, value, at) for click in clicks)
    letters = [r for r in letters if r.state == "sent" and inside(r.sent_at, value, at)]
    done = any(_reached_its_goal(contact, row, value["act"]) for row in letters)
    wanted = {"silent": not clicks, "converted": done, "unconverted": not done}
    return bool(letters) and wanted.get(value["kind"], True)


def _reached_its_goal(contact, letter, act):
    campaign = letter.mailing.campaign
    if campaign is None:
        return False
    goal, days = act or campaign.goal, campaign.goal_days
    first, last = letter.sent_at, letter.sent_at + dt.timedelta(days=days)
    if goal == "use":
        used = (row.on for row in contact.uses.all())
        return any(local(first) <= day <= local(last) for day in used)
    moments = {
        "booking": [r.created_at for r in contact.bookings.all() if not r.cancelled_at],
        "sales": [r.at for r in contact.purchases.all() if r.amount > 0],
        "answer": [r.received_at for r in contact.inquiries.all()],
        "submit": [
            row.received_at
            for row in contact.submissions.all()
            if row.state in ("taken_in", "processed")
        ],
    }[goal]
    return any(first <= moment <= last for moment in moments)


def no_reaction(contact, value, at):
    sent = [row for row in contact.deliveries.all() if row.mailing_id]
    clicked = [
        row.sent_at
        for row in sent
        if any(not response.machine for response in row.responses.all())
    ]
    since = max(clicked, default=None)
    unanswered = [
        row
        for row in sent
        if row.state == "sent" and (since is None or row.sent_at > since)
    ]
    return len(unanswered) >= value["number"]


def segment(contact, value, at):
    stays = [
        row for row in contact.memberships.all() if row.segment.key == value["segment"]
    ]
    state = value["state"]
    if state in {"in", "out"}:
        return any(row.left_at is None for row in stays) is (state == "in")
    if state == "was":
        return any(_touches(row, value, at) for row in stays)
    moments = [row.entered_at if state == "entered" else row.left_at for row in stays]
    return any(moment and inside(moment, value, at) for moment in moments)


def moved(contact, value, at):
    tomorrow = local(at) + dt.timedelta(days=1)
    first, last = days_of(value, at)
    # Later than today nobody has moved yet.
    first, end = min(first, tomorrow), min(last + dt.timedelta(days=1), tomorrow)
    sides = {value["before"], value["after"]} - {"", ":none"}
    if any(side.startswith("stage:") for side in sides):
        stays = [
            (f"stage:{row.stage}", row.started_on, row.ended_on or dt.date.max)
            for row in contact.stage_periods.all()
        ]
    else:
        stays = [
            (row.segment.key, local(row.entered_at), row)
            for row in contact.memberships.all()
            if row.segment.scheme_id
        ]
    at_start, at_end = (_standing(stays, day) for day in (first, end))
    if value["throughout"]:
        return bool(at_start & at_end) and _is(at_start & at_end, value["before"])
    return _is(at_start, value["before"]) and _is(at_end, value["after"])


def _standing(stays, day):
    """The stays that lasted when *day* began, each with the class that it is in."""
    midnight = dt.datetime.combine(day, dt.time.min, tzinfo=zone())
    return {
        (name, number)
        for number, (name, since, until) in enumerate(stays)
        if since < day
        and (
            until >= day
            if isinstance(until, dt.date)
            else until.left_at is None or until.left_at >= midnight
        )
    }


def _is(standing, wanted):
    names = {name for name, _number in standing}
    return not wanted or (not names if wanted == ":none" else wanted in names)


def _touches(stay, value, at):
    first, last = days_of(value, at)
    if local(stay.entered_at) > last:
        return False
    if stay.left_at is None or first == dt.date.min:
        return True
    return stay.left_at > dt.datetime.combine(first, dt.time.min, tzinfo=zone())


def open_deal(contact, value, at):
    return any(
        _deal_fits(row.deal, value, at)
        for row in _roles(contact, value)
        if row.deal.closed_at is None
    )


def _roles(contact, value):
    rows = contact.deal_roles.all()
    return [row for row in rows if not value["roles"] or row.role in value["roles"]]


def _deal_fits(deal, value, at):
    if value["stages"] and deal.stage.key not in value["stages"]:
        return False
    if value["size"] != "any":
        if deal.amount is None:
            return False
        if not enough(deal.amount, {"how": value["size"], "number": value["amount"]}):
            return False
    if value["due"] != "any":
        if deal.expected_on is None:
            return False
        left = (deal.expected_on - local(at)).days
        if not (left < 0 if value["due"] == "late" else 0 <= left <= value["due_days"]):
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
        for row in _roles(contact, value)
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
    if value["state"] == "ends":
        last = today + dt.timedelta(days=value["days"])
        return any(
            row.ended_on is not None
            and today <= row.ended_on <= last
            and not (after and after.started_on == row.ended_on + dt.timedelta(days=1))
            for _b, row, after in _of_plans(contact, value)
            if row.started_on <= today
        )
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
    "anniversary": anniversary,
    "first_use_anniversary": first_use_anniversary,
    "first_purchase_anniversary": first_purchase_anniversary,
    "name": name,
    "introductions": introductions,
    "share": share,
    "first_touch": first_touch,
    "preference": preference,
    "rhythm": rhythm,
    "purchase_day": purchase_day,
    "rfm": rfm,
    "campaign": campaign,
    "no_reaction": no_reaction,
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
    "which_use": which_use,
    "last_use": last_use,
    "contact_days": contact_days,
    "contact_trend": contact_trend,
    "best": best,
    "late": late,
    "more_uses": more_uses,
    "purchases": purchases,
    "bookings": bookings,
    "touchpoints": touchpoints,
    "latest_touchpoint": latest_touchpoint,
    "touchpoint_trend": touchpoint_trend,
    "pages_read": pages_read,
    "site_searches": site_searches,
    "open_inquiry": open_inquiry,
    "inquiries": inquiries,
    "follow_up": follow_up,
    "waiting": waiting,
    "claim": claim,
    "stage_touchpoints": stage_touchpoints,
    "messages": messages,
    "segment": segment,
    "moved": moved,
    "mailing": mailing,
    "open_deal": open_deal,
    "closed_deals": closed_deals,
    "plan": plan,
    "plan_change": plan_change,
    "organisation_attribute": organisation_attribute,
    "rated": rated,
    "sent_form": sent_form,
    "picked": picked,
    "score": score,
    "imported": imported,
}

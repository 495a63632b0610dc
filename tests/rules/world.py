"""A small world of contacts for comparing rules with a replay in plain Python."""

import datetime as dt
import os
import random

from django.contrib.auth.models import User
from django.utils.timezone import get_default_timezone

from crm_plugin import models, normalise, signing
from crm_plugin.consents import rebuild
from crm_plugin.contacts.merge.verb import merge_contacts
from crm_plugin.journal import Change, Operation
from crm_plugin.sales import plans
from tests import factories
from tests.site_tree import plant

# `make slow` builds another world every day; what fails tells by which seed.
SEED = int(os.environ.get("CRM_WORLD_SEED", "20260301"))
NOON = dt.datetime(2026, 3, 1, 3, tzinfo=dt.UTC)  # noon on 1 March in Tokyo
LONG_AGO = NOON - dt.timedelta(days=2_000)
SPAN = [0, 1, 6, 7, 13, 14, 29, 30, 31, 89, 90, 91, 119, 120, 121, 179, 180, 181, 365]


def moment(rng):
    """A moment up to a year before noon, often exactly at a local midnight."""
    day = local_day(NOON) - dt.timedelta(days=rng.choice(SPAN))
    return dt.datetime.combine(day, rng.choice(TIMES), get_default_timezone())


TIMES = [dt.time(12), dt.time(12), dt.time(0), dt.time(23, 59, 59), dt.time(17)]


def local_day(at):
    return at.astimezone(get_default_timezone()).date()


def build(number=24, seed=SEED):
    """Contacts with a bit of everything; the same for the same seed."""
    rng = random.Random(seed)
    shared = offered()
    for _index in range(number):
        contact = factories.ContactFactory(
            language=rng.choice(["ja", "en", ""]),
            heard_from=rng.choice(["search", "passing", ""]),
            owner=rng.choice([shared["user"], None]),
            birth_on=rng.choice([None, *BIRTHDAYS]),
            archived_at=rng.choice([None] * 9 + [NOON]),
            confirmed_at=rng.choice([NOON, None]),
            introduced_by=rng.choice([None, *shared["met"]]),
            **rng.choice(NAMES),
        )
        shared["met"].append(contact)
        models.Contact.objects.filter(pk=contact.pk).update(created_at=moment(rng))
        for fill in (
            *(_figures, _values, _reach, _uses, _dealings, _deals),
            *(_messages, _began, _plans, _site, _wishes, _stays, _moves),
            *(_rated, _sent, _picked, _points, _imported, _owed, _waits),
        ):
            if rng.random() < 0.8:
                fill(contact, rng, shared)
    factories.PurchaseFactory(contact=None, at=NOON)
    _merge(shared)
    _agree(random.Random(seed), shared["topic"])
    return shared


def _merge(shared):
    """Two records of one person became one: the second is the first one's since."""
    survivor, duplicate = [row for row in shared["met"] if not row.archived_at][:2]
    merge_contacts(survivor, duplicate, by=shared["user"])


NAMES = [
    {},
    {"family_kana": "タナカ", "given_kana": ""},
    {"family_kana": "", "given_kana": ""},
    {"family_name": "Tanaka", "given_name": "Hana"},
    {"family_name": "", "given_name": ""},
]
BIRTHDAYS = [
    dt.date(1980, 2, 28),
    dt.date(1984, 2, 29),
    dt.date(1990, 3, 1),
    dt.date(1991, 3, 8),
    dt.date(1999, 1, 1),
    dt.date(2000, 12, 31),
]


def offered():
    """All that a rule may ask about, before anybody is there."""
    models.CrmSettings.objects.create(fiscal_year_start=2)
    definitions = {
        key: factories.AttributeFactory(key=key, type=kind)
        for key, kind in (
            ("taste", "choice"),
            ("likes", "multi_choice"),
            ("points", "number"),
            ("vip", "yes_no"),
            ("wedding", "date"),
            ("nickname", "text"),
            ("story", "long_text"),
        )
    }
    definitions["rooms"] = factories.AttributeFactory(
        key="rooms", type="number", dated=True
    )
    for key in ("taste", "likes"):
        for choice in ("lunch", "dinner", "wine"):
            definitions[key].choices.create(key=choice, label=choice)
    goals = [
        ("spring", "booking"),
        ("may", "use"),
        ("gift", "sales"),
        ("ask", "answer"),
    ]
    campaigns = [
        factories.CampaignFactory(name=name, goal=goal, goal_days=7)
        for name, goal in goals
    ]
    return {
        "met": [],
        "pages": plant(),
        "user": User.objects.create_user("sato"),
        "definitions": definitions,
        "categories": [
            factories.CategoryFactory(key=key) for key in ("lunch", "dinner")
        ],
        "topic": factories.TopicFactory(),
        "service": factories.ServiceFactory(key="table"),
        "other_service": factories.ServiceFactory(key="lesson"),
        "organisations": _organisations(),
        "hand": factories.SegmentFactory(
            key="hand", rule=[{"type": "picked", "value": {"segment": "hand"}}]
        ),
        "warm": factories.ScoreFactory(key="warm"),
        "sheets": [_sheet("sheet.csv", "contacts"), _sheet("till.csv", "purchases")],
        "segment": factories.SegmentFactory(key="inner", first_published_at=LONG_AGO),
        "classes": _classes(),
        "mailings": [
            factories.MailingFactory(campaign=campaign)
            for campaign in [*campaigns, None]
        ],
        "products": [
            models.Product.objects.create(code=code, name=code)
            for code in ("cake", "tea")
        ],
        "stages": [
            factories.DealStageFactory(key=key) for key in ("question", "offer")
        ],
        "won": factories.DealStageFactory(key="won", kind="won"),
        "lost": factories.DealStageFactory(key="lost", kind="lost"),
        "plans": [
            factories.PlanFactory(key=key, rank=rank)
            for key, rank in (("basic", 10), ("plus", 20))
        ],
        "reasons": [
            models.LostReason.objects.create(key=key, name=key)
            for key in ("price", "date")
        ],
    }


def _organisations():
    """Four, of which more is known of each than of the one before; one is archived."""
    firms = [
        factories.OrganisationFactory(
            name=name, name_norm=normalise.organisation(name), archived_at=archived_at
        )
        for name, archived_at in (
            *(("Hikari", None), ("Zen", None), ("Mori", None)),
            ("Hikariya", NOON - dt.timedelta(days=30)),
        )
    ]
    staff, beds, heads, motto, branch = (
        factories.AttributeFactory(
            **{"key": key, "type": kind, "describes": "organisation", **said}
        )
        for key, kind, said in (
            ("staff", "number", {"label": "Staff"}),
            ("beds", "number", {"dated": True}),
            ("heads", "number", {"describes": "department"}),
            ("motto", "text", {}),
            ("branch", "choice", {}),
        )
    )
    inn, hall = (branch.choices.create(key=key, label=key) for key in ("inn", "hall"))
    rows = [
        *((1, staff, "", 5), (2, staff, "", 40), (3, staff, "", 40)),
        *((1, beds, "2024", 5), (1, beds, "2025", 10)),
        *((2, beds, "2025", 10), (2, beds, "2026-02", 1)),
        *((1, branch, "", inn), (2, branch, "", hall)),
        *((1, motto, "", "Light and rest"), (2, motto, "", "Rest")),
    ]
    for place, definition, slot, value in rows:
        models.OrganisationValue.objects.create(
            owner=firms[place],
            definition=definition,
            slot=slot,
            **{definition.column: value},
        )
    for firm in firms:
        firm.departments.create(name="Pre-sales")
        for name, number in (("Sales", 5), ("Kitchen", 10)):
            models.DepartmentValue.objects.create(
                owner=firm.departments.create(name=name),
                definition=heads,
                number=number,
            )
    for table in (models.OrganisationValue, models.DepartmentValue):
        for row, days in zip(table.objects.order_by("pk"), SPAN, strict=False):
            rows = table.objects.filter(pk=row.pk)
            rows.update(updated_at=NOON - dt.timedelta(days=days))
    return firms


def _sheet(name, noun):
    """A sheet that was applied; the journal will tell what came of it."""
    operation = Operation.objects.create(kind="import")
    Operation.objects.filter(pk=operation.pk).update(at=NOON - dt.timedelta(days=100))
    return models.ImportBatch.objects.create(
        noun=noun,
        file_name=name,
        state="applied",
        operation=operation,
    )


def _values(contact, rng, shared):
    definitions = shared["definitions"]

    def add(key, slot="", **value):
        row = models.ContactValue.objects.create(
            owner=contact, definition=definitions[key], slot=slot, **value
        )
        rows = models.ContactValue.objects.filter(pk=row.pk)
        rows.update(updated_at=moment(rng))

    single = {
        "taste": {"choice": rng.choice(list(definitions["taste"].choices.all()))},
        "points": {"number": rng.choice([0, 5, 10, 100])},
        "vip": {"number": rng.choice([0, 1])},
        "wedding": {
            "date": rng.choice(
                [
                    *(d for d in BIRTHDAYS if d.day > 27),
                    NOON.date() - dt.timedelta(days=rng.choice([*SPAN, -1, -7])),
                ]
            )
        },
        "nickname": {"text": rng.choice(["Hana", "hanako", "Taro"])},
        "story": {"long_text": rng.choice(["Came for the wedding.", "Asks for WINE."])},
    }
    for key, value in single.items():
        if rng.random() < 0.6:
            add(key, **value)
    for choice in definitions["likes"].choices.all():
        if rng.random() < 0.4:
            add("likes", slot=choice.key, choice=choice)
    for slot in rng.choice(ROOMS)[: rng.randint(2, 4)]:
        add("rooms", slot=slot, number=rng.choice([1, 5, 10]))


def _reach(contact, rng, shared):
    for kind in ("email", "phone", "line"):
        if rng.random() < 0.6:
            factories.PointFactory(
                contact=contact,
                kind=kind,
                verified_at=rng.choice([NOON, None]),
                undeliverable_at=rng.choice([None, None, NOON]),
            )
    today = local_day(NOON)
    for _number in range(rng.randint(0, 2)):
        firm = rng.choice(shared["organisations"])
        models.Affiliation.objects.create(
            contact=contact,
            organisation=firm,
            department=rng.choice([None, *firm.departments.all()]),
            title=rng.choice(["", "Head Chef", "Buyer"]),
            budget=rng.choice([None, 60_000, 250_000]),
            authority=rng.choice(["decides", "influences", "uses", ""]),
            started_on=rng.choice([None, today, today + dt.timedelta(days=1)]),
            ended_on=rng.choice(
                [None, *(today + dt.timedelta(days=ahead) for ahead in (-1, 0, 1))]
            ),
        )


# The periods of a dated attribute, the latest ones first; a year may be left out.
ROOMS = [
    ["2026", "2025", "2024", "2023"],
    ["2025", "2024", "2023", "2022"],
    ["2026", "2024", "2023", "2022"],
    ["2025-07", "2025", "2024"],
    ["2026-02-28", "2026", "2025", "2024"],
]
SAID = ["ask", "ask", "confirm", "grant", "attest", "withdraw", "withdraw", "object"]
SAID += ["expire", "merge", "prefer"]


def _agree(rng, topic):
    """What the ledger says of each address, and how these stand by that."""
    points = list(models.ContactPoint.objects.exclude(kind="postal").order_by("pk"))
    subjects = {
        pk: models.ConsentSubject.objects.create(contact_id=pk).subject
        for pk in sorted({point.contact_id for point in points})
    }
    models.ContactPoint.objects.update(created_at=LONG_AGO)
    young = [point.pk for point in points if rng.random() < 0.2]
    rows = models.ContactPoint.objects.filter(pk__in=young)
    rows.update(created_at=NOON - dt.timedelta(days=90))
    lines = []
    for point in points:
        for at in sorted({moment(rng) for _number in range(rng.randint(0, 5))}):
            action = rng.choice(SAID)
            alone = action in ("withdraw", "prefer") and rng.random() < 0.5
            state = rng.choice(["", "pending", "granted", "withdrawn"])
            line = models.ConsentEvent(
                subject=subjects[point.contact_id],
                address_hash=signing.address_hash(point.kind, point.value_norm),
                channel=point.kind,
                topic="" if alone else rng.choice([topic.key, topic.key, "other"]),
                action=action,
                basis=rng.choice(["", "customer", "written"]),
                at=at,
            )
            if action == "merge":
                line.evidence = {"state": state, "at": at.isoformat()}
            lines.append(line)
    models.ConsentEvent.objects.bulk_create(lines)
    rebuild.rebuild()


def _uses(contact, rng, shared):
    days = sorted({NOON.date() - dt.timedelta(days=rng.choice(SPAN)) for _ in range(4)})
    days = days[: rng.randint(1, 4)]
    for number, day in enumerate(days, 1):
        factories.UseFactory(contact=contact, on=day, number=number)
        for category in shared["categories"]:
            if rng.random() < 0.5:
                models.UseCategory.objects.create(
                    contact=contact, on=day, category=category
                )
    late_on = NOON.date() + dt.timedelta(days=rng.choice([-1, 0, 1]))
    models.ContactUses.objects.create(
        contact=contact,
        count=len(days),
        first_on=days[0],
        last_on=days[-1],
        late_on=rng.choice([late_on, None]),
        usual_gap_days=rng.choice([None, 7, 30, 36, 37, 90, 182, 183]),
    )
    stage = rng.choice(models.Stage.values)
    models.StagePeriod.objects.create(
        contact=contact, stage=stage, started_on=days[0], ended_on=None
    )


def _figures(contact, rng, shared):
    last_on = local_day(moment(rng))
    categories = [*shared["categories"], None]
    models.ContactSales.objects.create(
        contact=contact,
        net_365=rng.choice([-500, 0, 500, 1500, 1501, 9000]),
        count_365=rng.choice([0, 1, 1, 2, 3, 9]),
        last_on=rng.choice([last_on, last_on, None]),
        first_on=rng.choice([last_on - dt.timedelta(days=rng.choice(SPAN)), None]),
        first_category=rng.choice(categories),
    )


def _dealings(contact, rng, shared):
    for _number in range(rng.randint(0, 3)):
        at = moment(rng)
        purchase = factories.PurchaseFactory(
            contact=contact,
            at=at,
            amount=rng.choice([500, 1500, -500]),
            channel=rng.choice(["shop", "web"]),
            payment=rng.choice(["cash", "card"]),
        )
        for amount in rng.choice([[purchase.amount], [300, purchase.amount - 300]]):
            models.PurchaseLine.objects.create(
                purchase=purchase,
                name="x",
                amount=amount,
                category=rng.choice([*shared["categories"], None]),
                product=rng.choice([*shared["products"], None]),
            )
    for _number in range(rng.randint(0, 2)):
        mark = rng.choice(["came_at", "no_show_at", "cancelled_at", None])
        starts = moment(rng) + dt.timedelta(days=rng.choice([0, 0, 8]))
        marks = {mark: NOON} if mark else {}
        booking = factories.BookingFactory(
            contact=contact, service=shared["service"], starts_at=starts, **marks
        )
        models.Booking.objects.filter(pk=booking.pk).update(created_at=moment(rng))
    for _number in range(rng.randint(0, 3)):
        factories.TouchpointFactory(
            contact=contact,
            at=moment(rng),
            kind=rng.choice(["call", "visit"]),
            direction=rng.choice(["in", "out"]),
            channel=rng.choice(["phone", "shop"]),
            phase=rng.choice(["", "sales", "support"]),
            tags=rng.choice(["", "VIP", "gift, vip", "vipers"]),
            body=rng.choice(["", "Asked for the menu for six.", "A table"]),
            machine=rng.random() < 0.2,
            unverified=rng.random() < 0.2,
        )
    if rng.random() < 0.4:
        factories.InquiryFactory(
            contact=contact,
            kind=rng.choice(["question", "complaint"]),
            closed_at=rng.choice([None, NOON]),
            received_at=moment(rng),
        )


def _began(contact, rng, shared):
    models.FirstTouch.objects.create(
        contact=contact,
        at=moment(rng),
        landing_url=rng.choice(["", "https://shop.example/Lunch/", "/dinner/"]),
        referrer=rng.choice(["", "https://search.example/"]),
        channel=rng.choice(["web", "shop"]),
        source=rng.choice(["", "instagram", "web"]),
        campaign=rng.choice(["", "spring"]),
    )
    last_at = rng.choice([None, moment(rng)])
    models.ContactFrequency.objects.create(
        contact=contact,
        first_at=last_at,
        days_90=rng.choice([0, 1, 2, 4]),
        days_365=rng.choice([0, 4, 8]),
        before_90=rng.choice([0, 1, 2, 4]),
        last_at=last_at,
    )
    if rng.random() < 0.7:
        factories.PointFactory(
            contact=contact,
            kind="postal",
            prefecture=rng.choice(["北海道", "東京都"]),
            city=rng.choice(["旭川市", "旭区", "札幌市", ""]),
            postal_code=rng.choice(["070-0030", "070-8001", "100-0001", ""]),
        )


def _deals(contact, rng, shared):
    for _number in range(rng.randint(0, 2)):
        deal = factories.DealFactory(
            contact=contact,
            stage=rng.choice(shared["stages"]),
            amount=rng.choice([None, 50_000, 100_000, 100_001]),
        )
        deal.people.update(role=rng.choice(["main", "main", "decides", "uses"]))
        end = rng.choice(["open", "open", "won", "lost"])
        closed = {}
        if end != "open":
            closed = {"stage": shared[end], "closed_at": moment(rng)}
        if end == "lost":
            closed["lost_reason"] = rng.choice(shared["reasons"])
        opened = closed.get("closed_at", NOON) - dt.timedelta(days=rng.choice(SPAN))
        ahead = rng.choice([None, -30, -1, 0, 1, 30])
        if ahead is not None:
            closed["expected_on"] = NOON.date() + dt.timedelta(days=ahead)
        models.Deal.objects.filter(pk=deal.pk).update(opened_at=opened, **closed)
        _stages_of(deal, opened, shared, closed)


def _stages_of(deal, opened, shared, closed):
    """The first stage, the one that it is in, and the end: half of the time in each."""
    now = closed.get("closed_at", NOON)
    first = shared["stages"][deal.pk % 2]
    middle = opened + (now - opened) / 2
    times = [(opened, middle, first), (middle, closed.get("closed_at"), deal.stage)]
    if "closed_at" in closed:
        times.append((closed["closed_at"], None, closed["stage"]))
    deal.stage_periods.all().delete()
    for started_at, ended_at, stage in times:
        deal.stage_periods.create(started_at=started_at, ended_at=ended_at, stage=stage)


def _plans(contact, rng, shared):
    days = {NOON.date() - dt.timedelta(days=rng.choice([*SPAN, -1, -7])) for _ in "123"}
    for day in sorted(days)[: rng.randint(1, 3)]:
        plans.take(contact, rng.choice(shared["plans"]), on=day, by=None)
    if rng.random() < 0.3:
        last = contact.plan_periods.order_by("started_on").last()
        plans.end(contact, last.started_on + dt.timedelta(rng.choice([0, 7])), by=None)


def _messages(contact, rng, shared):
    for number, mailing in enumerate(shared["mailings"]):
        if rng.random() < 0.4:
            continue
        address = f"{contact.pk}@mail.example"
        sent_at = moment(rng)
        delivery = models.Delivery.objects.create(
            mailing=mailing,
            kind="campaign",
            topic=shared["topic"] if number % 2 else None,
            contact=contact,
            address=address,
            address_norm=address,
            state=rng.choice(["sent", "sent", "sent", "skipped"]),
            sent_at=sent_at,
        )
        if rng.random() < 0.3:
            models.Response.objects.create(
                delivery=delivery,
                kind="click",
                machine=rng.random() < 0.3,
                at=max(moment(rng), sent_at),
            )
        act = rng.choice(["", "", "booking", "sales", "answer"])
        _answer(contact, rng, shared, act, sent_at)


def _answer(contact, rng, shared, act, sent_at):
    """Something in the days after a message, or just before or after them."""
    days = rng.choice([-1, 0, 3, 7, 8])
    when = min(sent_at + dt.timedelta(days=days), NOON)
    if act == "booking":
        booking = factories.BookingFactory(
            contact=contact, service=shared["service"], starts_at=NOON
        )
        models.Booking.objects.filter(pk=booking.pk).update(created_at=when)
    if act == "sales":
        factories.PurchaseFactory(contact=contact, at=when, amount=500)
    if act == "answer":
        factories.InquiryFactory(contact=contact, received_at=when, closed_at=NOON)


def _stays(contact, rng, shared):
    """One or two stays in a segment, the last of which may last."""
    moments = sorted({moment(rng) for _number in range(rng.randint(1, 4))})
    for entered_at, left_at in zip(moments[::2], [*moments[1::2], None], strict=False):
        factories.MembershipFactory(
            segment=shared["segment"],
            contact=contact,
            entered_at=entered_at,
            left_at=left_at,
        )


def _classes():
    """A scheme of two classes and a rest."""
    scheme = models.SegmentScheme.objects.create(key="abc", name="A/B/C")
    models.SegmentScheme.objects.update(created_at=LONG_AGO)
    return [
        factories.SegmentFactory(key=key, scheme=scheme, rest=key == "c")
        for key in ("a", "b", "c")
    ]


def _moves(contact, rng, shared):
    """From class to class of a scheme; who gave a place up may be in none."""
    moments = sorted({moment(rng) for _number in range(rng.randint(1, 4))})
    gone = rng.choice([None, NOON])
    for entered_at, left_at in zip(moments, [*moments[1:], gone], strict=True):
        if left_at is None or entered_at < left_at:
            factories.MembershipFactory(
                segment=rng.choice(shared["classes"]),
                contact=contact,
                entered_at=entered_at,
                left_at=left_at,
            )


def _wishes(contact, rng, shared):
    models.Preference.objects.create(
        contact=contact,
        channel=rng.choice(["", "email", "post"]),
        frequency=rng.choice(["every", "weekly"]),
        paused_until=rng.choice(
            [None, *(local_day(NOON) + dt.timedelta(days=ago) for ago in (-1, 0, 1))]
        ),
    )


def _site(contact, rng, shared):
    """Pages read and words searched for."""
    reads = set()
    for _number in range(rng.randint(0, 5)):
        at, page = moment(rng), rng.choice(list(shared["pages"].values()))
        day = local_day(at)
        if (page.pk, day) not in reads:
            reads.add((page.pk, day))
            models.PageRead.objects.create(
                contact=contact, page_id=page.pk, on=day, at=at
            )
    for _number in range(rng.randint(0, 2)):
        factories.TouchpointFactory(
            contact=contact,
            at=moment(rng),
            kind="search",
            direction="in",
            summary=rng.choice(["gift", "Gift set", "ギフト", "lunch", ""]),
            result=rng.choice(["nothing", ""]),
            machine=rng.random() < 0.2,
        )


def _rated(contact, rng, shared):
    models.Rating.objects.bulk_create(
        models.Rating(
            contact=contact,
            scale=rng.choice(["nps", "stars"]),
            score=rng.choice([1, 3, 5]),
            at=moment(rng),
            unverified=rng.random() < 0.2,
            key=f"{contact.pk}-{number}",
        )
        for number in range(rng.randint(0, 3))
    )


def _sent(contact, rng, shared):
    for name in rng.sample(["about", "lunch", "lunch"], rng.randint(0, 3)):
        sent = factories.SubmissionFactory(
            contact=contact,
            page_id=shared["pages"][name].pk,
            state=rng.choice(["processed", "taken_in", "held"]),
            verified_for=rng.choice(["", "visitor@mail.example"]),
        )
        rows = models.Submission.objects.filter(pk=sent.pk)
        rows.update(received_at=moment(rng))
        if rng.random() < 0.5:
            _claimed(sent, rng)


def _claimed(sent, rng):
    decided = rng.choice([None, None, moment(rng)])
    models.Claim.objects.create(
        submission=sent,
        contact=sent.contact,
        field="contact.family_name",
        label="Family name",
        value="x",
        text="x",
        state="rejected" if decided else "waiting",
        decided_at=decided,
    )


def _owed(contact, rng, shared):
    """Inquiries and next steps, open, late, done, of somebody and of nobody."""
    for _number in range(rng.randint(0, 2)):
        received = moment(rng)
        factories.InquiryFactory(
            contact=contact,
            kind=rng.choice(["question", "complaint"]),
            owner=rng.choice([shared["user"], None]),
            received_at=received,
            due_at=received + dt.timedelta(hours=rng.choice([0, 24, 240])),
            closed_at=rng.choice([None, max(received, moment(rng))]),
        )
    for _number in range(rng.randint(0, 2)):
        ahead = rng.choice([-30, -1, 0, 1, 7, 30])
        step = models.FollowUp.objects.create(
            contact=contact,
            due_on=NOON.date() + dt.timedelta(days=ahead),
            what="Ring",
            owner=rng.choice([shared["user"], None]),
            phase=rng.choice(["", "sales"]),
            channel=rng.choice(["", "phone"]),
            done_at=rng.choice([None, NOON]),
        )
        models.FollowUp.objects.filter(pk=step.pk).update(created_at=moment(rng))


def _waits(contact, rng, shared):
    """For a day to come or one that is over; some booked or left the list since."""
    for _number in range(rng.randint(0, 2)):
        since, end = moment(rng), rng.choice(["", "", "booked", "left"])
        booking = None
        if end == "booked":
            booking = factories.BookingFactory(
                contact=contact, service=shared["service"], starts_at=NOON
            )
            rows = models.Booking.objects.filter(pk=booking.pk)
            rows.update(created_at=max(since, moment(rng)))
        entry = factories.WaitingFactory(
            contact=contact,
            service=rng.choice([shared["service"], shared["other_service"]]),
            on=local_day(since) + dt.timedelta(days=rng.choice([0, 1, 30, 400])),
            booking=booking,
            left_at=max(since, moment(rng)) if end == "left" else None,
        )
        models.WaitingEntry.objects.filter(pk=entry.pk).update(created_at=since)


def _picked(contact, rng, shared):
    if rng.random() < 0.5:
        models.SegmentPick.objects.create(
            segment=shared["hand"], contact=contact, picked_at=moment(rng)
        )


def _points(contact, rng, shared):
    models.ContactScore.objects.create(
        score=shared["warm"], contact=contact, value=rng.choice([-5, 1, 10, 10, 25])
    )


def _imported(contact, rng, shared):
    """Made by the sheet, changed by it, or there before; or bought at that till."""
    people, till = shared["sheets"]
    said = {"operation": people.operation, "about": contact.pk}
    done = rng.choice(["made", "changed", "both", ""])
    if done in ("made", "both"):
        Change.objects.create(model="contact", object_id=contact.pk, new={}, **said)
    if done in ("changed", "both"):
        point = {"model": "contactpoint", "object_id": 1, "new": "x"}
        Change.objects.create(field="value", **point, **said)
    bought = contact.purchases.first()
    if bought and rng.random() < 0.5:
        Change.objects.create(
            operation=till.operation, model="purchase", object_id=bought.pk, about=0
        )

"""Three years of meals, bookings, calls and questions."""

import datetime as dt
import itertools
import random
from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.utils import timezone

from crm_plugin import models as m
from crm_plugin.bookings import places, slots, waiting
from crm_plugin.consents import ledger
from crm_plugin.contacts.models import Contact, ContactPoint

from .guests import Guest
from .shop import PRODUCTS
from .tables import MONDAY

ASKED = [
    ("20名の歓送迎会", "来月の金曜に20名で伺えますか。予算はひとり4,000円ほどです。"),
    (
        "子どもの卵アレルギー",
        "卵アレルギーの子がいます。お昼の定食で食べられるものはありますか。",
    ),
    ("お弁当15個", "木曜の会議にお弁当を15個お願いしたいです。お魚とお肉を半分ずつ。"),
    ("個室はありますか", "両親の金婚式のお祝いをしたいのですが、個室はありますか。"),
    ("駐車場", "車で伺います。停められる場所はありますか。"),
]
COMPLAINT = (
    "お料理が出るまで40分",
    "先日の夜、お料理が出るまで40分待ちました。残念です。",
)
CALLS = ["営業時間のお問い合わせ", "席のご相談", "忘れ物のご連絡", "お礼のお電話"]
WORDS = {
    CALLS[0]: "月曜日の夜は何時まで開いていますか",
    CALLS[1]: "窓際の席が取れれば、両親を連れて行きたい",
    CALLS[2]: "青い傘を忘れたかもしれません",
    CALLS[3]: "お魚がとてもおいしくて、母が喜んでいました",
}


def build_uses(rng: random.Random, people: list[Contact], guests: list[Guest]) -> None:
    """A purchase with lines for each use; one in four was booked before."""
    categories = {c.key: c for c in m.ProductCategory.objects.all()}
    products = {p.code: p for p in m.Product.objects.all()}
    purchases, lines, bookings = [], [], []
    for person, guest in zip(people, guests, strict=True):
        for days in guest.use_days:
            kind = guest.likes if rng.random() < 0.85 else rng.choice([*categories])
            at = moment(days, 12 if kind == "lunch" else 19)
            purchase = m.Purchase(
                contact=person, at=at, on=timezone.localdate(at), amount=0
            )
            if rng.random() < 0.25 and kind != "takeaway":
                purchase.booking = _attended(rng, person, kind, at)
                bookings.append(purchase.booking)
            purchase.payment = rng.choice(["cash", "card", "qr"])
            for code, name, category, price in _dishes(rng, kind):
                count = rng.randint(1, 3)
                purchase.amount += price * count
                lines.append(
                    m.PurchaseLine(
                        purchase=purchase,
                        product=products[code],
                        category=categories[category],
                        name=name,
                        quantity=count,
                        amount=price * count,
                    )
                )
            purchases.append(purchase)
    m.Booking.objects.bulk_create(bookings)
    for booking in bookings:
        booking.created_at = booking.starts_at - dt.timedelta(days=rng.randint(1, 12))
    m.Booking.objects.bulk_update(bookings, ["created_at"], batch_size=200)
    m.Purchase.objects.bulk_create(purchases)
    m.PurchaseLine.objects.bulk_create(lines)


def moment(days_ago: int, hour: int) -> dt.datetime:
    """So many days ago at this hour; on Mondays the shop is closed: the day before."""
    day = timezone.localdate() - dt.timedelta(days=days_ago)
    if day.weekday() == MONDAY:
        day -= dt.timedelta(days=1)
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


def _dishes(rng: random.Random, kind: str) -> list[tuple]:
    fitting = [product for product in PRODUCTS if product[2] == kind]
    return rng.sample(fitting, rng.randint(1, min(2, len(fitting))))


_services: dict[str, m.Service] = {}


def _attended(
    rng: random.Random, person: Contact, kind: str, at: dt.datetime
) -> m.Booking:
    service = _services.setdefault(kind, m.Service.objects.get(key=f"{kind}-table"))
    return m.Booking(
        reference=f"H{next(_numbers):05}",
        contact=person,
        service=service,
        starts_at=at,
        ends_at=at + dt.timedelta(minutes=service.duration_minutes),
        party_size=rng.randint(1, 5),
        came_at=at,
    )


_numbers = itertools.count(1)


def build_talks(rng: random.Random, people: list[Contact]) -> None:
    """Calls and visits noted by staff, inquiries answered, open and overdue."""
    talks = []
    staff = get_user_model().objects.filter(username="staff").first()
    for person in rng.sample(people, 220):
        at = moment(rng.randint(1, 700), rng.randint(9, 18))
        what = rng.choice(CALLS)
        talks.append(
            m.Touchpoint(
                contact=person, kind="call", channel="phone", direction="in", at=at,
                summary=what, body=f"「{WORDS[what]}」とのこと。", phase="support",
                by=staff,
            )
        )  # fmt: skip
    m.Touchpoint.objects.bulk_create(talks)
    now = timezone.now()
    askers = rng.sample(people, 16)
    for number, person in enumerate(askers):
        subject, body = ASKED[number % len(ASKED)] if number else COMPLAINT
        if number < 6:
            received = now - dt.timedelta(hours=[30, 2, 5, 20, 52, 75][number])
        else:
            received = moment(rng.randint(10, 300), 10)
        _inquiry(person, subject, body, received, number)
    _follow_ups(rng.sample(people, 7))


def _inquiry(
    person: Contact, subject: str, body: str, received: dt.datetime, number: int
) -> None:
    """The first six are open, three of them overdue; the very first complains."""
    touch = m.Touchpoint.objects.create(
        contact=person, kind="inquiry" if number else "complaint", channel="web",
        direction="in", at=received,
        summary=subject, body=body, page_title="お問い合わせ", page_url="/ja/inquiry/",
    )  # fmt: skip
    closed = None if number < 6 else received + dt.timedelta(hours=5)
    m.Inquiry.objects.create(
        reference=f"Q-{number:04}X",
        contact=person,
        touchpoint=touch,
        kind="question" if number else "complaint",
        subject=subject,
        language="ja",
        reply_to=person.points.filter(kind="email")
        .values_list("value", flat=True)
        .first()
        or "",
        received_at=received,
        due_at=received + dt.timedelta(hours=24),
        answered_at=closed,
        closed_at=closed,
    )


def _follow_ups(people: list[Contact]) -> None:
    today = timezone.localdate()
    what = [
        "お礼の電話",
        "お弁当の見積もりを送る",
        "個室の写真を送る",
        "ご来店後の様子を伺う",
    ]
    m.FollowUp.objects.bulk_create(
        m.FollowUp(
            contact=person,
            due_on=today + dt.timedelta(days=number - 2),
            what=what[number % len(what)],
            channel="phone",
        )
        for number, person in enumerate(people)
    )


def build_bookings(rng: random.Random, people: list[Contact]) -> None:
    """Tables for today and the days to come, taken as a visitor takes them."""
    today = timezone.localdate()
    guests = iter(rng.sample(people, 120))
    services = list(m.Service.objects.with_plan())
    for ahead in range(8):
        day = today + dt.timedelta(days=ahead)
        for service in services:
            for slot in _some(rng, service, slots.slots(service, day)):
                party = rng.randint(max(2, service.min_party), service.min_party + 3)
                _book(service, slot, next(guests), min(party, service.max_party))
    _waiting(services, today, guests)


def _some(
    rng: random.Random, service: m.Service, found: list[slots.Slot]
) -> list[slots.Slot]:
    """A few of the day's start times; of a room for one party only one."""
    if any(slot.resources[0].whole for slot in found):
        return found[:1] if rng.random() < 0.6 else []
    return found[: rng.randint(1, 2)]


def _book(service: m.Service, slot: slots.Slot, person: Contact, party: int) -> None:
    start = slot.starts_at
    key = f"example-{service.key}-{start.isoformat()}"
    booking = m.Booking.objects.create(
        reference=f"B-{start:%m%d%H%M}{service.pk}",
        contact=person,
        service=service,
        starts_at=start,
        ends_at=start + service.stay,
        party_size=party,
        key=key,
    )
    places.take(booking, among=slot.resources)
    booking.save(update_fields=["resource"])


def _waiting(
    services: list[m.Service], today: dt.date, guests: Iterator[Contact]
) -> None:
    """The private room is taken on some days: two families would like to have it."""
    room = next(each for each in services if each.key == "private-room")
    rows = room.bookings.filter(starts_at__date__gt=today).order_by("starts_at")
    taken = rows.first()
    for number in range(2 if taken else 0):
        waiting.wait(
            room,
            timezone.localdate(taken.starts_at),
            party=4 + number,
            contact=next(guests),
            key=f"example-waiting-{number}",
        )


def build_consents(rng: random.Random) -> None:
    """Who said yes on paper, who said no again."""
    topic = m.Topic.objects.get(key="newsletter")
    points = ContactPoint.objects.filter(
        kind="email", contact__confirmed_at__isnull=False
    ).order_by("pk")
    chosen = [point for point in points if rng.random() < 0.72]
    ledger.attest(
        [point.pk for point in chosen],
        topic,
        basis="agreed",
        note="店頭の申込書",
        by=None,
    )
    for number, point in enumerate(rng.sample(chosen, 14)):
        ledger.withdraw(point, topic=topic if number < 10 else None, source="mail")
    _preferences(rng, rng.sample(chosen, 40))


def _preferences(rng: random.Random, points: list[ContactPoint]) -> None:
    """What some asked for: how often, by which way, a pause."""
    until = timezone.localdate() + dt.timedelta(days=30)
    m.Preference.objects.bulk_create(
        m.Preference(
            contact_id=point.contact_id,
            channel=rng.choice(["email", "phone", ""]),
            frequency=rng.choice(["every", "weekly", "monthly"]),
            paused_until=until if rng.random() < 0.1 else None,
        )
        for point in points
    )

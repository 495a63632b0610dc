"""Seeded data in the proportions of a busy shop; the same rows on every database.

Per contact: five touchpoints over two years, two purchases over three years by 55 %
of the contacts (a few buy much, most little), three attribute values, one address.
"""

import datetime as dt
import random
from collections.abc import Iterator

from django.db import connection
from django.utils import timezone

from crm_plugin import models as m
from crm_plugin.lifecycle import stages, uses

SEED = 20250101
BATCH = 5_000
TASTES = ["lunch", "dinner", "wine", "sake", "sweets", "coffee"]
FAMILIES = [
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "伊藤",
    "渡辺",
    "山本",
    "中村",
    "小林",
    "加藤",
]
GIVENS = ["花子", "太郎", "陽子", "健一", "美咲", "大輔", "愛", "誠", "恵", "翔"]


def build(size: int) -> None:
    """Fill the current database with *size* contacts and what belongs to them."""
    rng = random.Random(SEED)
    _save(m.Contact, _contacts(size, rng))
    ids = list(m.Contact.objects.order_by("id").values_list("id", flat=True))
    topic = m.Topic.objects.create(key="newsletter", name="Newsletter")
    _save(m.ContactPoint, _points(ids))
    points = m.ContactPoint.objects.order_by("id").values_list("id", flat=True)
    _save(m.Consent, _consents(points, topic, rng))
    _save(m.Touchpoint, _touchpoints(ids, rng))
    _values(ids, rng)
    _purchases(ids, rng)
    uses.recompute(ids)
    stages.recompute(ids)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _save(model, rows) -> None:
    part = []
    for row in rows:
        part.append(row)
        if len(part) == BATCH:
            model.objects.bulk_create(part)
            part = []
    model.objects.bulk_create(part)


def _contacts(size: int, rng: random.Random) -> Iterator[m.Contact]:
    for _number in range(size):
        yield m.Contact(
            family_name=rng.choice(FAMILIES),
            given_name=rng.choice(GIVENS),
            language=rng.choice(["ja", "ja", "ja", "en"]),
        )


def _points(ids: list[int]) -> Iterator[m.ContactPoint]:
    now = timezone.now()
    for number, pk in enumerate(ids):
        address = f"guest{number}@mail.example"
        yield m.ContactPoint(
            contact_id=pk,
            kind="email",
            value=address,
            value_norm=address,
            verified_at=now,
        )


def _consents(points, topic: m.Topic, rng: random.Random) -> Iterator[m.Consent]:
    now = timezone.now()
    for pk in points:
        if rng.random() < 0.6:
            yield m.Consent(point_id=pk, topic=topic, state="granted", at=now)


def _touchpoints(ids: list[int], rng: random.Random) -> Iterator[m.Touchpoint]:
    now = timezone.now()
    kinds = [
        ("inquiry", "web", "in"),
        ("call", "phone", "both"),
        ("visit", "shop", "in"),
        ("mail_out", "email", "out"),
        ("click", "email", "in"),
    ]
    for pk in ids:
        for kind, channel, direction in kinds:
            at = now - dt.timedelta(minutes=rng.randrange(730 * 1440))
            yield m.Touchpoint(
                contact_id=pk, kind=kind, channel=channel, direction=direction, at=at
            )


def _values(ids: list[int], rng: random.Random) -> None:
    taste = m.AttributeDefinition.objects.create(
        key="taste", label="Taste", type="multi_choice"
    )
    points = m.AttributeDefinition.objects.create(
        key="points", label="Points", type="number"
    )
    choices = [
        m.AttributeChoice.objects.create(definition=taste, key=key, label=key)
        for key in TASTES
    ]

    def rows() -> Iterator[m.ContactValue]:
        for pk in ids:
            for choice in rng.sample(choices, 2):
                if rng.random() < 0.75:
                    yield m.ContactValue(
                        owner_id=pk, definition=taste, slot=choice.key, choice=choice
                    )
            if rng.random() < 0.75:
                yield m.ContactValue(
                    owner_id=pk, definition=points, number=rng.randrange(10_000)
                )

    _save(m.ContactValue, rows())


def _purchases(ids: list[int], rng: random.Random) -> None:
    now = timezone.now()
    categories = [
        m.ProductCategory.objects.create(key=key, name=key.title())
        for key in ("lunch", "dinner", "takeaway")
    ]
    buyers = rng.sample(ids, int(len(ids) * 0.55))
    weights = [rng.paretovariate(1.5) for _buyer in buyers]
    chosen = rng.choices(buyers, weights, k=len(ids) * 2)

    def rows() -> Iterator[m.Purchase]:
        for pk in chosen:
            at = now - dt.timedelta(minutes=rng.randrange(1095 * 1440))
            yield m.Purchase(
                contact_id=pk,
                at=at,
                on=timezone.localdate(at),
                amount=round(rng.lognormvariate(7.5, 0.6)),
            )

    _save(m.Purchase, rows())
    bought = m.Purchase.objects.order_by("id").values_list("id", "amount")
    _save(
        m.PurchaseLine,
        (
            m.PurchaseLine(
                purchase_id=pk,
                category=rng.choice(categories),
                name="menu",
                amount=amount,
            )
            for pk, amount in bought.iterator()
        ),
    )

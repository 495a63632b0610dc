"""What rules speak of, for a shop of any size, by ``INSERT … SELECT``.

Per contact: five touchpoints over two years, six attribute values (eight attributes,
three in four filled), two purchases over three years by 55 % of the contacts (a few buy
much, most little), an e-mail address with a consent, a postal address, a message of one
of twenty campaigns, which one in ten clicked. Uses, stages and sales are computed by the
rooms that know them. The same rows on SQLite and PostgreSQL, up to the hour of filling.
"""

import datetime as dt
import sys
import time

from django.db import connection, transaction
from django.utils import timezone

from crm_plugin import models as m
from crm_plugin.lifecycle import stages, uses
from crm_plugin.sales import summaries
from crm_plugin.touchpoints import frequency

from . import crowd
from .loading import ago, day, fill, loading, numbers, sequences, uuid, without_indexes

SEED = 20250101
STEP, SLICE = 200_000, 50_000
YEAR = 365 * 86_400
PREFECTURES = [
    "東京都",
    "大阪府",
    "神奈川県",
    "愛知県",
    "埼玉県",
    "千葉県",
    "兵庫県",
    "北海道",
    "福岡県",
]
CHOICES = {"taste": 12, "shop": 30, "often": 4, "rank": 4, "through": 200, "month": 12}
CATEGORIES = ["lunch", "dinner", "takeaway"]
CAMPAIGNS = 20
TABLES = [m.Contact, m.ContactPoint, m.Consent, m.Touchpoint, m.ContactValue]
TABLES += [m.Purchase, m.PurchaseLine, m.Delivery, m.Response]
# Odd, and far from each other: columns made with different ones know nothing of each
# other, so that conditions meet as often as by chance.
ODD = 2_654_435_761


def chance(number: str, salt: int, many: int) -> str:
    """A figure below *many* that looks like chance and is the same everywhere."""
    factor = (ODD * (2 * salt + 3) * (salt + 7)) % 4_294_967_291 | 1
    return f"((({number}) * {factor}) % 4294967291) % {many}"


def filled(size: int) -> None:
    """Fill the current database, unless the last run left it so."""
    newest = m.Contact.objects.order_by("-pk").values_list("pk", flat=True).first()
    if newest and not (newest == size and m.ContactFrequency.objects.exists()):
        raise SystemExit(f"Another size is kept, or half of one ({newest:,}).")
    if not newest:
        started = time.perf_counter()
        build(size)
        taken = time.perf_counter() - started
        print(f"{size:,} contacts in {taken:.0f} s", file=sys.stderr, flush=True)


def build(size: int) -> None:
    """Fill the current database with *size* contacts and what belongs to them."""
    with loading():
        crowd.names()
        offered = _offer()
        with without_indexes(TABLES):
            for first in range(1, size + 1, STEP):
                last = min(first + STEP - 1, size)
                with transaction.atomic():
                    _people(first, last)
                    _values(first, last, offered)
                    _touchpoints(first, last)
                    _messages(first, last)
                    _purchases(first, last, size)
        sequences(TABLES)
        analyse()
        for first in range(1, size + 1, SLICE):
            ids = range(first, min(first + SLICE, size + 1))
            for verb in (uses, stages, summaries, frequency):
                verb.recompute(ids)
        analyse()


def analyse() -> None:
    with connection.cursor() as cursor:
        # What autovacuum does for a database that was not filled just now.
        vacuum = "VACUUM " if connection.vendor == "postgresql" else ""
        cursor.execute(f"{vacuum}ANALYZE")


def _offer() -> dict[str, int]:
    """Attributes with their choices, categories, a topic, campaigns with mailings."""
    kind, found = m.AttributeDefinition.Type, {}
    for name, many in CHOICES.items():
        definition = _attribute(name, kind.CHOICE)
        choices = [
            m.AttributeChoice.objects.create(definition=definition, key=key, label=key)
            for key in (f"{name}{place}" for place in range(many))
        ]
        found[name], found[f"{name}_first"] = definition.pk, choices[0].pk
    found["points"] = _attribute("points", kind.NUMBER).pk
    found["vip"] = _attribute("vip", kind.YES_NO).pk
    for key in CATEGORIES:
        m.ProductCategory.objects.create(key=key, name=key)
    topic = m.Topic.objects.create(key="news", name="News")
    sender = m.Sender.objects.create(
        name="Shop", from_name="Shop", from_email="shop@mail.example"
    )
    for number in range(1, CAMPAIGNS + 1):
        campaign = m.Campaign.objects.create(
            pk=number, name=f"Campaign {number}", topic=topic, sender=sender
        )
        m.Mailing.objects.create(
            pk=number,
            campaign=campaign,
            sender=sender,
            topic=topic,
            content={},
            audience={},
            launched_at=timezone.now(),
            starts_at=timezone.now(),
        )
    return found


def _attribute(key: str, kind: str) -> m.AttributeDefinition:
    return m.AttributeDefinition.objects.create(key=key, label=key, type=kind)


def _now() -> dt.datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def _people(first: int, last: int) -> None:
    everybody = numbers(first, last)
    named = f"""{everybody} JOIN crowd_family f ON f.place = {chance("i", 1, 20)}
        JOIN crowd_given g ON g.place = {chance("i", 2, 16)}"""
    fill(
        m.Contact,
        named,
        id="i",
        public_id=uuid(),
        family_name="f.name",
        given_name="g.name",
        family_kana="f.kana",
        given_kana="g.kana",
        language=f"CASE WHEN {chance('i', 3, 4)} = 0 THEN 'en' ELSE 'ja' END",
        confirmed_at=ago("0", _now()),
        created_at=ago(chance("i", 4, 3 * YEAR), _now()),
        archived_at=f"CASE WHEN {chance('i', 5, 50)} = 0 THEN {ago('0', _now())} END",
    )
    email = "'guest' || CAST(i AS text) || '@mail.example'"
    same = {"contact_id": "i", "kind": "'email'", "value": email, "value_norm": email}
    fill(m.ContactPoint, everybody, id="i", verified_at=ago("0", _now()), **same)
    place = f"{chance('i', 6, 100)} * {chance('i', 7, 100)} / 100 * 9 / 100"
    whens = " ".join(f"WHEN {n} THEN '{name}'" for n, name in enumerate(PREFECTURES))
    fill(
        m.ContactPoint,
        everybody,
        id=f"{10_000_000} + i",
        contact_id="i",
        kind="'postal'",
        value="CAST(i AS text)",
        value_norm="CAST(i AS text)",
        prefecture=f"CASE {place} {whens} END",
    )
    fill(
        m.Consent,
        f"{everybody} WHERE {chance('i', 8, 10)} < 6",
        point_id="i",
        topic_id=str(m.Topic.objects.get().pk),
        state=f"CASE WHEN {chance('i', 9, 10)} = 0 THEN 'withdrawn' ELSE 'granted' END",
        at=ago("0", _now()),
    )


def _values(first: int, last: int, offered: dict[str, int]) -> None:
    for place, (name, many) in enumerate(CHOICES.items()):
        choice = f"{offered[f'{name}_first']} + {chance('i', 20 + place, many)}"
        _value(first, last, offered[name], 30 + place, choice_id=choice)
    points, vip = chance("i", 40, 10_000), f"CASE WHEN {chance('i', 41, 20)} = 0"
    _value(first, last, offered["points"], 42, number=points)
    _value(first, last, offered["vip"], 43, number=f"{vip} THEN 1 ELSE 0 END")


def _value(first: int, last: int, definition: int, salt: int, **column: str) -> None:
    fill(
        m.ContactValue,
        f"{numbers(first, last)} WHERE {chance('i', salt, 4)} > 0",
        owner_id="i",
        definition_id=str(definition),
        **column,
    )


KINDS = [("inquiry", "web", "in"), ("call", "phone", "both"), ("visit", "shop", "in")]
KINDS += [("mail_out", "email", "out"), ("click", "email", "in")]


def _touchpoints(first: int, last: int) -> None:
    for place, (kind, channel, direction) in enumerate(KINDS):
        moment = ago(chance("i", 50 + place, 2 * YEAR), _now())
        fill(
            m.Touchpoint,
            numbers(first, last),
            contact_id="i",
            kind=f"'{kind}'",
            channel=f"'{channel}'",
            direction=f"'{direction}'",
            machine=f"{chance('i', 60 + place, 20)} = 0",
            at=moment,
            created_at=moment,
        )


def _messages(first: int, last: int) -> None:
    email = "'guest' || CAST(i AS text) || '@mail.example'"
    moment = ago(chance("i", 70, YEAR), _now())
    fill(
        m.Delivery,
        numbers(first, last),
        id="i",
        public_id=uuid(),
        mailing_id=f"1 + {chance('i', 71, CAMPAIGNS)}",
        contact_id="i",
        address=email,
        address_norm=email,
        state="'sent'",
        sent_at=moment,
    )
    fill(
        m.Response,
        f"{numbers(first, last)} WHERE {chance('i', 72, 10)} = 0",
        delivery_id="i",
        kind="'click'",
        machine=f"{chance('i', 73, 20)} = 0",
        at=moment,
    )


def _purchases(first: int, last: int, size: int) -> None:
    """The square of a chance: a few buy much, most little."""
    place = chance("i", 80, 1_000_000)
    rank = f"(({place}) * ({place}) / 1000000 * {size * 55 // 100} / 1000000)"
    seconds = chance("i", 81, 3 * YEAR)
    amount = f"800 + {chance('i', 82, 64)} * {chance('i', 82, 64)}"
    bought = numbers(2 * first - 1, 2 * last)
    fill(
        m.Purchase,
        bought,
        id="i",
        public_id=uuid(),
        contact_id=f"1 + ({rank} * 7919) % {size}",
        at=ago(seconds, _now()),
        on=day(f"({seconds}) / 86400", _now()),
        amount=amount,
    )
    first_category = m.ProductCategory.objects.order_by("pk").values_list("pk")[0][0]
    fill(
        m.PurchaseLine,
        bought,
        purchase_id="i",
        category_id=f"{first_category} + {chance('i', 83, len(CATEGORIES))}",
        name="'menu'",
        amount=amount,
    )

"""What Hinata sells, asks and promises: settings, services, attributes, segments."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from crm_plugin import models as m
from crm_plugin.delivery import messages
from crm_plugin.sales import stages
from crm_plugin.segments import ready_made

from .pages import PHONE
from .words import HOME, PURPOSE

TOPICS = [
    ("newsletter", "Newsletter", "ひなたのお便り"),
    ("for-firms", "News for firms", "会社・団体向けのご案内"),
]
CATEGORIES = [
    ("lunch", "Lunch", "ランチ"),
    ("dinner", "Dinner", "ディナー"),
    ("takeaway", "Takeaway", "お持ち帰り"),
]
PRODUCTS = [
    ("L01", "きのこの土鍋ごはん定食", "lunch", 1480),
    ("L02", "日替わり焼き魚定食", "lunch", 1280),
    ("L03", "鶏の塩麹焼き定食", "lunch", 1180),
    ("D01", "季節の小皿三品", "dinner", 1800),
    ("D02", "ほっけの一夜干し", "dinner", 980),
    ("D03", "旭川の地酒 一合", "dinner", 850),
    ("T01", "お魚弁当", "takeaway", 1200),
    ("T02", "お肉弁当", "takeaway", 1300),
]
SERVICES = [
    ("lunch-table", "Lunch table", "ランチのお席", "lunch", 75, ["11:30", "12:45"]),
    (
        "dinner-table",
        "Dinner table",
        "ディナーのお席",
        "dinner",
        120,
        ["17:30", "19:30"],
    ),
]
MONDAY = 0
INDUSTRIES = [
    ("making", "Manufacturing", "製造"),
    ("services", "Services", "サービス"),
    ("care", "Care and schools", "医療・教育"),
    ("public", "Public bodies", "官公庁・団体"),
]
CARE = [
    ("wheelchair", "Wheelchair", "車いす"),
    ("stairs", "No stairs", "段差や階段が苦手"),
    ("hearing", "Hard of hearing", "耳が聞こえにくい"),
    ("sight", "Poor sight", "目が見えにくい"),
]


def build_shop() -> None:
    """Everything that is set up once, before the first guest comes."""
    conf = m.CrmSettings.load()
    conf.business_name, conf.phone = "ひなた", PHONE
    conf.purpose_of_use = conf.purpose_of_use or PURPOSE["ja"]
    conf.save()
    for order, (key, name, name_ja) in enumerate(TOPICS, start=1):
        m.Topic.objects.update_or_create(
            key=key, defaults={"name": name, "name_ja": name_ja, "order": order}
        )
    m.Sender.objects.get_or_create(
        name="Hinata",
        defaults={
            "from_name": "Hinata",
            "from_name_ja": "ひなた",
            "from_email": "hello@hinata.example",
            "organisation": "Hinata",
            "organisation_ja": "食堂ひなた",
            "postal_address": HOME["en"]["address"],
            "postal_address_ja": HOME["ja"]["address"],
            "contact": PHONE,
            "is_default": True,
        },
    )
    messages.install(["ja", "en"])
    stages.ensure()
    _catalogue()
    _tables()
    _attributes()


def _catalogue() -> None:
    for key, name, name_ja in CATEGORIES:
        m.ProductCategory.objects.get_or_create(
            key=key, defaults={"name": name, "name_ja": name_ja}
        )
    by_key = {category.key: category for category in m.ProductCategory.objects.all()}
    for code, name, category, price in PRODUCTS:
        m.Product.objects.get_or_create(
            code=code,
            defaults={"name": name, "category": by_key[category], "price": price},
        )


def _tables() -> None:
    room, _created = m.Resource.objects.get_or_create(
        name="客席", defaults={"places": 20}
    )
    for key, name, name_ja, category, minutes, starts in SERVICES:
        service, created = m.Service.objects.get_or_create(
            key=key,
            defaults={
                "name": name,
                "name_ja": name_ja,
                "resource": room,
                "category": m.ProductCategory.objects.get(key=category),
                "duration_minutes": minutes,
            },
        )
        if created:
            m.ServiceSlot.objects.bulk_create(
                m.ServiceSlot(
                    service=service, weekday=day, starts=dt.time.fromisoformat(start)
                )
                for day in range(7)
                if day != MONDAY
                for start in starts
            )


def _attributes() -> None:
    _attribute(
        "taste",
        CATEGORIES[:2],
        label="Likes",
        label_ja="お好み",
        type="multi_choice",
        area="human",
    )
    _attribute(
        "industry",
        INDUSTRIES,
        label="Industry",
        label_ja="業種",
        type="choice",
        describes="organisation",
    )
    _attribute(
        "allergies",
        label="Allergies",
        label_ja="アレルギー",
        type="text",
        sensitive=True,
        purpose="安全なお料理をお出しするため",
    )
    _attribute(
        "care",
        CARE,
        label="Mobility needs",
        label_ja="ご配慮が必要なこと",
        type="multi_choice",
        sensitive=True,
        purpose="お席とご案内をお一人おひとりに合わせるため",
    )


def _attribute(
    key: str, choices: Sequence[tuple[str, str, str]] = (), **said: Any
) -> None:
    definition, created = m.AttributeDefinition.objects.get_or_create(
        key=key, defaults=said
    )
    if created:
        m.AttributeChoice.objects.bulk_create(
            m.AttributeChoice(
                definition=definition,
                key=key,
                label=name,
                label_ja=name_ja,
                order=order,
            )
            for order, (key, name, name_ja) in enumerate(choices)
        )


def build_segments() -> None:
    """Lunch guests, dinner guests, came once, asleep."""
    ready_made.ensure()

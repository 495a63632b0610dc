"""What Hinata sells, asks and promises: settings, services, attributes, segments."""

from typing import Any

from wagtail.models import Page

from crm_plugin import models as m
from crm_plugin.delivery import messages
from crm_plugin.sales import stages
from crm_plugin.scoring import ready_made as scores
from crm_plugin.segments import ready_made

from .attributes import build_attributes
from .pages import PHONE
from .tables import build_tables
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
    build_tables()
    build_attributes(CATEGORIES)


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


def _interest(topic: str, page: int) -> list[dict[str, Any]]:
    """How strongly somebody is drawn to *topic*: what they said, read and came for."""
    said = ready_made.condition(
        "attribute",
        attribute="taste",
        operator="one_of",
        choices=[f"taste:{topic}"],
    )
    asked = scores.line("uses", points=5, most=10, category=topic)
    asked["value"]["half_life"] = 90
    once = {"points": 10, "given": "once", "rule": [said]}
    return [{"type": "line", "value": once}, asked, *scores.interest(page=page)]


def build_scores() -> None:
    """Interest in us, in lunch and in dinner."""
    menu = Page.objects.get(slug="menu", locale__language_code="ja")
    own = {
        f"{topic}-interest": {
            "name": f"Interest in {topic}",
            "name_ja": name_ja,
            "lines": _interest(topic, menu.pk),
        }
        for topic, name_ja in (
            ("lunch", "ランチへの関心"),
            ("dinner", "ディナーへの関心"),
        )
    }
    scores.ensure(definitions={**scores.READY_MADE, **own})


USED = (
    *("lunch-guests", "dinner-guests", "came-once", "asleep", "regulars"),
    *("good-customers", "social-link"),
)


def build_segments() -> None:
    """What Hinata works with every day; the others are offered in the admin."""
    ready_made.ensure(USED)

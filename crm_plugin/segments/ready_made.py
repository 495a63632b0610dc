"""Segments that a new installation can start with, as rule data."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_noop

from crm_plugin.lifecycle.models import Stage

from . import schemes
from .models import Segment, SegmentScheme
from .refresh import refresh


def condition(name: str, /, **value: Any) -> dict[str, Any]:
    """One condition in the stored form of a rule."""
    return {"type": name, "value": value}


def group(match: str, /, *conditions: dict[str, Any]) -> dict[str, Any]:
    """A group (all, any, none) in the stored form of a rule."""
    return {
        "type": "group",
        "value": {"match": match, "conditions": list(conditions)},
    }


def guests_of(more: str, less: str, *, attribute: str = "taste") -> list[dict]:
    """Who used *more* oftener than *less* in 180 days; who never used anything, when
    they said that they like it."""
    return [
        group(
            "any",
            condition("more_uses", more=more, less=less, when="last", days=180),
            group(
                "all",
                condition("uses", how="none", when="ever"),
                condition(
                    "attribute",
                    attribute=attribute,
                    operator="one_of",
                    choices=[f"{attribute}:{more}"],
                ),
            ),
        )
    ]


CAME_ONCE = [
    condition("uses", how="exactly", number=1, when="ever"),
    condition("last_use", when="ago", days=14, days_to=120),
]
ASLEEP = [
    condition("last_use", when="before", days=180),
    group("none", condition("open_inquiry", kind="complaint")),
]

READY_MADE: dict[str, dict[str, Any]] = {
    "lunch-guests": {
        "name": gettext_noop("Lunch guests"),
        "name_ja": "ランチのお客様",
        "rule": guests_of("lunch", "dinner"),
    },
    "dinner-guests": {
        "name": gettext_noop("Dinner guests"),
        "name_ja": "ディナーのお客様",
        "rule": guests_of("dinner", "lunch"),
    },
    "came-once": {
        "name": gettext_noop("Came once"),
        "name_ja": "1回だけご利用の方",
        "rule": CAME_ONCE,
    },
    "asleep": {
        "name": gettext_noop("Asleep"),
        "name_ja": "しばらくお越しでない方",
        "rule": ASLEEP,
    },
}


# The stages in Japanese are the words of the stages themselves.
STAGES_JA = ("新規", "見込み", "初回", "2回目", "定着", "休眠", "離反")
BUYS = condition(
    "purchases", measure="count", how="at_least", number=1, when="last", days=365
)
SCHEMES: dict[str, dict[str, Any]] = {
    "stages": {
        "name": gettext_noop("Stages of the relation"),
        "name_ja": "顧客ステージ",
        "classes": [
            {
                "key": f"stage-{stage.value}",
                "name": str(stage.value).capitalize(),
                "name_ja": japanese,
                "rule": [condition("stage", stages=[stage.value])],
            }
            for stage, japanese in zip(Stage, STAGES_JA, strict=True)
        ],
    },
    "abc": {
        "name": gettext_noop("A, B, C by sales"),
        "name_ja": "売上によるABC分類",
        "classes": [
            {
                "key": "abc-a",
                "name": "A",
                "description": "top 20 %",
                "rule": [condition("best", percent=20, measure="sales")],
            },
            {
                "key": "abc-b",
                "name": "B",
                "description": "top 50 %",
                "rule": [condition("best", percent=50, measure="sales")],
            },
            {"key": "abc-c", "name": "C", "rule": [BUYS]},
        ],
    },
}


def ensure_scheme(key: str, *, by: Any = None) -> SegmentScheme:
    """The ready-made scheme *key*, made and published where it is missing."""
    found = SegmentScheme.objects.filter(key=key).first()
    return found or schemes.create(key, **SCHEMES[key], by=by)


def ensure(
    keys: Iterable[str] | None = None,
    *,
    definitions: Mapping[str, Mapping[str, Any]] = READY_MADE,
    refreshed: bool = False,
    by: Any = None,
) -> dict[str, Segment]:
    """Make and publish the named segments (all by default) where they are missing.

    What exists already is left as it is. With *refreshed*, members are computed at
    once instead of by a worker. Raises ``BrokenRule`` then, when the attribute or
    categories that a rule names do not exist.
    """
    found = {}
    for key in keys if keys is not None else definitions:
        segment, created = Segment.objects.get_or_create(
            key=key, defaults={**definitions[key], "live": False}
        )
        if created:
            segment.save_revision(user=by).publish(user=by)
            segment.refresh_from_db()
        if refreshed and (created or segment.refreshed_at is None):
            refresh(segment)
        found[key] = segment
    return found

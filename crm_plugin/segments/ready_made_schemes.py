"""Schemes that a shop can begin with: stages, A/B/C by sales, and RFM."""

from typing import Any

from django.utils.translation import gettext_noop

from crm_plugin.lifecycle.models import Stage

from .stored import condition

# The stages in Japanese are the words of the stages themselves.
STAGES_JA = ("新規", "見込み", "初回", "2回目", "定着", "休眠", "離反")
BUYS = condition(
    "purchases", measure="count", how="at_least", number=1, when="last", days=365
)


def _scores(**spans: tuple[int, int]) -> list[dict[str, Any]]:
    """Classes of recency, frequency and monetary value, from and to; else any."""
    said = {}
    for name in ("recency", "frequency", "monetary"):
        said[f"{name}_from"], said[f"{name}_to"] = spans.get(name, (1, 5))
    return [condition("rfm", **said)]


# Hughes's fifths, in the five groups that a small shop treats differently. The first
# class that fits holds somebody, so that each group needs to say only what is new.
RFM: list[dict[str, Any]] = [
    {
        "key": "rfm-best",
        "name": "Best customers",
        "name_ja": "優良のお客様",
        "description": gettext_noop("lately, often and for much"),
        "rule": _scores(recency=(4, 5), frequency=(4, 5), monetary=(4, 5)),
    },
    {
        "key": "rfm-loyal",
        "name": "Loyal customers",
        "name_ja": "常連のお客様",
        "description": gettext_noop("often, and not long ago"),
        "rule": _scores(recency=(3, 5), frequency=(4, 5)),
    },
    {
        "key": "rfm-promising",
        "name": "Promising customers",
        "name_ja": "これからのお客様",
        "description": gettext_noop("lately, not yet often"),
        "rule": _scores(recency=(4, 5)),
    },
    {
        "key": "rfm-slipping",
        "name": "Slipping away",
        "name_ja": "離れそうなお客様",
        "description": gettext_noop("often, but not lately"),
        "rule": _scores(recency=(1, 2), frequency=(3, 5)),
    },
    {
        "key": "rfm-seldom",
        "name": "Seldom",
        "name_ja": "たまのお客様",
        "description": gettext_noop("neither lately nor often"),
        "rule": _scores(recency=(1, 3)),
    },
]
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
                "description": gettext_noop("top 20 %"),
                "rule": [condition("best", percent=20, measure="sales")],
            },
            {
                "key": "abc-b",
                "name": "B",
                "description": gettext_noop("top 50 %"),
                "rule": [condition("best", percent=50, measure="sales")],
            },
            {"key": "abc-c", "name": "C", "rule": [BUYS]},
        ],
    },
    "rfm": {
        "name": gettext_noop("Recency, frequency, sales (RFM)"),
        "name_ja": "RFM分類（最終購入日・回数・金額）",
        "classes": RFM,
    },
}

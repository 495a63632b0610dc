"""What Hinata adds to the CRM: ready-made segments of its own."""

from typing import Any

from django.utils.translation import gettext_noop

from crm_plugin.segments.ready_made import condition, group, offer


def guests_of(
    more: str, less: str, *, attribute: str = "taste"
) -> list[dict[str, Any]]:
    """Who used *more* oftener than *less* in 180 days; who never used anything, when
    they said that they like it."""
    return [
        group(
            "any",
            condition("more_uses", more=more, less=less, when="last", days=180),
            group(
                "all",
                condition("uses", how="none", when="ever"),
                said(attribute, more),
            ),
        )
    ]


def said(attribute: str, *choices: str) -> dict[str, Any]:
    """Who chose one of these answers."""
    return condition(
        "attribute",
        attribute=attribute,
        operator="one_of",
        choices=[f"{attribute}:{choice}" for choice in choices],
    )


offer(
    "lunch-guests",
    name="Lunch guests",
    name_ja="ランチのお客様",
    about=gettext_noop(
        "More lunches than dinners in 180 days; or no use yet, but a liking for it."
    ),
    rule=guests_of("lunch", "dinner"),
)
offer(
    "dinner-guests",
    name="Dinner guests",
    name_ja="ディナーのお客様",
    about=gettext_noop(
        "More dinners than lunches in 180 days; or no use yet, but a liking for it."
    ),
    rule=guests_of("dinner", "lunch"),
)
offer(
    "regulars",
    name="Regulars",
    name_ja="常連のお客様",
    about=gettext_noop("Three uses or more, the last of them not long ago."),
    rule=[condition("stage", stages=["established"])],
)
offer(
    "women-with-children",
    name="Women with children at home",
    name_ja="お子さまと同居の女性",
    about=gettext_noop("As they told us themselves: female, and children at home."),
    rule=[said("sex", "female"), said("family", "children")],
)
offer(
    "sixty-and-over",
    name="Aged 60 and over",
    name_ja="60歳以上の方",
    about=gettext_noop("By their birthday, where we know it."),
    rule=[condition("age", youngest=60, oldest=130)],
)
offer(
    "higher-income",
    name="Household income of 7 million yen and more",
    name_ja="世帯年収700万円以上の方",
    about=gettext_noop("As they told us themselves."),
    rule=[said("income", "7-10", "over-10")],
)
# Of visits, not of people: strangers are in it as well.
offer(
    "social-link",
    name="Came by a social link",
    name_ja="SNSのリンクから来た方",
    about=gettext_noop(
        "Of this visit alone: it began by a link on Instagram, Facebook, X or LINE."
    ),
    rule=[
        group(
            "any",
            condition("visit_utm", source="instagram, facebook, x, line"),
            condition(
                "visit_referrer",
                kind="site",
                sites="instagram.com, facebook.com, t.co, x.com, line.me",
            ),
        )
    ],
)

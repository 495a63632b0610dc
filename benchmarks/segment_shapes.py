"""The shapes of rules that are measured: as a marketer stores them, and by hand."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from crm_plugin import models as m
from crm_plugin.segments.ready_made import CAME_ONCE, asleep, condition, group

from .hand_forms import Own, Rows, Several, all_of, any_of, none_of

USES, TOUCHES = "crm_plugin_contactuses", "crm_plugin_touchpoint"
BOUGHT, SALES = "crm_plugin_purchase", "crm_plugin_contactsales"
STAYS = "crm_plugin_segmentmembership"


@dataclass(frozen=True)
class Shape:
    rule: list[dict[str, Any]]
    by_hand: Several


def day(ago: int) -> str:
    return f"'{timezone.localdate() - dt.timedelta(days=ago)}'"


def midnight(ago: int) -> str:
    on = timezone.localdate() - dt.timedelta(days=ago)
    moment = timezone.make_aware(dt.datetime.combine(on, dt.time()))
    return f"'{connection.ops.adapt_datetimefield_value(moment)}'"


def taste(*numbers: int) -> dict[str, Any]:
    choices = [f"taste:taste{number}" for number in numbers]
    return condition("attribute", attribute="taste", operator="one_of", choices=choices)


def often(*numbers: int) -> dict[str, Any]:
    choices = [f"often:often{number}" for number in numbers]
    return condition("attribute", attribute="often", operator="one_of", choices=choices)


def points(number: int) -> dict[str, Any]:
    return condition(
        "attribute", attribute="points", operator="at_least", number=number
    )


def bought_in(days: int) -> dict[str, Any]:
    return condition("purchase_day", which="last", when="last", days=days)


def clicked(campaign: int) -> dict[str, Any]:
    return condition("campaign", campaign=str(campaign), kind="clicked", when="ever")


def touched(number: int, days: int, **said: str) -> dict[str, Any]:
    more = {"how": "at_least", "number": number, "when": "last", "days": days}
    return condition("touchpoints", **more, **said)


class ByHand:
    """The same as sets of rows."""

    def __init__(self) -> None:
        rows = m.AttributeDefinition.objects.values_list("key", "pk")
        self.attributes = dict(rows)
        chosen = m.AttributeChoice.objects.values_list("key", "pk")
        self.choices = dict(chosen)

    def value(self, key: str, where: str) -> Rows:
        of = f"definition_id = {self.attributes[key]} AND {where}"
        return Rows("crm_plugin_contactvalue", of, contact="owner_id")

    def choice(self, key: str, *numbers: int) -> Rows:
        ids = ", ".join(str(self.choices[f"{key}{number}"]) for number in numbers)
        return self.value(key, f"choice_id IN ({ids})")

    def clicked(self, *campaigns: int) -> Rows:
        ids = ", ".join(map(str, campaigns))
        return Rows(
            "crm_plugin_response r"
            " JOIN crm_plugin_delivery d ON d.id = r.delivery_id"
            " JOIN crm_plugin_mailing l ON l.id = d.mailing_id",
            f"l.campaign_id IN ({ids}) AND r.kind = 'click' AND NOT r.machine",
            contact="d.contact_id",
        )

    def touched(self, days: int, where: str = "1 = 1", having: str = "") -> Rows:
        human = f"at >= {midnight(days)} AND at < {midnight(-1)} AND NOT machine AND NOT unverified"
        return Rows(TOUCHES, f"{human} AND {where}", having)

    def stage(self, *stages: str) -> Rows:
        names = ", ".join(f"'{stage}'" for stage in stages)
        where = f"ended_on IS NULL AND stage IN ({names})"
        return Rows("crm_plugin_stageperiod", where)

    def member(self, segment: m.Segment) -> Rows:
        return Rows(STAYS, f"left_at IS NULL AND segment_id = {segment.pk}")


def _few(by: ByHand) -> dict[str, Shape]:
    until = f"last_on <= {day(0)}"
    return {
        "one attribute": Shape([taste(1)], all_of(by.choice("taste", 1))),
        "two attributes": Shape(
            [
                points(5000),
                condition("attribute", attribute="vip", operator="yes"),
            ],
            all_of(by.value("points", "number >= 5000"), by.value("vip", "number = 1")),
        ),
        "selective": Shape(
            [
                condition("place", prefecture="東京都、大阪府"),
                taste(1),
                bought_in(90),
                clicked(17),
                group("none", condition("stage", stages=["dormant"])),
            ],
            all_of(
                Rows(
                    "crm_plugin_contactpoint",
                    "kind = 'postal' AND prefecture IN ('東京都', '大阪府')",
                ),
                by.choice("taste", 1),
                Rows(SALES, f"last_on >= {day(90)} AND {until}"),
                by.clicked(17),
                none_of(by.stage("dormant")),
            ),
        ),
    }


def _many(by: ByHand) -> dict[str, Shape]:
    until = f"last_on <= {day(0)}"
    return {
        "broad": Shape(
            [
                condition("stage", stages=["second", "established", "dormant"]),
                bought_in(365),
                often(0, 1),
                group("none", *[clicked(number) for number in range(1, 6)]),
            ],
            all_of(
                by.stage("second", "established", "dormant"),
                Rows(SALES, f"last_on >= {day(365)} AND {until}"),
                by.choice("often", 0, 1),
                none_of(by.clicked(*range(1, 6))),
            ),
        ),
        "without a click": Shape(
            [
                condition("language", languages=["en"]),
                group("none", touched(1, 365, kind="click")),
            ],
            all_of(
                Own("c.language = 'en'"),
                none_of(by.touched(365, "kind = 'click'")),
            ),
        ),
    }


def _of_time(by: ByHand) -> dict[str, Shape]:
    today = day(0)
    return {
        "came once": Shape(
            CAME_ONCE,
            all_of(
                Rows(
                    USES,
                    f"count = 1 AND last_on >= {day(120)} AND last_on <= {day(14)}",
                ),
            ),
        ),
        "asleep": Shape(
            asleep(),
            all_of(
                Rows(USES, f"count > 0 AND last_on <= {day(181)}"),
                none_of(
                    Rows(
                        "crm_plugin_inquiry", "closed_at IS NULL AND kind = 'complaint'"
                    )
                ),
            ),
        ),
        "often in touch": Shape(
            [touched(3, 180)], all_of(by.touched(180, having="COUNT(*) >= 3"))
        ),
        "sales of a year": Shape(
            [
                condition(
                    "purchases",
                    measure="sum",
                    how="at_least",
                    number=8000,
                    when="last",
                    days=365,
                )
            ],
            all_of(
                Rows(
                    BOUGHT,
                    f'contact_id IS NOT NULL AND "on" >= {day(365)}'
                    f' AND "on" <= {today}',
                    "SUM(amount) >= 8000",
                )
            ),
        ),
    }


def _of_lines(by: ByHand) -> dict[str, Shape]:
    today = day(0)
    return {
        "purchases of a category": Shape(
            [
                condition(
                    "purchases",
                    measure="count",
                    how="at_least",
                    number=2,
                    category="dinner",
                    when="last",
                    days=365,
                ),
                taste(1, 2),
            ],
            all_of(
                Rows(
                    "crm_plugin_purchaseline l"
                    " JOIN crm_plugin_purchase p ON p.id = l.purchase_id"
                    " JOIN crm_plugin_productcategory g ON g.id = l.category_id",
                    "p.contact_id IS NOT NULL AND l.amount > 0 AND g.key = 'dinner'"
                    f' AND p."on" >= {day(365)} AND p."on" <= {today}',
                    "COUNT(DISTINCT p.id) >= 2",
                    contact="p.contact_id",
                ),
                by.choice("taste", 1, 2),
            ),
        ),
        "consent, and silent": Shape(
            [
                condition("consent", topic="news", state="granted"),
                condition("last_touch", when="before", days=200, or_never=True),
            ],
            all_of(
                Rows(
                    "crm_plugin_consent s"
                    " JOIN crm_plugin_contactpoint o ON o.id = s.point_id"
                    " JOIN crm_plugin_topic t ON t.id = s.topic_id",
                    "t.key = 'news' AND s.state = 'granted'",
                    contact="o.contact_id",
                ),
                none_of(
                    Rows("crm_plugin_contactfrequency", f"last_at >= {midnight(200)}"),
                ),
            ),
        ),
    }


def _of_segments(by: ByHand, inside: m.Segment, outside: m.Segment) -> dict[str, Shape]:
    return {
        "in one segment, not in another": Shape(
            [
                condition("segment", segment=inside.key, state="in"),
                group("none", condition("segment", segment=outside.key, state="in")),
                points(3000),
            ],
            all_of(
                by.member(inside),
                none_of(by.member(outside)),
                by.value("points", "number >= 3000"),
            ),
        ),
        "any of three": Shape(
            [group("any", taste(1, 2), points(9900), touched(1, 30, kind="call"))],
            all_of(
                any_of(
                    by.choice("taste", 1, 2),
                    by.value("points", "number >= 9900"),
                    by.touched(30, "kind = 'call'"),
                )
            ),
        ),
    }


def _nested(by: ByHand) -> dict[str, Shape]:
    return {
        "nested": Shape(
            [
                condition("stage", stages=["first", "second"]),
                group(
                    "any",
                    group("all", taste(3, 4), touched(1, 180, kind="visit")),
                    group("all", points(8000), group("none", often(3))),
                ),
                group("none", touched(1, 90, kind="mail_out"), clicked(3)),
            ],
            all_of(
                by.stage("first", "second"),
                any_of(
                    all_of(by.choice("taste", 3, 4), by.touched(180, "kind = 'visit'")),
                    all_of(
                        by.value("points", "number >= 8000"),
                        none_of(by.choice("often", 3)),
                    ),
                ),
                none_of(by.touched(90, "kind = 'mail_out'"), by.clicked(3)),
            ),
        ),
    }


def shapes(inside: m.Segment, outside: m.Segment) -> dict[str, Shape]:
    """By name; the two segments have members."""
    by = ByHand()
    return {
        **_few(by),
        **_many(by),
        **_of_time(by),
        **_of_lines(by),
        **_of_segments(by, inside, outside),
        **_nested(by),
    }

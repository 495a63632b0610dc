"""A score of three lines, one of which fades, against hand-written ``INSERT … SELECT``."""

import datetime as dt
import functools
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from crm_plugin.models import ContactScore, Score
from crm_plugin.scoring.decay import steps
from crm_plugin.scoring.refresh import refresh
from crm_plugin.segments.ready_made import condition

from . import segment_shop
from .harness import Case, Report, in_turns
from .two_sizes import two_sizes

SIZE = 100_000
databases = functools.partial(two_sizes, called="segments")
GOAL = 1.5
HALF_LIFE = 30
TALKS = condition("touchpoints", how="at_least", number=1, when="ever")
USES = condition("uses", how="at_least", number=1, when="ever")
ENGLISH = condition("language", languages=["en"])


def line(rule: dict, points: int, **said: object) -> dict:
    value = {"points": points, "given": "once", **said, "rule": [rule]}
    return {"type": "line", "value": value}


LINES = [
    line(TALKS, 8, given="each", half_life=HALF_LIFE, most=20),
    line(USES, 5, given="each", most=10),
    line(ENGLISH, -3),
]
POINTS = """
    SELECT c.id, g.value FROM crm_plugin_contact c JOIN (
        SELECT contact_id, (CAST(SUM(gain) AS BIGINT) + 1000000500) / 1000 - 1000000
               AS value
        FROM (
            SELECT contact_id,
                   8 * (CASE WHEN SUM({weight}) > 20000 THEN 20000
                        ELSE SUM({weight}) END) AS gain
            FROM crm_plugin_touchpoint WHERE NOT machine AND NOT unverified
            GROUP BY contact_id
            UNION ALL
            SELECT contact_id, 5000 * (CASE WHEN COUNT(*) > 10 THEN 10
                                       ELSE COUNT(*) END)
            FROM crm_plugin_use GROUP BY contact_id
            UNION ALL
            SELECT id, -3000 FROM crm_plugin_contact WHERE language = 'en'
        ) AS gains GROUP BY contact_id
    ) AS g ON g.contact_id = c.id
    WHERE c.archived_at IS NULL AND g.value <> 0
"""


def weight() -> str:
    """The thousandths of a touchpoint by its age, as a CASE with moments in it."""
    today = timezone.localdate()
    whens = []
    for age, much in steps(HALF_LIFE):
        day = dt.datetime.combine(today - dt.timedelta(days=age - 1), dt.time())
        moment = connection.ops.adapt_datetimefield_value(timezone.make_aware(day))
        whens.append(f"WHEN at >= '{moment}' THEN {much}")
    return f"CASE {' '.join(whens)} ELSE 0 END"


def hand_written(score: Score) -> None:
    """The same refresh by hand: who has none any more goes, then an upsert."""
    points = POINTS.format(weight=weight())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""DELETE FROM crm_plugin_contactscore WHERE score_id = %s
            AND contact_id NOT IN (SELECT id FROM ({points}) AS p)""",
            [score.pk],
        )
        cursor.execute(
            f"""INSERT INTO crm_plugin_contactscore AS s (score_id, contact_id, value)
            SELECT %s, p.id, p.value FROM ({points}) AS p WHERE true
            ON CONFLICT (score_id, contact_id) DO UPDATE SET value = excluded.value
            WHERE s.value <> excluded.value""",
            [score.pk],
        )


def held(score: Score) -> dict[int, int]:
    rows = ContactScore.objects.filter(score=score)
    return dict(rows.values_list("contact_id", "value"))


def run(size: int, made: Any, chosen: Sequence[str] = ()) -> Report:
    made.use("large")
    segment_shop.filled(size)
    score, _new = Score.objects.get_or_create(
        key="bench", defaults={"name": "Bench", "lines": LINES}
    )
    refresh(score)
    ours = held(score)
    ContactScore.objects.all().delete()
    hand_written(score)
    assert ours
    assert held(score) == ours

    def empty() -> None:
        ContactScore.objects.all().delete()

    report = Report()
    for case, between in (
        ("fill from empty", empty),
        ("nothing changed", lambda: None),
    ):
        times = in_turns(
            lambda: refresh(score), lambda: hand_written(score), between=between
        )
        report.cases.append(Case(case, *times, "hand-written SQL", GOAL))
    return report

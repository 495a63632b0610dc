"""The rule that the segment benchmarks use, as data and as hand-written SQL."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from crm_plugin.models import AttributeDefinition, Segment
from crm_plugin.segments.ready_made import condition, group

POINTS, USES, DAYS = 5000, 2, 365

RULE = [
    condition("attribute", attribute="points", operator="at_least", number=POINTS),
    condition("uses", how="at_least", number=USES, when="last", days=DAYS),
    group(
        "none",
        condition(
            "touchpoints",
            how="at_least",
            number=1,
            kind="click",
            when="last",
            days=DAYS,
        ),
    ),
]
MEMBERS = """
    SELECT c.id FROM crm_plugin_contact c
    WHERE c.archived_at IS NULL
    AND c.id IN (SELECT owner_id FROM crm_plugin_contactvalue
                 WHERE definition_id = %s AND number >= %s)
    AND c.id IN (SELECT contact_id FROM crm_plugin_use WHERE "on" >= %s
                 GROUP BY contact_id HAVING COUNT(*) >= %s)
    AND c.id NOT IN (SELECT contact_id FROM crm_plugin_touchpoint
                     WHERE kind = 'click' AND at >= %s AND NOT machine)
"""


def make_segment() -> Segment:
    segment = Segment(key="bench", name="Bench", rule=RULE)
    segment.save()
    return segment


def params() -> list:
    """What the hand-written statement needs, in its order."""
    day = timezone.localdate() - dt.timedelta(days=DAYS)
    midnight = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    points = AttributeDefinition.objects.get(key="points")
    moment = connection.ops.adapt_datetimefield_value(midnight)
    return [points.pk, POINTS, day.isoformat(), USES, moment]


def hand_written(segment: Segment) -> None:
    """The same refresh by hand: leave, then enter, only the difference."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE crm_plugin_segmentmembership SET left_at = %s
            WHERE segment_id = %s AND left_at IS NULL
            AND contact_id NOT IN ({MEMBERS})""",
            [now, segment.pk, *params()],
        )
        cursor.execute(
            f"""INSERT INTO crm_plugin_segmentmembership
            (segment_id, contact_id, entered_at)
            SELECT %s, m.id, %s FROM ({MEMBERS}) AS m
            WHERE m.id NOT IN (SELECT contact_id FROM crm_plugin_segmentmembership
                               WHERE segment_id = %s AND left_at IS NULL)""",
            [segment.pk, now, *params(), segment.pk],
        )


def members(segment: Segment) -> set[int]:
    rows = segment.memberships.filter(left_at=None)
    return set(rows.values_list("contact_id", flat=True))

"""Touchpoints by the stage in which the person stood then, and by channel."""

import datetime as dt

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.lifecycle.dialect import local_day
from crm_plugin.lifecycle.models import Stage
from crm_plugin.rules import periods
from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import Channel, Phase, Touchpoint
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, grid

from .kpi import Result, register

DAYS = 365


def numbers() -> dict[tuple[str, str], int]:
    """{(stage, channel): touchpoints}, by the stage of their day; one query."""
    day = local_day("t.at")
    today = periods.today(timezone.now())
    since = periods.midnight(today - dt.timedelta(days=DAYS - 1))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT s.stage, t.channel, COUNT(*)
            FROM crm_plugin_touchpoint t
            JOIN crm_plugin_stageperiod s ON s.contact_id = t.contact_id
             AND s.started_on <= {day}
             AND (s.ended_on IS NULL OR s.ended_on > {day})
            WHERE t.at >= %s AND t.machine = %s AND t.kind <> %s
            GROUP BY s.stage, t.channel""",  # noqa: S608
            [
                connection.ops.adapt_datetimefield_value(since),
                False,
                Touchpoint.Kind.NOTE,
            ],
        )
        return {(stage, channel): n for stage, channel, n in cursor.fetchall()}


@register(
    "stage_channel",
    title=gettext_lazy("Touchpoints by stage and channel"),
    formula=gettext_lazy(
        "Touchpoints of the last 365 days, from both sides, without notes and machines,"
        " by the stage in which the contact stood on that day, and by channel."
    ),
    phase=Phase.SALES,
)
def compute() -> Result:
    counted = numbers()
    used = [c for c in Channel if any(channel == c for _stage, channel in counted)]
    rows = [
        [str(stage.label), *(counted.get((stage, channel), 0) for channel in used)]
        for stage in Stage
    ]
    cells = [
        [
            Item(f"{stage.label} × {channel.label}", counted.get((stage, channel), 0))
            for channel in used
        ]
        for stage in Stage
    ]
    links = {
        (row, column): _people(stage, channel)
        for row, stage in enumerate(Stage)
        for column, channel in enumerate(used, 1)
        if (stage, channel) in counted
    }
    return Result(
        headings=[_("Stage"), *(str(channel.label) for channel in used)],
        rows=rows,
        charts=[
            grid(
                _("Touchpoints by stage and channel"),
                [str(stage.label) for stage in Stage],
                [str(channel.label) for channel in used],
                cells,
                label_heading=_("Stage and channel"),
                value_heading=_("Touchpoints"),
            )
        ],
        figures={"total": sum(counted.values())},
        links=links,
    )


def _people(stage: Stage, channel: Channel) -> str:
    """Who were in the stage when at least one touchpoint by the channel was."""
    said = {"how": "at_least", "number": 1, "when": "last", "days": DAYS - 1}
    sort = {"stages": [stage.value], "channel": channel.value}
    return people(condition("stage_touchpoints", **sort, **said))

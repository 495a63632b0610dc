"""The latest refreshes of a segment, drawn: members and moves, and how long each took."""

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from crm_plugin.segments.models import Segment, SegmentRefresh
from crm_plugin.segments.pace import pace
from crm_plugin.ui import charts

# So many refreshes are drawn, and so many told line by line.
DRAWN = 30
TOLD = 5


def context_of(segment: Segment) -> dict[str, Any]:
    """What the page of a segment shows of its refreshes; two queries."""
    refreshes = list(segment.refreshes.order_by("-at")[:DRAWN])
    return {
        "refreshes": [(row, lasted(row.milliseconds)) for row in refreshes[:TOLD]],
        "refresh_charts": drawn(refreshes),
        "slow": slow(segment),
    }


def lasted(milliseconds: int) -> str:
    """A time as people say it: milliseconds, or seconds."""
    if milliseconds < 1_000:
        return _("%(ms)s ms") % {"ms": number_format(milliseconds)}
    decimals = 1 if milliseconds < 60_000 else 0
    seconds = number_format(milliseconds / 1_000, decimals, force_grouping=True)
    return _("%(seconds)s s") % {"seconds": seconds}


def drawn(refreshes: list[SegmentRefresh]) -> list[charts.Chart]:
    """Both charts, the oldest of the latest *refreshes* first; none of a single one."""
    if len(refreshes) < 2:
        return []
    rows = [
        (date_format(timezone.localtime(row.at), "SHORT_DATETIME_FORMAT"), row)
        for row in reversed(refreshes)
    ]
    members = [
        charts.Item(at, row.size, text=f"{row.size:,} (+{row.entered:,} −{row.left:,})")
        for at, row in rows
    ]
    times = [
        charts.Item(
            at,
            max(row.milliseconds, 1),
            text=lasted(row.milliseconds),
            note=row.get_kind_display(),
        )
        for at, row in rows
    ]
    return [
        charts.line(
            _("Members after each refresh"),
            members,
            label_heading=_("At"),
            value_heading=_("Members"),
        ),
        charts.line(
            _("How long each refresh took"),
            times,
            label_heading=_("At"),
            value_heading=_("Took"),
        ),
    ]


def slow(segment: Segment) -> list[str]:
    """That it takes long, or much longer than it did, and what helps; else nothing."""
    found = pace(segment)
    if found is None or not (found.long or found.slower):
        return []
    text = _("The last refresh of all contacts took %(time)s.")
    said = [text % {"time": lasted(found.last)}]
    if found.slower and found.usual is not None:
        said.append(_("It used to take %(time)s.") % {"time": lasted(found.usual)})
    if segment.scheme_id is not None:
        said.append(_("All groups of its scheme are refreshed together."))
    said.append(
        _(
            "Fewer conditions and shorter periods make it faster, and so does another"
            " segment in place of conditions that stand in several rules. If other"
            " segments have become slow as well, whoever runs the site should look at"
            " the database."
        )
    )
    return said

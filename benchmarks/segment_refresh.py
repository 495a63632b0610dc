"""A segment of three conditions, refreshed, against hand-written INSERT … SELECT."""

from crm_plugin.models import SegmentMembership
from crm_plugin.segments.refresh import refresh

from . import generator
from .harness import Case, Report, in_turns
from .segments_data import hand_written, make_segment, members

SIZE = 20_000
GOAL = 1.3


def run(size: int) -> Report:
    generator.build(size)
    segment = make_segment()
    refresh(segment)
    ours = members(segment)
    SegmentMembership.objects.all().delete()
    hand_written(segment)
    assert ours
    assert members(segment) == ours

    def empty() -> None:
        SegmentMembership.objects.all().delete()

    report = Report()
    for case, between in (
        ("fill from empty", empty),
        ("nothing changed", lambda: None),
    ):
        times = in_turns(
            lambda: refresh(segment), lambda: hand_written(segment), between=between
        )
        report.cases.append(Case(case, *times, "hand-written SQL", GOAL))
    return report

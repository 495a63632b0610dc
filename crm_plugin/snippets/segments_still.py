"""Segments that stand still say so in the lists and where their rule is corrected."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from wagtail.admin.ui.tables import Column

from crm_plugin import rules
from crm_plugin.segments.models import Segment


def since(segment: Segment) -> dt.datetime | None:
    """Since when it stands still, None for one that does not."""
    return segment.frozen_at if segment.in_force else None


def tell(segments: Iterable[Segment]) -> None:
    """Give each segment its ``problems``, None for one that does not stand still."""
    for segment in segments:
        segment.problems = _why(segment) if since(segment) else None


def _why(segment: Segment) -> list[str]:
    """The rest has no rule of its own that could break."""
    return [] if segment.rest else rules.why_broken(segment.rule)


def holding(classes: Iterable[Segment]) -> list[Segment]:
    """Those of the *classes* of a scheme by which all of it stands still, each with its
    ``problems``: whose own rule is broken, before those that only wait for them."""
    rows = list(classes)
    tell(rows)
    broken = [row for row in rows if row.problems]
    return broken or [row for row in rows if row.problems is not None]


def problems(segment: Segment) -> str:
    """Why it stands still, in words."""
    return " ".join(_why(segment)) if since(segment) else ""


class RuleColumn(Column):
    cell_template_name = "crm_plugin/segments/rule_cell.html"


class TellsStillMixin:
    """For the editor, which shows a draft: what is told is of the rule in force."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = Segment.objects.frozen().filter(pk=self.object.pk)  # type: ignore[attr-defined]
        still = rows.first()
        with rules.remembering():
            problems = rules.why_broken(still.rule) if still else []
        said = {"still": still, "problems": problems}
        return {**super().get_context_data(**kwargs), **said}  # type: ignore[misc]

"""Segments that stand still say so in the list and where their rule is corrected."""

from collections.abc import Iterable
from typing import Any

from wagtail.admin.ui.tables import Column

from crm_plugin import rules
from crm_plugin.segments.models import Segment


def tell(segments: Iterable[Segment]) -> None:
    """Give each segment its ``problems``, None for one that does not stand still."""
    for segment in segments:
        still = segment.in_force and segment.frozen_at
        segment.problems = rules.why_broken(segment.rule) if still else None


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

"""The list of scores: what gives points, and how many contacts have how many."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.forms import Media
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin import rules
from crm_plugin.scoring.models import Score
from crm_plugin.ui import charts
from crm_plugin.ui.journalled import KeptListView


def drawn(score: Score) -> charts.Chart | None:
    """How many contacts have how many points, as counted after the last refresh."""
    bars = score.spread.get("bars", [])
    if not bars:
        return None
    items = [charts.Item(_range(least, most), count) for least, most, count in bars]
    return charts.bars(
        _("Contacts by points"),
        items,
        label_heading=_("Points"),
        value_heading=_("Contacts"),
    )


def _range(least: int, most: int) -> str:
    if least == most:
        return number_format(least)
    words = {"least": number_format(least), "most": number_format(most)}
    return _("%(least)s to %(most)s") % words


def without(score: Score) -> str:
    """How many contacts have no points, in words."""
    number = score.spread.get("none", 0)
    words = ngettext(
        "%(n)s contact has no points.", "%(n)s contacts have no points.", number
    )
    return words % {"n": number_format(number, force_grouping=True)}


def _lines(score: Score) -> str:
    return " ".join(str(line.sentence) for line in score.read_lines)


class ScoreListView(KeptListView):
    """One card for each score instead of one row: a spread is not read in a cell."""

    exported = {
        "name": (gettext_lazy("Name"), str),
        "lines": (gettext_lazy("Points"), _lines),
        "none": (
            gettext_lazy("Contacts without points"),
            lambda row: row.spread.get("none", 0),
        ),
    }

    results_template_name = "crm_plugin/scoring/list_results.html"
    page_title = gettext_lazy("Scores")
    empty_text = gettext_lazy(
        "There are no scores yet. A score gives points, such as for pages read, so that"
        " you see how strongly somebody is interested; rules can ask for it."
    )

    def get_base_queryset(self) -> Any:
        return Score.objects.visible_to(self.request.user)

    def export_rows(self, objects: list[Score]) -> Iterable[Sequence[Any]]:
        with rules.remembering():
            yield from super().export_rows(objects)

    @property
    def may_change(self) -> bool:
        return bool(self.request.user.has_perm("crm_plugin.change_score"))

    @property
    def header_buttons(self) -> list[Any]:
        buttons = list(super().header_buttons)
        if self.request.user.has_perm("crm_plugin.add_score"):
            url = f"{reverse('crm_score:add')}?ready=topic"
            label = _("Add interest in a topic")
            buttons.append(HeaderButton(label, url=url, icon_name="plus"))
        return buttons

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        with rules.remembering():
            for score in context["object_list"]:
                lines = score.read_lines
                score.sentences = [line.sentence for line in lines]
                score.chart, score.without = drawn(score), without(score)
                score.problems = (
                    [text for line in lines for text in line.problems()]
                    if score.frozen_at
                    else []
                )
        context["ready"] = f"{reverse('crm_score:add')}?ready=interest"
        context["may_change"] = self.may_change
        css = [
            "crm_plugin/touchpoints/desk.css",
            "crm_plugin/reports.css",
            "crm_plugin/scoring/scores.css",
        ]
        context["media"] += Media(css={"all": css})
        return context

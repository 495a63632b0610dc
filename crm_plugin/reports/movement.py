"""Segment movement: from which class to which, between two boundaries."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.segments import movement
from crm_plugin.segments.movement import NOWHERE, Between, Standing
from crm_plugin.touchpoints.models import Phase

from .kpi import Result, register
from .movement_notes import publications
from .movement_table import MovementTable
from .periods import PeriodForm, between

CHANGE = "crm_plugin.change_segment"


class MovementForm(PeriodForm):
    """Of which scheme, and in which days."""

    scheme = forms.ChoiceField(label=gettext_lazy("Which groups"), required=False)
    field_order = ["scheme", "period", "first", "last"]

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_change = user is not None and user.has_perm(CHANGE)
        self.known = {one.key: one for one in movement.standings(user)}
        choices = [(key, str(one)) for key, one in self.known.items()]
        self.fields["scheme"].choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["standing"] = self.known.get(cleaned.get("scheme", ""))
        cleaned["may_change"] = self.may_change
        return cleaned


@register(
    "movement",
    title=gettext_lazy("Movement between groups"),
    formula=gettext_lazy(
        "Contacts by the group (a stage, or a class of a scheme) in which they stood when"
        " the period began (rows) and when it was over (columns). Who was not known at"
        " the start, and who was archived before the end, has a row and a column of"
        " their own, so that the sums match. Never changed: who did not leave the group"
        " in between either. Sales are net, of the days of the period, by the group at"
        " its end."
    ),
    phase=Phase.SUCCESS,
    asks=MovementForm,
)
def compute(asked: Mapping[str, Any] | None = None) -> Result:
    asked = asked or {}
    standing: Standing = asked.get("standing") or movement.Stages()
    days: Between = asked.get("between") or between("quarter")
    counted, net = movement.counts(standing, days), movement.sales(standing, days)
    table = MovementTable(standing, days, counted, net)
    return Result(
        headings=[_heading(days), *table.columns.values(), *table.sums],
        rows=table.rows,
        links=table.links,
        charts=[table.drawing()] if table.total else [],
        notes=[
            *_notes(standing, days),
            *publications(standing, days, table.classes, leads=asked.get("may_change")),
        ],
        figures={
            "scheme": standing.key,
            "first": days.first.isoformat(),
            "last": days.last.isoformat(),
            "moved": table.moved,
            "entered": sum(
                found.number for (at, _to), found in counted.items() if at == NOWHERE
            ),
            "left": sum(
                found.number for (_at, to), found in counted.items() if to == NOWHERE
            ),
            "never_changed": sum(found.throughout for found in counted.values()),
        },
    )


def _heading(days: Between) -> str:
    return _("%(start)s to %(end)s") % {
        "start": date_format(days.first, "SHORT_DATE_FORMAT"),
        "end": date_format(days.last, "SHORT_DATE_FORMAT"),
    }


def _notes(standing: Standing, days: Between) -> list[str]:
    """A scheme tells nothing of the days before it was made."""
    since = standing.since()
    if since is None or since < days.first:
        return []
    words = _(
        "These groups are known since %(day)s: whoever was in one then counts as not"
        " known before."
    )
    return [words % {"day": date_format(since, "SHORT_DATE_FORMAT")}]

"""What rules can ask about plans: who has which, and who changed to another."""

import datetime as dt
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.sales.data_things import PLAN
from crm_plugin.sales.models import Plan, PlanPeriod

from .deals import gone, names

GROUP = gettext_lazy("Uses and purchases")
ASPECTS = frozenset({"plans"})
STATES = {
    "now": gettext_lazy("has it today"),
    "ever": gettext_lazy("has or had it"),
    "ends": gettext_lazy("has it today, and it ends in the next … days"),
}
CHANGES = {
    "up": gettext_lazy("stepped up"),
    "down": gettext_lazy("stepped down"),
    "begun": gettext_lazy("began, without one before"),
    "ended": gettext_lazy("ended, without one after"),
}


def plans() -> QuerySet[Plan]:
    return Plan.objects.all()


class PlanCondition(rules.Condition):
    """What both have in common: without any plans the editor does not offer them."""

    group = GROUP
    aspects = ASPECTS
    rests_on = frozenset({("contact", PLAN)})
    dated_by = gettext_lazy("the days of the plans")

    def offered(self) -> bool:
        return Plan.objects.exists()

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        if found := gone(Plan, value["plans"]):
            raise rules.BrokenRule(found)
        return self.rows(value, at).values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        """Stays have days: what begins later, or had not ended, is not counted."""
        return self.contacts(value, at)

    def rows(self, value: Any, at: dt.datetime) -> QuerySet[PlanPeriod]:
        rows = PlanPeriod.objects.all()
        if value["plans"]:
            rows = rows.filter(plan__key__in=value["plans"])
        return rows

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        """A stay begins or ends with the day."""
        return rules.periods.next_change({"when": "last"}, at)

    def problems(self, value: Any, user: Any) -> list[str]:
        return gone(Plan, value["plans"]) or super().problems(value, user)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = self.rows(value, at).filter(contact=contact_id).select_related("plan")
        found = list(rows.order_by("-started_on")[:3])
        return ", ".join(
            f"{row.plan} ({_day(row.started_on)}–{_day(row.ended_on)})" for row in found
        ) or _("none")


def _day(day: dt.date | None) -> str:
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


@rules.register
class HasPlan(PlanCondition):
    name = "plan"
    label = pgettext_lazy("subscription", "Plan")
    icon = "calendar-check"

    class Value(rules.ConditionBlock):
        plans = rules.RecordChoicesBlock(
            plans,
            required=False,
            label=gettext_lazy("one of these (none ticked: any)"),
        )
        state = blocks.ChoiceBlock(
            choices=list(STATES.items()), default="now", label=gettext_lazy("state")
        )
        days = rules.periods.days_block(gettext_lazy("days"))
        optional = {"plans"}
        shown = {"days": {"state": {"ends"}}}

    def rows(self, value: Any, at: dt.datetime) -> QuerySet[PlanPeriod]:
        rows, today = super().rows(value, at), rules.periods.today(at)
        if value["state"] == "ever":
            return rows.filter(started_on__lte=today)
        rows &= PlanPeriod.objects.on(today)
        if value["state"] != "ends":
            return rows
        # Who has another plan from the next day on has renewed.
        period = rules.periods.resolve(_next(value), at)
        return rows.filter(went_to=None, **period.days("ended_on"))

    def past(self, value: Any) -> rules.Past:
        if value["state"] == "ends":
            why_not = _("When it was settled that a plan ends is not dated.")
            return rules.Past(why_not=why_not)
        return super().past(value)

    def sentence(self, value: Any) -> str:
        which = names(Plan, value["plans"]) if value["plans"] else _("any")
        if value["state"] == "ever":
            return _("plan now or earlier: %(names)s") % {"names": which}
        if value["state"] == "ends":
            words = {"names": which, "when": rules.periods.phrase(_next(value))}
            return _("a plan that ends %(when)s: %(names)s") % words
        return _("plan: %(names)s") % {"names": which}


def _next(value: Any) -> dict[str, Any]:
    return {"when": "next", "days": value["days"]}


@rules.register
class ChangedPlan(PlanCondition):
    name = "plan_change"
    label = gettext_lazy("Change of plan")
    icon = "arrow-up"

    class Value(rules.PeriodBlock):
        change = blocks.ChoiceBlock(
            choices=list(CHANGES.items()), default="up", label=gettext_lazy("change")
        )
        plans = rules.RecordChoicesBlock(
            plans,
            required=False,
            label=gettext_lazy("to one of these, or the one that ended (none: any)"),
        )
        when = rules.periods.past("last")
        optional = {"plans"}

    def rows(self, value: Any, at: dt.datetime) -> QuerySet[PlanPeriod]:
        today, period = rules.periods.today(at), rules.periods.resolve(value, at)
        if value["change"] == "ended":
            over = Q(ended_on__lt=today, went_to=None)
            rows = super().rows(value, at).filter(**period.days("ended_on"))
            return rows.filter(over)
        how = {
            "up": Q(came_from__rank__lt=F("plan__rank")),
            "down": Q(came_from__rank__gt=F("plan__rank")),
        }.get(value["change"], Q(came_from=None))
        rows = super().rows(value, at).filter(**period.days("started_on"))
        return rows.filter(how, started_on__lte=today)

    def sentence(self, value: Any) -> str:
        words = {
            "up": _("stepped up to a higher plan"),
            "down": _("stepped down to a lower plan"),
            "begun": _("began a plan"),
            "ended": _("ended their plan"),
        }
        text = words.get(value["change"], "…")
        if value["plans"]:
            text += f" ({names(Plan, value['plans'])})"
        return rules.periods.said(text, value)

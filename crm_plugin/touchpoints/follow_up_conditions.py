"""What rules can ask about follow-ups: whose next step is open, late or done."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules

from .follow_ups import STEPS
from .models import Channel, FollowUp, Phase
from .sorts import GROUP, choice
from .whose import owned, owner_block, owner_said

STATES = {
    "open": gettext_lazy("still to do"),
    "late": gettext_lazy("overdue"),
    "done": gettext_lazy("done"),
    "any": gettext_lazy("open and done"),
}


@rules.register
class HasFollowUp(rules.Condition):
    """The period is about the day on which it is due."""

    name = "follow_up"
    label = gettext_lazy("Follow-up")
    icon = "calendar-check"
    group = GROUP
    dated_by = gettext_lazy("the days on which follow-ups were planned and done")
    aspects = frozenset({"touchpoints", STEPS})

    class Value(rules.PeriodBlock):
        state = blocks.ChoiceBlock(
            choices=list(STATES.items()), default="open", label=gettext_lazy("State")
        )
        owner = owner_block(FollowUp)
        phase = choice(Phase.choices, gettext_lazy("phase"))
        channel = choice(Channel.choices, gettext_lazy("channel"))
        when = rules.periods.when(label=gettext_lazy("due on"))
        optional = {"owner", "phase", "channel"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._rows(value, at).values("contact_id")

    def past(self, value: Any) -> rules.Past:
        chosen = any(value[name] for name in ("owner", "phase", "channel"))
        if chosen or value["state"] == "late" or value["when"] != "ever":
            text = _("Whose a follow-up was, of which sort and for when is not dated.")
            return rules.Past(why_not=text)
        return super().past(value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        then = {
            "open": Q(done_at=None) | Q(done_at__gt=at),
            "done": Q(done_at__lte=at),
        }.get(value["state"], Q())
        return FollowUp.objects.filter(then, created_at__lte=at).values("contact_id")

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[FollowUp]:
        state = {
            "open": Q(done_at=None),
            "late": Q(done_at=None, due_on__lt=rules.periods.today(at)),
            "done": Q(done_at__isnull=False),
        }.get(value["state"], Q())
        named = {name: value[name] for name in ("phase", "channel") if value[name]}
        days = rules.periods.resolve(value, at).days("due_on")
        return FollowUp.objects.filter(state, **days, **named, **owned(value))

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        moving = {"when": "last"} if value["state"] == "late" else value
        return rules.periods.next_change(moving, at)

    def sentence(self, value: Any) -> str:
        text = {
            "open": _("an open follow-up"),
            "late": _("an overdue follow-up"),
            "done": _("a follow-up that is done"),
        }.get(value["state"], _("a follow-up, open or done"))
        text = rules.with_details(text, _names(value))
        if period := rules.periods.phrase(value):
            text = _("%(what)s, due %(period)s") % {"what": text, "period": period}
        return text

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = self._rows(value, at).filter(contact=contact_id).order_by("due_on")
        days = rows.values_list("due_on", flat=True)[:3]
        told = [date_format(day, "SHORT_DATE_FORMAT") for day in days]
        return ", ".join(_("due %(day)s") % {"day": day} for day in told) or _("none")


def _names(value: Any) -> list[str]:
    """In words, which follow-ups are meant."""
    names = [
        str(dict(choices).get(value[field], value[field]))
        for field, choices in (("channel", Channel.choices), ("phase", Phase.choices))
        if value[field]
    ]
    return [*names, said] if (said := owner_said(value)) else names

"""What rules can ask about deals: of the main contact and of everybody involved."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.conf import format_money
from crm_plugin.sales.data_things import DEALS
from crm_plugin.sales.models import (
    Deal,
    DealPerson,
    DealStage,
    DealStagePeriod,
    LostReason,
)

GROUP = gettext_lazy("Deals")
ASPECTS = frozenset({"deals"})
RESTS_ON = frozenset({("contact", DEALS)})
SIZES = {
    "any": gettext_lazy("of any amount"),
    "at_least": gettext_lazy("of at least"),
    "at_most": gettext_lazy("of at most"),
}
AGES = {
    "any": gettext_lazy("for however long"),
    "longer": gettext_lazy("for more than … days"),
    "shorter": gettext_lazy("for at most … days"),
}
DUE = {
    "any": gettext_lazy("on whatever day"),
    "late": gettext_lazy("on a day that is past"),
    "soon": gettext_lazy("within the next … days"),
}


def roles_block() -> Any:
    """Which of those involved are meant."""
    return rules.KeyChoicesBlock(
        choices=DealPerson.Role.choices,
        required=False,
        default=[],
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("as one of these (none ticked: as anything)"),
    )


def involved(roles: list[str]) -> QuerySet[DealPerson]:
    rows = DealPerson.objects.all()
    return rows.filter(role__in=roles) if roles else rows


def as_whom(roles: list[str]) -> str:
    known = dict(DealPerson.Role.choices)
    return _("as: %(roles)s") % {
        "roles": _(" or ").join(str(known.get(role, role)) for role in roles)
    }


def open_stages() -> QuerySet[DealStage]:
    return DealStage.objects.filter(kind=DealStage.Kind.OPEN)


def reasons() -> QuerySet[LostReason]:
    return LostReason.objects.all()


def names(model: Any, keys: list[str]) -> str:
    """The names of few records, as people say them: "a or b"."""
    return _(" or ").join(str(rules.find(model, key) or key) for key in keys)


def gone(model: Any, keys: list[str]) -> list[str]:
    return [
        _("The entry “%(key)s” is gone.") % {"key": key}
        for key in keys
        if rules.find(model, key) is None
    ]


@rules.register
class HasOpenDeal(rules.Condition):
    name = "open_deal"
    label = gettext_lazy("Open deal")
    icon = "pick"
    group = GROUP
    dated_by = gettext_lazy("the stages of deals and their days")
    aspects = ASPECTS
    rests_on = RESTS_ON

    class Value(rules.ConditionBlock):
        stages = rules.RecordChoicesBlock(
            open_stages,
            required=False,
            label=gettext_lazy("in one of these stages (none ticked: in any)"),
        )
        size = blocks.ChoiceBlock(
            choices=list(SIZES.items()), default="any", label=gettext_lazy("amount")
        )
        amount = blocks.DecimalBlock(
            required=False,
            min_value=0,
            max_value=10**11,
            label=gettext_lazy("amount"),
        )
        age = blocks.ChoiceBlock(
            choices=list(AGES.items()),
            default="any",
            label=pgettext_lazy("deal", "open"),
        )
        open_days = rules.periods.days_block(gettext_lazy("days"))
        due = blocks.ChoiceBlock(
            choices=list(DUE.items()), default="any", label=gettext_lazy("expected")
        )
        due_days = rules.periods.days_block(gettext_lazy("days"))
        roles = roles_block()
        optional = {"stages", "roles"}
        shown = {
            "amount": {"size": {"at_least", "at_most"}},
            "open_days": {"age": {"longer", "shorter"}},
            "due_days": {"due": {"soon"}},
        }

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        if found := gone(DealStage, value["stages"]):
            raise rules.BrokenRule(found)
        return self._rows(value, at).values("contact_id")

    def past(self, value: Any) -> rules.Past:
        if value["size"] in ("at_least", "at_most"):
            return rules.Past(why_not=_("The amount of a deal is not dated."))
        if value["due"] in ("late", "soon"):
            return rules.Past(why_not=_("When a deal is expected is not dated."))
        return super().past(value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        standing = Q(ended_at=None) | Q(ended_at__gt=at)
        stays = DealStagePeriod.objects.filter(
            standing, started_at__lte=at, stage__kind=DealStage.Kind.OPEN
        )
        if value["stages"]:
            stays = stays.filter(stage__key__in=value["stages"])
        rows = involved(value["roles"]).filter(deal__in=stays.values("deal"))
        return self._sized(rows, value, at).values("contact_id")

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[DealPerson]:
        rows = involved(value["roles"]).filter(deal__closed_at=None)
        if value["stages"]:
            rows = rows.filter(deal__stage__key__in=value["stages"])
        return self._sized(rows, value, at)

    def _sized(self, rows: QuerySet, value: Any, at: dt.datetime) -> QuerySet:
        if value["size"] in ("at_least", "at_most"):
            way = "gte" if value["size"] == "at_least" else "lte"
            rows = rows.filter(**{f"deal__amount__{way}": value["amount"] or 0})
        if value["age"] in ("longer", "shorter"):
            border = rules.periods.midnight(
                rules.periods.today(at) - dt.timedelta(days=value["open_days"] or 0)
            )
            way = "lt" if value["age"] == "longer" else "gte"
            rows = rows.filter(**{f"deal__opened_at__{way}": border})
        today = rules.periods.today(at)
        if value["due"] == "late":
            rows = rows.filter(deal__expected_on__lt=today)
        elif value["due"] == "soon":
            last = today + dt.timedelta(days=value["due_days"] or 0)
            rows = rows.filter(deal__expected_on__range=(today, last))
        return rows

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        moving = value["age"] in ("longer", "shorter") or value["due"] != "any"
        return rules.periods.next_change({"when": "last"}, at) if moving else None

    def problems(self, value: Any, user: Any) -> list[str]:
        return gone(DealStage, value["stages"])

    def sentence(self, value: Any) -> str:
        parts = [names(DealStage, value["stages"])] if value["stages"] else []
        amount = {"amount": format_money(value["amount"] or 0)}
        days = value["open_days"] or 0
        if value["size"] == "at_least":
            parts.append(_("at least %(amount)s") % amount)
        elif value["size"] == "at_most":
            parts.append(_("at most %(amount)s") % amount)
        if value["age"] == "longer":
            text = ngettext("for more than a day", "for more than %(n)d days", days)
            parts.append(text % {"n": days})
        elif value["age"] == "shorter":
            text = ngettext("for at most a day", "for at most %(n)d days", days)
            parts.append(text % {"n": days})
        parts += _due(value)
        if value["roles"]:
            parts.append(as_whom(value["roles"]))
        return rules.with_details(_("an open deal"), parts)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = self._rows(value, at).filter(contact=contact_id).select_related("deal")
        return ", ".join(row.deal.title for row in rows[:3]) or _("no such deal")


def _due(value: Any) -> list[str]:
    days = value["due_days"] or 0
    if value["due"] == "late":
        return [_("expected before today")]
    if value["due"] == "soon":
        text = ngettext(
            "expected within the next day", "expected within the next %(n)d days", days
        )
        return [text % {"n": days}]
    return []


OUTCOMES = {
    "won": gettext_lazy("deals won"),
    "lost": gettext_lazy("deals lost"),
}


@rules.register
class ClosedDeals(rules.Condition):
    name = "closed_deals"
    label = gettext_lazy("Deals won or lost")
    icon = "success"
    group = GROUP
    dated_by = gettext_lazy("the days on which deals were closed")
    aspects = ASPECTS
    rests_on = RESTS_ON

    class Value(rules.CountBlock):
        outcome = blocks.ChoiceBlock(
            choices=list(OUTCOMES.items()), default="won", label=gettext_lazy("outcome")
        )
        reasons = rules.RecordChoicesBlock(
            reasons,
            required=False,
            label=gettext_lazy("for one of these reasons (none ticked: for any)"),
        )
        roles = roles_block()
        when = rules.periods.past("last")
        optional = {"reasons", "roles"}
        shown = {"reasons": {"outcome": {"lost"}}}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        if found := self._gone(value):
            raise rules.BrokenRule(found)
        return rules.counted(self._rows(value, at), value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        rows = self._rows(value, at).filter(deal__closed_at__lte=at)
        return rules.counted(rows, value)

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[DealPerson]:
        days = rules.periods.resolve(value, at).moments("deal__closed_at")
        rows = involved(value["roles"]).filter(
            deal__closed_at__isnull=False, deal__stage__kind=value["outcome"], **days
        )
        if value["outcome"] == "lost" and value["reasons"]:
            rows = rows.filter(deal__lost_reason__key__in=value["reasons"])
        return rows

    def _gone(self, value: Any) -> list[str]:
        if value["outcome"] != "lost":
            return []
        return gone(LostReason, value["reasons"])

    def problems(self, value: Any, user: Any) -> list[str]:
        return self._gone(value) or super().problems(value, user)

    def span(self, value: Any) -> rules.Span | None:
        return rules.counts.span(self.name, value)

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        if value["outcome"] == "lost":
            things = ngettext("%(n)d lost deal", "%(n)d lost deals", number)
            nothing = _("no lost deal")
        else:
            things = ngettext("%(n)d won deal", "%(n)d won deals", number)
            nothing = _("no won deal")
        things = things % {"n": number}
        text = rules.counts.phrase(value, things=things, nothing=nothing)
        if value["outcome"] == "lost" and value["reasons"]:
            text += " (" + names(LostReason, value["reasons"]) + ")"
        if value["roles"]:
            text += f" ({as_whom(value['roles'])})"
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = self._rows(value, at).filter(contact=contact_id).select_related("deal")
        found: list[Deal] = [row.deal for row in rows.order_by("-deal__closed_at")[:3]]
        return ", ".join(
            f"{deal.title} ({date_format(deal.closed_at, 'SHORT_DATE_FORMAT')})"
            for deal in found
            if deal.closed_at
        ) or _("none")

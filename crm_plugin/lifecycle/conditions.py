"""What rules can ask about uses and stages."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.conditions.anniversaries import FirstComesRound
from crm_plugin.sales.models import ProductCategory

from .data_things import USED
from .models import ContactUses, Stage, StagePeriod, Use, UseCategory

USES = gettext_lazy("Uses and purchases")
RESTS_ON = frozenset({("contact", USED)})


def categories() -> QuerySet[ProductCategory]:
    return ProductCategory.objects.all()


@rules.known_by
def used_us(at: dt.datetime) -> QuerySet:
    first = {"first_on__lte": rules.periods.today(at)}
    return ContactUses.objects.filter(**first).values("contact_id")


def category(key: str) -> ProductCategory:
    """The category with this key; ``BrokenRule`` when it is gone."""
    found = rules.find(ProductCategory, key)
    if found is None:
        raise rules.BrokenRule([_("The category “%(key)s” is gone.") % {"key": key}])
    return found


def category_name(key: str) -> str:
    return str(rules.find(ProductCategory, key) or key or "…")


@rules.register
class HasStage(rules.Condition):
    name = "stage"
    label = gettext_lazy("Stage")
    dated_by = gettext_lazy("the stages and their days")
    icon = "order"
    group = USES
    aspects = frozenset({"stage", "uses"})

    class Value(rules.ConditionBlock):
        stages = blocks.MultipleChoiceBlock(
            choices=Stage.choices,
            widget=forms.CheckboxSelectMultiple,
            default=[],
            label=gettext_lazy("stages"),
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        periods = StagePeriod.objects.filter(ended_on=None, stage__in=value["stages"])
        return periods.values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        """A stage ends on the day on which the next one begins."""
        day = rules.periods.today(at)
        still = Q(ended_on=None) | Q(ended_on__gt=day)
        stays = StagePeriod.objects.filter(still, started_on__lte=day)
        return stays.filter(stage__in=value["stages"]).values("contact_id")

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return rules.periods.next_change({"when": "last"}, at)

    def span(self, value: Any) -> rules.Span | None:
        return rules.spans.one_of(self.name, value["stages"])

    def sentence(self, value: Any) -> str:
        labels = dict(Stage.choices)
        names = [str(labels.get(stage, stage)) for stage in value["stages"]]
        return _("stage: %(names)s") % {"names": _(" or ").join(names)}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        period = StagePeriod.objects.filter(contact=contact_id, ended_on=None).first()
        return str(Stage(period.stage).label) if period else _("none yet")


@rules.register
class UsedUs(rules.Condition):
    name = "uses"
    label = gettext_lazy("Number of uses")
    dated_by = gettext_lazy("the uses")
    icon = "history"
    group = USES
    aspects = frozenset({"uses", "purchases", "bookings"})
    rests_on = RESTS_ON

    class Value(rules.CountBlock):
        category = rules.RecordChoiceBlock(
            categories, blank=gettext_lazy("any category"), label=gettext_lazy("of")
        )
        when = rules.periods.past("ever")
        optional = {"category"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        if (value["when"] or "ever") == "ever" and not value["category"]:
            return _counted_already(value)
        period = rules.periods.resolve(value, at)
        return rules.counted(self._rows(value).filter(**period.days("on")), value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        period, day = rules.periods.resolve(value, at), rules.periods.today(at)
        rows = self._rows(value).filter(on__lte=day)
        return rules.counted(rows.filter(**period.days("on")), value)

    def events(self, value: Any, at: dt.datetime) -> rules.Events:
        period = rules.periods.resolve(value, at)
        return rules.Events(self._rows(value).filter(**period.days("on")), at="on")

    def _rows(self, value: Any) -> QuerySet:
        if value["category"]:
            return UseCategory.objects.filter(category=category(value["category"]))
        return Use.objects.all()

    def span(self, value: Any) -> rules.Span | None:
        return rules.counts.span(self.name, value)

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        things = ngettext("%(n)d use", "%(n)d uses", number) % {"n": number}
        nothing = _("no use yet") if value["when"] == "ever" else _("no use")
        text = rules.counts.phrase(value, things=things, nothing=nothing)
        if value["category"]:
            text = rules.counts.of(text, category_name(value["category"]))
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        days = rules.periods.resolve(value, at).days("on")
        number = self._rows(value).filter(contact=contact_id, **days).count()
        return ngettext("%(n)d use", "%(n)d uses", number) % {"n": number}


def _counted_already(value: Any) -> Any:
    """Uses of all time stand in the summary: nothing needs to be counted."""
    number, how = rules.counts.number_of(value), value["how"] or "at_least"
    if how == "none" or number == 0:
        wanted = {"at_least": Q(count__lt=0)}.get(how, Q(count__gt=0))
        return rules.everyone_but(_with_uses(wanted))
    if how == "at_most":
        return rules.everyone_but(_with_uses(Q(count__gt=number)))
    exactly = how == "exactly"
    return _with_uses(Q(count=number) if exactly else Q(count__gte=number))


def _with_uses(wanted: Q) -> QuerySet:
    return ContactUses.objects.filter(wanted).values("contact_id")


@rules.register
class LastUse(rules.Condition):
    name = "last_use"
    label = gettext_lazy("Last use")
    dated_by = gettext_lazy("the uses")
    icon = "time"
    group = USES
    aspects = frozenset({"uses", "purchases", "bookings"})
    rests_on = RESTS_ON

    class Value(rules.PeriodBlock):
        when = rules.periods.past("before", ever=False)
        or_never = rules.periods.or_never()

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        used = ContactUses.objects.filter(count__gt=0, last_on__isnull=False)
        return self._of(value, used, "last_on", at)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        rows = Use.objects.filter(on__lte=rules.periods.today(at)).order_by()
        used = rows.values("contact_id").annotate(crm_last_on=Max("on"))
        return self._of(value, used, "crm_last_on", at)

    def _of(self, value: Any, used: QuerySet, column: str, at: dt.datetime) -> Any:
        inside = Q(**rules.periods.resolve(value, at).days(column))
        if value["or_never"]:
            others = rules.periods.others(used, inside)
            return rules.everyone_but(others.values("contact_id"))
        return used.filter(inside).values("contact_id")

    def span(self, value: Any) -> rules.Span | None:
        return rules.periods.span(self.name, value)

    def sentence(self, value: Any) -> str:
        text = _("last use %(when)s") % {"when": rules.periods.phrase(value)}
        return rules.periods.or_never_said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        uses = ContactUses.objects.filter(pk=contact_id).first()
        if uses is None or uses.last_on is None:
            return _("no use")
        return date_format(uses.last_on, "SHORT_DATE_FORMAT")


@rules.register
class PrefersCategory(rules.Condition):
    """More uses of one category than of another; equal numbers are neither."""

    name = "more_uses"
    label = gettext_lazy("More of one than of another")
    dated_by = gettext_lazy("the uses")
    icon = "order-up"
    group = USES
    aspects = frozenset({"uses", "purchases", "bookings"})
    rests_on = RESTS_ON

    class Value(rules.PeriodBlock):
        more = rules.RecordChoiceBlock(categories, label=gettext_lazy("more uses of"))
        less = rules.RecordChoiceBlock(categories, label=gettext_lazy("than of"))
        when = rules.periods.past("last")

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, UseCategory.objects.all(), at)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        rows = UseCategory.objects.filter(on__lte=rules.periods.today(at))
        return self._of(value, rows, at)

    def _of(self, value: Any, rows: QuerySet, at: dt.datetime) -> QuerySet:
        more, less = category(value["more"]), category(value["less"])
        days = rules.periods.resolve(value, at).days("on")
        rows = rows.filter(category__in=[more, less], **days)
        counted = (
            rows.order_by()
            .values("contact_id")
            .annotate(
                crm_more=Count("pk", filter=Q(category=more)),
                crm_less=Count("pk", filter=Q(category=less)),
            )
        )
        return counted.filter(crm_more__gt=F("crm_less")).values("contact_id")

    def problems(self, value: Any, user: Any) -> list[str]:
        if value["more"] and value["more"] == value["less"]:
            return [_("Choose two different categories.")]
        return super().problems(value, user)

    def sentence(self, value: Any) -> str:
        words = {
            "more": category_name(value["more"]),
            "less": category_name(value["less"]),
        }
        text = _("more uses of %(more)s than of %(less)s") % words
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        days = rules.periods.resolve(value, at).days("on")
        rows = UseCategory.objects.filter(contact=contact_id, **days)
        counts = {
            key: rows.filter(category__key=key).count()
            for key in (value["more"], value["less"])
        }
        return ", ".join(
            _("%(category)s: %(n)d") % {"category": category_name(key), "n": number}
            for key, number in counts.items()
        )


@rules.register
class FirstUseComesRound(FirstComesRound):
    name = "first_use_anniversary"
    label = gettext_lazy("Anniversary of the first use")
    group = USES
    aspects = frozenset({"uses", "purchases", "bookings"})
    rests_on = RESTS_ON
    dated_by = gettext_lazy("the uses")
    what = gettext_lazy("first use")

    def rows(self) -> QuerySet[ContactUses]:
        return ContactUses.objects.all()

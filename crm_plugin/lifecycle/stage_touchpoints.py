"""Touchpoints by the stage in which somebody stood on that day."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.touchpoints.data_things import IN_TOUCH
from crm_plugin.touchpoints.models import Channel, Touchpoint
from crm_plugin.touchpoints.sorts import GROUP, choice

from .models import Stage, StagePeriod


@rules.register
class TouchedInStage(rules.Condition):
    """From both sides, as the report counts them: no notes and no suspected machines."""

    name = "stage_touchpoints"
    label = gettext_lazy("Touchpoints in a stage")
    dated_by = gettext_lazy("the touchpoints and the stages of their days")
    icon = "comment"
    group = GROUP
    aspects = frozenset({"touchpoints", "stage", "uses"})
    rests_on = frozenset({("contact", IN_TOUCH)})

    class Value(rules.CountBlock):
        stages = blocks.MultipleChoiceBlock(
            choices=Stage.choices,
            widget=forms.CheckboxSelectMultiple,
            default=[],
            label=gettext_lazy("when they were in one of these stages"),
        )
        channel = choice(Channel.choices, gettext_lazy("channel"))
        when = rules.periods.past("last")
        optional = {"channel"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at), value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at).filter(at__lte=at), value)

    def events(self, value: Any, at: dt.datetime) -> rules.Events:
        return rules.Events(self._rows(value, at))

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[Touchpoint]:
        period = rules.periods.resolve(value, at).moments("at")
        channel = {"channel": value["channel"]} if value["channel"] else {}
        rows = Touchpoint.objects.filter(machine=False, **period, **channel)
        rows = rows.filter(~Q(kind=Touchpoint.Kind.NOTE))
        day = TruncDate("at", tzinfo=timezone.get_default_timezone())
        return rows.alias(crm_day=day).filter(_in(value["stages"]))

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        things = ngettext("%(n)d touchpoint", "%(n)d touchpoints", number)
        text = rules.counts.phrase(
            value, things=things % {"n": number}, nothing=_("no touchpoint")
        )
        labels = dict(Stage.choices)
        names = [str(labels.get(stage, stage)) for stage in value["stages"]]
        words = [_("in the stage: %(names)s") % {"names": _(" or ").join(names)}]
        if value["channel"]:
            channels = dict(Channel.choices)
            words.append(str(channels.get(value["channel"], value["channel"])))
        return rules.periods.said(rules.with_details(text, words), value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        number = self._rows(value, at).filter(contact=contact_id).count()
        words = ngettext("%(n)d touchpoint", "%(n)d touchpoints", number)
        return words % {"n": number}


def _in(stages: list[str]) -> Exists:
    """Whether the contact of a touchpoint was in one of *stages* on its ``crm_day``.

    A stage ends on the day on which the next one begins.
    """
    day = OuterRef("crm_day")
    lasted = Q(ended_on=None) | Q(ended_on__gt=day)
    stays = StagePeriod.objects.filter(lasted, started_on__lte=day, stage__in=stages)
    return Exists(stays.filter(contact=OuterRef("contact")))

"""What rules can ask about touchpoints and open questions."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules

from .frequency import ASPECTS
from .models import Channel, ContactFrequency, Inquiry, Touchpoint

GROUP = gettext_lazy("Contact with us")


def _choice(choices: Any, label: Any) -> blocks.ChoiceBlock:
    return blocks.ChoiceBlock(
        choices=[("", gettext_lazy("any")), *choices], required=False, label=label
    )


@rules.register
class WasInTouch(rules.Condition):
    """Counts what people did: no suspected machines, nothing unverified."""

    name = "touchpoints"
    label = gettext_lazy("Touchpoints")
    icon = "comment"
    group = GROUP
    aspects = frozenset({"touchpoints"})

    class Value(rules.CountBlock):
        kind = _choice(Touchpoint.Kind.choices, gettext_lazy("kind"))
        channel = _choice(Channel.choices, gettext_lazy("channel"))
        direction = _choice(Touchpoint.Direction.choices, gettext_lazy("direction"))
        when = rules.periods.when("last", "before", "ago", "ever", "dates")
        optional = {"kind", "channel", "direction"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at), value)

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[Touchpoint]:
        period = rules.periods.resolve(value, at)
        named = {
            field: value[field]
            for field in ("kind", "channel", "direction")
            if value[field]
        }
        human = Touchpoint.objects.filter(machine=False, unverified=False)
        return human.filter(**named, **period.moments("at"))

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        things = ngettext("%(n)d touchpoint", "%(n)d touchpoints", number)
        text = rules.counts.phrase(
            value, things=things % {"n": number}, nothing=_("no touchpoint")
        )
        if names := _names(value):
            text += " (" + ", ".join(names) + ")"
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        number = self._rows(value, at).filter(contact=contact_id).count()
        words = ngettext("%(n)d touchpoint", "%(n)d touchpoints", number)
        return words % {"n": number}


def _names(value: Any) -> list[str]:
    labels: dict[str, dict] = {
        "kind": dict(Touchpoint.Kind.choices),
        "channel": dict(Channel.choices),
        "direction": dict(Touchpoint.Direction.choices),
    }
    return [
        str(known.get(value[field], value[field]))
        for field, known in labels.items()
        if value[field]
    ]


@rules.register
class LastTouch(rules.Condition):
    """The latest that came from them, or was two-way; what we sent does not count.

    A purchase, a visit and a click are touches, too.
    """

    name = "last_touch"
    label = gettext_lazy("Last touch")
    icon = "time"
    group = GROUP
    aspects = frozenset({*ASPECTS, "purchases"})

    class Value(rules.PeriodBlock):
        when = rules.periods.when("last", "before", "ago", "dates")

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        period = rules.periods.resolve(value, at)
        known = ContactFrequency.objects.filter(last_at__isnull=False)
        return known.filter(**period.moments("last_at")).values("contact_id")

    def sentence(self, value: Any) -> str:
        return _("last touch %(when)s") % {"when": rules.periods.phrase(value)}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        row = ContactFrequency.objects.filter(pk=contact_id).first()
        if row is None or row.last_at is None:
            return _("none yet")
        return date_format(timezone.localtime(row.last_at), "SHORT_DATE_FORMAT")


@rules.register
class HasOpenInquiry(rules.Condition):
    name = "open_inquiry"
    label = gettext_lazy("Open inquiry or complaint")
    icon = "help"
    group = GROUP
    aspects = frozenset({"touchpoints"})

    class Value(rules.ConditionBlock):
        kind = _choice(Inquiry.Kind.choices, gettext_lazy("kind"))
        optional = {"kind"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        found = Inquiry.objects.open()
        if value["kind"]:
            found = found.filter(kind=value["kind"])
        return found.values("contact_id")

    def sentence(self, value: Any) -> str:
        return {
            Inquiry.Kind.QUESTION: _("an open question"),
            Inquiry.Kind.COMPLAINT: _("an open complaint"),
        }.get(value["kind"], _("an open inquiry or complaint"))

"""What rules can ask about touchpoints and open questions."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules

from . import tagging
from .frequency import ASPECTS, moments_at
from .models import Channel, ContactFrequency, Inquiry, Phase, Touchpoint

GROUP = gettext_lazy("Contact with us")
CHOSEN = ("kind", "channel", "direction", "phase")


def _choice(choices: Any, label: Any) -> blocks.ChoiceBlock:
    return blocks.ChoiceBlock(
        choices=[("", gettext_lazy("any")), *choices], required=False, label=label
    )


@rules.register
class WasInTouch(rules.Condition):
    """Counts what people did: no suspected machines, nothing unverified."""

    name = "touchpoints"
    label = gettext_lazy("Touchpoints")
    dated_by = gettext_lazy("the touchpoints")
    icon = "comment"
    group = GROUP
    aspects = frozenset({"touchpoints"})

    class Value(rules.CountBlock):
        kind = _choice(Touchpoint.Kind.choices, gettext_lazy("kind"))
        channel = _choice(Channel.choices, gettext_lazy("channel"))
        direction = _choice(Touchpoint.Direction.choices, gettext_lazy("direction"))
        phase = _choice(Phase.choices, gettext_lazy("phase"))
        tag = blocks.CharBlock(
            required=False, max_length=60, label=gettext_lazy("tag (empty: any)")
        )
        words = blocks.CharBlock(
            required=False,
            max_length=60,
            label=gettext_lazy("words that were said or noted (empty: any)"),
        )
        when = rules.periods.when("last", "before", "ago", "ever", "dates")
        optional = {*CHOSEN, "tag", "words"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at), value)

    def past(self, value: Any) -> rules.Past:
        if value["tag"]:
            return rules.Past(why_not=_("When a tag was put on is not dated."))
        return super().past(value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at).filter(at__lte=at), value)

    def events(self, value: Any, at: dt.datetime) -> rules.Events:
        return rules.Events(self._rows(value, at))

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[Touchpoint]:
        period = rules.periods.resolve(value, at)
        named = {field: value[field] for field in CHOSEN if value[field]}
        human = Touchpoint.objects.filter(machine=False, unverified=False)
        rows = human.filter(**named, **period.moments("at"))
        if value["phase"]:
            rows = rows.exclude(phase="")
        if words := value["words"]:
            said = Q(summary__icontains=words) | Q(body__icontains=words)
            rows = rows.filter(said)
        return tagged(rows, value["tag"]) if value["tag"] else rows

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


def tagged(rows: QuerySet[Touchpoint], tag: str) -> QuerySet[Touchpoint]:
    """Those with *tag* among their tags: the whole tag, whatever its case."""
    comma = Value(", ")
    listed = rows.exclude(tags="").alias(crm_tags=Concat(comma, "tags", comma))
    return listed.filter(crm_tags__icontains=f", {tagging.clean(tag)}, ")


def _names(value: Any) -> list[str]:
    labels: dict[str, dict] = {
        "kind": dict(Touchpoint.Kind.choices),
        "channel": dict(Channel.choices),
        "direction": dict(Touchpoint.Direction.choices),
        "phase": dict(Phase.choices),
    }
    names = [
        str(known.get(value[field], value[field]))
        for field, known in labels.items()
        if value[field]
    ]
    if value["tag"]:
        names.append(f"#{tagging.clean(value['tag'])}")
    if value["words"]:
        names.append(_("“%(text)s”") % {"text": value["words"]})
    return names


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
    dated_by = gettext_lazy("the days of contact")

    class Value(rules.PeriodBlock):
        when = rules.periods.when("last", "before", "ago", "dates")
        or_never = rules.periods.or_never()

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, ContactFrequency.objects.all(), at)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, moments_at(at), at)

    def _of(self, value: Any, rows: QuerySet, at: dt.datetime) -> Any:
        inside = Q(**rules.periods.resolve(value, at).moments("last_at"))
        known = rows.filter(last_at__isnull=False)
        if value["or_never"]:
            others = rules.periods.others(known, inside)
            return rules.everyone_but(others.values("contact_id"))
        return known.filter(inside).values("contact_id")

    def span(self, value: Any) -> rules.Span | None:
        return rules.periods.span(self.name, value)

    def sentence(self, value: Any) -> str:
        text = _("last touch %(when)s") % {"when": rules.periods.phrase(value)}
        return rules.periods.or_never_said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        row = ContactFrequency.objects.filter(pk=contact_id).first()
        if row is None or row.last_at is None:
            return _("none yet")
        return date_format(timezone.localtime(row.last_at), "SHORT_DATE_FORMAT")


@rules.register
class HasOpenInquiry(rules.Condition):
    name = "open_inquiry"
    label = gettext_lazy("Open inquiry or complaint")
    dated_by = gettext_lazy("the days of inquiries and answers")
    icon = "help"
    group = GROUP
    aspects = frozenset({"touchpoints"})

    class Value(rules.ConditionBlock):
        kind = _choice(Inquiry.Kind.choices, gettext_lazy("kind"))
        optional = {"kind"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(Inquiry.objects.open(), value).values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        still = Q(closed_at=None) | Q(closed_at__gt=at)
        rows = Inquiry.objects.filter(still, received_at__lte=at)
        return self._of(rows, value).values("contact_id")

    def _of(self, rows: QuerySet[Inquiry], value: Any) -> QuerySet[Inquiry]:
        rows = rows.filter(contact__isnull=False)
        return rows.filter(kind=value["kind"]) if value["kind"] else rows

    def sentence(self, value: Any) -> str:
        return {
            Inquiry.Kind.QUESTION: _("an open question"),
            Inquiry.Kind.COMPLAINT: _("an open complaint"),
        }.get(value["kind"], _("an open inquiry or complaint"))

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = self._of(Inquiry.objects.open(), value).filter(contact=contact_id)
        days = [timezone.localtime(row.received_at) for row in rows.order_by("id")[:3]]
        told = [_("since %(first)s") % {"first": _short(day)} for day in days]
        return ", ".join(told) or _("none")


def _short(moment: dt.datetime) -> str:
    return date_format(moment, "SHORT_DATE_FORMAT")

"""Conditions on where the first record of a contact came from."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts import sources, telling
from crm_plugin.contacts.data_things import SOURCE
from crm_plugin.contacts.models import FirstTouch

RESTS_ON = frozenset({("contact", SOURCE)})
NAMES = {
    "source": gettext_lazy("source (utm_source) or channel"),
    "campaign": gettext_lazy("campaign (utm_campaign)"),
    "medium": gettext_lazy("medium (utm_medium)"),
}

# So many of the latest first touches say which links are known.
LATEST = 2_000


def _known() -> list[tuple[str, str]]:
    """The channels in words, then what links said about themselves lately."""
    found = {code: str(words) for code, words in sources.WORDS.items()}
    rows = FirstTouch.objects.order_by("-at").values_list(*NAMES)[:LATEST]
    for row in rows:
        for name, kind in zip(row, NAMES, strict=True):
            if name:
                found.setdefault(name, f"utm_{kind}")
    return list(found.items())


@rules.register
class CameFrom(rules.Condition):
    name = "source"
    label = gettext_lazy("Source")
    dated_by = gettext_lazy("the day of the first touch")
    icon = "pick"
    group = gettext_lazy("The person")
    aspects = frozenset({"fields"})
    rests_on = RESTS_ON

    class Value(rules.ConditionBlock):
        what = blocks.ChoiceBlock(
            choices=list(NAMES.items()), default="source", label=gettext_lazy("what")
        )
        name = rules.SuggestingBlock(_known, max_length=120, label=gettext_lazy("is"))

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        name = (value["name"] or "").strip()
        ways = sources.written(name)
        where = {
            "source": Q(source__in=ways) | Q(channel__in=sources.meant(name)),
            "campaign": Q(campaign__in=ways),
            "medium": Q(medium__in=ways),
        }[value["what"]]
        return FirstTouch.objects.filter(where).values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self.contacts(value, at).filter(at__lte=at)

    def sentence(self, value: Any) -> str:
        name = value["name"] or "…"
        if value["what"] in (None, "", "source"):
            name = in_words(name)
        words = {"name": name}
        return {
            "source": _("source: %(name)s"),
            "campaign": _("source campaign: %(name)s"),
            "medium": _("source medium: %(name)s"),
        }[value["what"] or "source"] % words

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        touch = FirstTouch.objects.filter(pk=contact_id).first()
        if touch is None:
            return _("not known")
        what = value["what"] or "source"
        said = [getattr(touch, what)]
        if what == "source":
            # Either of them may be meant.
            said.append(in_words(touch.channel))
        return ", ".join(filter(None, said)) or _("not known")


@rules.register
class FirstTouched(rules.Condition):
    """When it was, and what they came from; the words stand anywhere in an address."""

    name = "first_touch"
    label = gettext_lazy("First touch")
    dated_by = gettext_lazy("the day of the first touch")
    icon = "pick"
    group = gettext_lazy("The person")
    aspects = frozenset({"fields"})
    rests_on = RESTS_ON

    class Value(rules.PeriodBlock):
        when = rules.periods.past("ever")
        landing = blocks.CharBlock(
            required=False,
            max_length=120,
            label=gettext_lazy("landing page contains (empty: any)"),
        )
        referrer = blocks.CharBlock(
            required=False,
            max_length=120,
            label=gettext_lazy("referrer contains (empty: any)"),
        )
        optional = {"landing", "referrer"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        period = rules.periods.resolve(value, at)
        rows = FirstTouch.objects.filter(**period.moments("at"))
        if landing := (value["landing"] or "").strip():
            rows = rows.filter(landing_url__icontains=landing)
        if referrer := (value["referrer"] or "").strip():
            rows = rows.filter(referrer__icontains=referrer)
        return rows.values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self.contacts(value, at).filter(at__lte=at)

    def span(self, value: Any) -> rules.Span | None:
        return rules.periods.span(self.name, value)

    def sentence(self, value: Any) -> str:
        said = []
        if value["landing"]:
            said.append(_("landing page with “%(text)s”") % {"text": value["landing"]})
        if value["referrer"]:
            said.append(_("referrer with “%(text)s”") % {"text": value["referrer"]})
        text = rules.with_details(_("a known first touch"), said)
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        touch = FirstTouch.objects.filter(pk=contact_id).first()
        if touch is None:
            return _("not known")
        day = date_format(timezone.localtime(touch.at), "SHORT_DATE_FORMAT")
        return " ".join(filter(None, [day, touch.landing_url, touch.referrer]))


def in_words(code: str) -> str:
    """A channel as people say it; what a link said about itself stays."""
    return telling.in_words.get(("firsttouch", "channel"), str)(code)

"""What rules can ask about a visit: where from, in which language, when, how far."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils import dates
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules

from .visit import Visit

WEEKDAYS = [(str(number), name) for number, name in dates.WEEKDAYS.items()]
OTHER = "other"


def _ticks(choices: Any, label: Any, **kwargs: Any) -> blocks.MultipleChoiceBlock:
    widget = forms.CheckboxSelectMultiple
    return blocks.MultipleChoiceBlock(
        choices=choices, widget=widget, label=label, default=[], **kwargs
    )


def _several(text: str | None) -> list[str]:
    """What stands between commas, in small letters."""
    parts = re.split(r"[,、，]", text or "")
    return [part.strip().lower() for part in parts if part.strip()]


def _labels(choices: Iterable[tuple[Any, Any]], keys: Iterable[str]) -> str:
    names = dict(choices)
    return _(" or ").join(str(names.get(key, key)) for key in keys)


@rules.register
class MarkedLink(rules.VisitCondition):
    """The UTM values of the link with which the visit began; upper case is the same."""

    name = "visit_utm"
    label = gettext_lazy("Link with UTM marks")
    icon = "link"

    class Value(rules.ConditionBlock):
        source = blocks.CharBlock(
            required=False, max_length=120, label=gettext_lazy("source (utm_source) is")
        )
        medium = blocks.CharBlock(
            required=False, max_length=120, label=gettext_lazy("medium (utm_medium) is")
        )
        campaign = blocks.CharBlock(
            required=False,
            max_length=120,
            label=gettext_lazy("campaign (utm_campaign) is"),
        )
        optional = {"source", "medium", "campaign"}

    def _wanted(self, value: Any) -> dict[str, list[str]]:
        fields = ("source", "medium", "campaign")
        return {
            f"utm_{name}": said for name in fields if (said := _several(value[name]))
        }

    def problems(self, value: Any, user: Any) -> list[str]:
        return [] if self._wanted(value) else [_("Fill in at least one of the marks.")]

    def matches(self, value: Any, visit: Visit) -> bool | None:
        wanted = self._wanted(value)
        if visit.utm is None or not wanted:
            return None
        said = {name: visit.utm.get(name, "").strip().lower() for name in wanted}
        return all(said[name] in names for name, names in wanted.items())

    def sentence(self, value: Any) -> str:
        marks = (
            _("%(mark)s “%(values)s”") % {"mark": name, "values": _(" or ").join(said)}
            for name, said in self._wanted(value).items()
        )
        return _("a link with %(marks)s") % {"marks": ", ".join(marks) or "…"}


@rules.register
class Referrer(rules.VisitCondition):
    """The site whose link began the visit; its parts (``m.search.example``) count."""

    name = "visit_referrer"
    label = gettext_lazy("Referring site")
    icon = "site"

    class Value(rules.ConditionBlock):
        kind = blocks.ChoiceBlock(
            choices=[
                ("site", gettext_lazy("one of these sites")),
                ("any", gettext_lazy("any other site")),
                ("none", gettext_lazy("none (typed, bookmark, or not told)")),
            ],
            default="site",
            label=gettext_lazy("came from"),
        )
        sites = blocks.CharBlock(
            required=False,
            max_length=300,
            label=gettext_lazy("sites, such as search.example, maps.example"),
        )
        shown = {"sites": {"kind": {"site"}}}

    def matches(self, value: Any, visit: Visit) -> bool | None:
        host = visit.referrer
        if host is None:
            return None
        if value["kind"] != "site":
            return bool(host) is (value["kind"] == "any")
        return any(
            host == site or host.endswith(f".{site}") for site in _sites(value["sites"])
        )

    def sentence(self, value: Any) -> str:
        if value["kind"] == "none":
            return _("no referring site")
        if value["kind"] == "any":
            return _("a referring site")
        sites = _(" or ").join(_sites(value["sites"])) or "…"
        return _("the referring site %(sites)s") % {"sites": sites}


def _sites(text: str | None) -> list[str]:
    """Hosts, also of whole addresses, without the "www." that few people type."""
    hosts = (re.sub(r"^[a-z]+://", "", part).split("/")[0] for part in _several(text))
    return [host.removeprefix("www.") for host in hosts if host]


def _languages() -> list[tuple[str, Any]]:
    return [*settings.LANGUAGES, (OTHER, gettext_lazy("another language"))]


@rules.register
class BrowserLanguage(rules.VisitCondition):
    """What the browser prefers to read, whichever language the page is in.

    The page's own language needs no condition: each page is written in one.
    """

    name = "visit_language"
    label = gettext_lazy("Language of the browser")
    icon = "globe"

    class Value(rules.ConditionBlock):
        languages = _ticks(_languages, gettext_lazy("languages"))

    def matches(self, value: Any, visit: Visit) -> bool | None:
        if not visit.language:
            return None
        wanted = value["languages"] or ()
        ours = {code.split("-")[0].lower() for code, _name in settings.LANGUAGES}
        spoken = visit.language.split("-")[0].lower()
        if spoken not in ours:
            return OTHER in wanted
        return spoken in {code.split("-")[0].lower() for code in wanted}

    def sentence(self, value: Any) -> str:
        names = _labels(_languages(), value["languages"] or ())
        return _("a browser in %(names)s") % {"names": names}


@rules.register
class TimeOfDay(rules.VisitCondition):
    """By the clock of the site. From 22:00 to 2:00 is one night, of the day it began."""

    name = "visit_time"
    label = gettext_lazy("Time of day")
    icon = "time"

    class Value(rules.ConditionBlock):
        from_time = blocks.TimeBlock(label=gettext_lazy("from"))
        to_time = blocks.TimeBlock(label=gettext_lazy("to before"))
        weekdays = _ticks(
            WEEKDAYS, gettext_lazy("on (nothing ticked: every day)"), required=False
        )
        optional = {"weekdays"}

    def problems(self, value: Any, user: Any) -> list[str]:
        if value["from_time"] and value["from_time"] == value["to_time"]:
            return [_("From and to are the same time.")]
        return []

    def matches(self, value: Any, visit: Visit) -> bool | None:
        begins, ends = value["from_time"], value["to_time"]
        if begins is None or ends is None:
            return None
        now, day = visit.at.time(), visit.at.date()
        if begins <= ends:
            inside = begins <= now < ends
        else:
            inside = now >= begins or now < ends
            day -= dt.timedelta(days=1 if now < ends else 0)
        days = value["weekdays"] or ()
        return inside and (not days or str(day.weekday()) in days)

    def sentence(self, value: Any) -> str:
        begins, ends = (
            f"{said:%H:%M}" if (said := value[name]) else "…"
            for name in ("from_time", "to_time")
        )
        text = _("a time from %(begins)s to %(ends)s") % {
            "begins": begins,
            "ends": ends,
        }
        if not value["weekdays"]:
            return text
        days = ", ".join(str(dict(WEEKDAYS)[day]) for day in value["weekdays"])
        return _("%(time)s on %(days)s") % {"time": text, "days": days}


@rules.register
class Returning(rules.VisitCondition):
    """Of browsers whose owner agreed that visits are counted; else it is not known."""

    name = "visit_number"
    label = gettext_lazy("First or returning (with consent)")
    icon = "history"

    class Value(rules.ConditionBlock):
        kind = blocks.ChoiceBlock(
            choices=[
                ("first", gettext_lazy("the first visit")),
                ("returning", gettext_lazy("not the first visit")),
            ],
            default="returning",
            label=gettext_lazy("it is"),
        )

    def matches(self, value: Any, visit: Visit) -> bool | None:
        if visit.memory is None:
            return None
        return (visit.memory.visits > 1) is (value["kind"] == "returning")

    def sentence(self, value: Any) -> str:
        if value["kind"] == "first":
            return _("nothing before: a first visit")
        return _("an earlier visit")


@rules.register
class PagesOfVisit(rules.VisitCondition):
    """Pages read before in this visit, where the visitor agreed to their counting."""

    name = "visit_pages"
    label = gettext_lazy("Pages read before (with consent)")
    icon = "doc-full"

    class Value(rules.ConditionBlock):
        how = rules.counts.how()
        number = rules.counts.number_block()
        address = blocks.CharBlock(
            required=False,
            max_length=120,
            label=gettext_lazy("address contains (empty: any)"),
        )
        optional = {"address"}

    def matches(self, value: Any, visit: Visit) -> bool | None:
        memory = visit.memory
        if memory is None:
            return None
        words = (value["address"] or "").strip().lower()
        found = sum(words in path.lower() for path in memory.paths)
        return rules.counts.enough(found if words else memory.count, value)

    def span(self, value: Any) -> rules.Span | None:
        return rules.counts.span(self.name, value)

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        pages = ngettext("%(n)s page read before", "%(n)s pages read before", number)
        text = rules.counts.phrase(
            value, things=pages % {"n": number}, nothing=_("no page read before")
        )
        if not value["address"]:
            return text
        words = {"pages": text, "address": value["address"]}
        return _("%(pages)s, with “%(address)s” in the address") % words

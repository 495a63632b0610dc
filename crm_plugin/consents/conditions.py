"""What rules can ask about consent."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.models import ContactPoint

from .data_things import ANSWER, CHANNEL, FREQUENCY
from .models import Consent, Preference, Topic
from .past import points_then

STATES = {
    **dict(Consent.State.choices),
    "none": gettext_lazy("never asked for"),
}
# Of these there is a day: of several yeses the latest, of several refusals the first.
DATED = {*Consent.State.values}


def topics() -> Any:
    return Topic.objects.all()


@rules.register
class HasConsent(rules.Condition):
    """The state of a topic on at least one of the contact's points.

    The period is about the day on which was said what holds now.
    """

    name = "consent"
    label = gettext_lazy("Consent")
    dated_by = gettext_lazy("the ledger of consent, of addresses still on the record")
    icon = "check"
    group = gettext_lazy("Messages")
    aspects = frozenset({"consents", "points"})

    class Value(rules.PeriodBlock):
        topic = rules.RecordChoiceBlock(topics, label=gettext_lazy("topic"))
        state = blocks.ChoiceBlock(
            choices=list(STATES.items()), default="granted", label=gettext_lazy("is")
        )
        channel = blocks.ChoiceBlock(
            choices=[("", gettext_lazy("any channel")), *ContactPoint.Kind.choices],
            required=False,
            label=gettext_lazy("by"),
        )
        when = rules.periods.past("ever")
        optional = {"channel"}
        shown = rules.periods.shown_by("state", DATED)

    def things(self, value: Any) -> set[tuple[str, str]]:
        """An answer at all, and by one channel a way to be reached by it."""
        point = {f"point.{value['channel']}"} if value["channel"] else set()
        return {("contact", name) for name in {f"{ANSWER}{value['topic']}"} | point}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        rows = Consent.objects.filter(
            topic=_topic(value),
            state__in=_states(value),
            **_since(value, at).moments("at"),
        )
        return _whose(value, rows, "point__")

    def past(self, value: Any) -> rules.Past:
        _topic(value)
        return super().past(value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        since = _since(value, at)
        held = points_then(_topic(value), _states(value), at, since=since)
        points = ContactPoint.objects.filter(pk__in=rules.listed(held))
        return _whose(value, points, "")

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return super().next_change(value, at) if value["state"] in DATED else None

    def problems(self, value: Any, user: Any) -> list[str]:
        return super().problems(value, user) if value["state"] in DATED else []

    def span(self, value: Any) -> rules.Span | None:
        """One address may have agreed and another not: only "none" excludes others."""
        figure = (self.name, value["topic"], value["channel"] or "")
        return rules.spans.some_or_none(figure, none=value["state"] == "none")

    def sentence(self, value: Any) -> str:
        topic = rules.find(Topic, value["topic"])
        words = {
            "topic": topic or value["topic"] or "…",
            "state": STATES.get(value["state"], "…"),
        }
        if value["channel"]:
            kinds = dict(ContactPoint.Kind.choices)
            words["channel"] = kinds.get(value["channel"], "…")
            text = _("consent for %(topic)s by %(channel)s: %(state)s") % words
        else:
            text = _("consent for %(topic)s: %(state)s") % words
        return rules.periods.said(text, value) if value["state"] in DATED else text

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = Consent.objects.filter(
            point__contact=contact_id, topic__key=value["topic"]
        )
        if value["channel"]:
            rows = rows.filter(point__kind=value["channel"])
        found = rows.select_related("point").order_by("point")
        return ", ".join(
            rules.with_details(
                f"{row.point.get_kind_display()}: {row.get_state_display()}",
                [date_format(localtime(row.at), "SHORT_DATE_FORMAT")],
            )
            for row in found
        ) or str(STATES["none"])


def _topic(value: Any) -> Topic:
    found = rules.find(Topic, value["topic"])
    if found is None:
        raise rules.BrokenRule(
            [_("The topic “%(key)s” is gone.") % {"key": value["topic"]}]
        )
    return found


def _states(value: Any) -> list[str]:
    """The states that are looked for; for "none", all of them."""
    return Consent.State.values if value["state"] == "none" else [value["state"]]


def _since(value: Any, at: dt.datetime) -> rules.periods.Period:
    """The days in which that was said; of "none" there is no day."""
    dated = value["state"] in DATED
    return rules.periods.resolve(value, at) if dated else rules.periods.Period()


def _whose(value: Any, rows: QuerySet, point: str) -> Any:
    """The contacts of *rows* by the wanted channel; of "none", all others."""
    if value["channel"]:
        rows = rows.filter(**{f"{point}kind": value["channel"]})
    found = rows.values(f"{point}contact_id")
    return rules.everyone_but(found) if value["state"] == "none" else found


WISHES = {
    "channel": gettext_lazy("prefers to be reached by"),
    "frequency": gettext_lazy("wants to hear from us"),
    "paused": gettext_lazy("asked for a pause that still lasts"),
}


@rules.register
class HasPreference(rules.Condition):
    """What they chose themselves, or staff wrote down for them."""

    name = "preference"
    label = gettext_lazy("Wishes about messages")
    undated = gettext_lazy("Wishes are kept only as they are now.")
    icon = "mail"
    group = gettext_lazy("Messages")
    aspects = frozenset({"consents"})

    class Value(rules.ConditionBlock):
        wish = blocks.ChoiceBlock(
            choices=list(WISHES.items()),
            default="channel",
            label=gettext_lazy("the person"),
        )
        channel = blocks.ChoiceBlock(
            choices=Preference.Channel.choices,
            required=False,
            label=gettext_lazy("channel"),
        )
        frequency = blocks.ChoiceBlock(
            choices=Preference.Frequency.choices,
            required=False,
            label=gettext_lazy("frequency"),
        )
        shown = {
            "channel": {"wish": {"channel"}},
            "frequency": {"wish": {"frequency"}},
        }

    def things(self, value: Any) -> set[tuple[str, str]]:
        """Whoever asked for no pause has none: of a pause everything is known."""
        wish = {"channel": CHANNEL, "frequency": FREQUENCY}.get(value["wish"])
        return {("contact", wish)} if wish else set()

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        today = rules.periods.today(at)
        where = {
            "channel": {"channel": value["channel"]},
            "frequency": {"frequency": value["frequency"]},
        }.get(value["wish"], {"paused_until__gte": today})
        return Preference.objects.filter(**where).values("contact_id")

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        moving = {"when": "last"} if value["wish"] == "paused" else {}
        return rules.periods.next_change(moving, at)

    def sentence(self, value: Any) -> str:
        labels: dict[str, dict] = {
            "channel": dict(Preference.Channel.choices),
            "frequency": dict(Preference.Frequency.choices),
        }
        if value["wish"] not in labels:
            return _("a pause that still lasts")
        chosen = labels[value["wish"]].get(value[value["wish"]], "…")
        if value["wish"] == "channel":
            return _("preferred channel: %(name)s") % {"name": chosen}
        return _("wished frequency: %(name)s") % {"name": chosen}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        row = Preference.objects.filter(pk=contact_id).first()
        if row is None:
            return _("no wishes")
        until = row.paused_until
        said = [
            row.get_channel_display() if row.channel else "",
            row.get_frequency_display(),
            date_format(until, "SHORT_DATE_FORMAT") if until else "",
        ]
        return ", ".join(filter(None, said))

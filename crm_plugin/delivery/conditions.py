"""What rules can ask about messages, whatever campaign they came from."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.consents.conditions import topics
from crm_plugin.consents.models import Topic

from .models import Delivery, Response

KINDS = {
    "sent": gettext_lazy("was sent"),
    "clicked": gettext_lazy("clicked in"),
}


@rules.register
class GotMessages(rules.Condition):
    """Mailings only; clicks of suspected machines do not count."""

    name = "messages"
    label = gettext_lazy("Newsletters and campaigns")
    dated_by = gettext_lazy("the messages and what came back")
    icon = "mail"
    group = gettext_lazy("Messages")
    aspects = frozenset({"responses"})

    class Value(rules.CountBlock):
        kind = blocks.ChoiceBlock(
            choices=list(KINDS.items()),
            default="sent",
            label=gettext_lazy("the person"),
        )
        topic = rules.RecordChoiceBlock(
            topics, blank=gettext_lazy("any topic"), label=gettext_lazy("topic")
        )
        when = rules.periods.past("last")
        optional = {"topic"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        rows, by = self._rows(value, at)
        return rules.counted(rows, value, by=by)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        rows, by = self._rows(value, at)
        column = "at" if value["kind"] == "clicked" else "sent_at"
        return rules.counted(rows.filter(**{f"{column}__lte": at}), value, by=by)

    def events(self, value: Any, at: dt.datetime) -> rules.Events:
        clicked = value["kind"] == "clicked"
        return rules.Events(*self._rows(value, at), at="at" if clicked else "sent_at")

    def _rows(self, value: Any, at: dt.datetime) -> tuple[QuerySet, str]:
        period = rules.periods.resolve(value, at)
        topic = {"topic": _topic(value["topic"])} if value.get("topic") else {}
        if value["kind"] == "clicked":
            about = {f"delivery__{name}": row for name, row in topic.items()}
            return human_clicks(period).filter(**about), "delivery__contact_id"
        return sent(period).filter(**topic), "contact_id"

    def span(self, value: Any) -> rules.Span | None:
        return rules.counts.span(self.name, value)

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        if value["kind"] == "clicked":
            things, nothing = (
                ngettext("%(n)d click", "%(n)d clicks", number),
                _("no click in a message"),
            )
        else:
            things, nothing = (
                ngettext("%(n)d message sent", "%(n)d messages sent", number),
                _("no message sent"),
            )
        text = rules.counts.phrase(
            value, things=things % {"n": number}, nothing=nothing
        )
        if value.get("topic"):
            text = rules.counts.of(text, rules.find(Topic, value["topic"]) or "…")
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows, by = self._rows(value, at)
        return str(rows.filter(**{by: contact_id}).count())


def _topic(key: str) -> Topic:
    found = rules.find(Topic, key)
    if found is None:
        raise rules.BrokenRule([_("The topic “%(key)s” is gone.") % {"key": key}])
    return found


def sent(period: rules.periods.Period) -> QuerySet[Delivery]:
    """Messages of mailings that were handed over in *period*."""
    return Delivery.objects.filter(
        mailing__isnull=False,
        contact__isnull=False,
        state=Delivery.State.SENT,
        **period.moments("sent_at"),
    )


def human_clicks(period: rules.periods.Period) -> QuerySet[Response]:
    """Clicks of people, not of machines, in messages of mailings."""
    return Response.objects.filter(
        kind=Response.Kind.CLICK,
        machine=False,
        delivery__mailing__isnull=False,
        delivery__contact__isnull=False,
        **period.moments("at"),
    )

"""What rules can ask about inquiries, also of those that are closed."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules

from .models import Inquiry
from .sorts import GROUP, choice
from .whose import owned, owner_block, owner_said

STATES = {
    "any": gettext_lazy("open and closed"),
    "open": gettext_lazy("answer owed"),
    "overdue": gettext_lazy("overdue"),
    "closed": gettext_lazy("closed"),
}
DAYS = {
    "received_at": gettext_lazy("received"),
    "due_at": gettext_lazy("Answer owed by"),
    "closed_at": gettext_lazy("closed"),
}


@rules.register
class Inquired(rules.Condition):
    """How many inquiries of a sort there were. Their period is about one of ``DAYS``."""

    name = "inquiries"
    label = gettext_lazy("Inquiries and complaints")
    icon = "mail"
    group = GROUP
    dated_by = gettext_lazy("the days of inquiries and answers")
    aspects = frozenset({"touchpoints"})

    class Value(rules.CountBlock):
        state = blocks.ChoiceBlock(
            choices=list(STATES.items()), default="any", label=gettext_lazy("State")
        )
        kind = choice(Inquiry.Kind.choices, gettext_lazy("kind"))
        owner = owner_block(Inquiry)
        day = blocks.ChoiceBlock(
            choices=list(DAYS.items()),
            default="received_at",
            label=gettext_lazy("the period is of the day"),
        )
        when = rules.periods.when()
        optional = {"kind", "owner"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at), value)

    def past(self, value: Any) -> rules.Past:
        if value["owner"]:
            return rules.Past(why_not=_("The owner of an inquiry is not dated."))
        return super().past(value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows_then(value, at), value)

    def events(self, value: Any, at: dt.datetime) -> rules.Events:
        return rules.Events(self._rows(value, at), at=value["day"])

    def events_as_of(self, value: Any, at: dt.datetime) -> rules.Events:
        return rules.Events(self._rows_then(value, at), at=value["day"])

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[Inquiry]:
        still = Q(closed_at=None)
        return self._of(value, at).filter(
            _state(value, at, still=still, closed=Q(closed_at__isnull=False))
        )

    def _rows_then(self, value: Any, at: dt.datetime) -> QuerySet[Inquiry]:
        still = Q(closed_at=None) | Q(closed_at__gt=at)
        return self._of(value, at).filter(
            _state(value, at, still=still, closed=Q(closed_at__lte=at)),
            received_at__lte=at,
        )

    def _of(self, value: Any, at: dt.datetime) -> QuerySet[Inquiry]:
        period = rules.periods.resolve(value, at).moments(value["day"])
        kind = {"kind": value["kind"]} if value["kind"] else {}
        return Inquiry.objects.filter(**period, **kind, **owned(value))

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        """An answer is overdue from the moment on by which it was owed."""
        moments = [rules.periods.next_change(value, at)]
        if value["state"] == "overdue":
            owed = Inquiry.objects.open().filter(due_at__gt=at).order_by("due_at")
            moments.append(owed.values_list("due_at", flat=True).first())
        return min((moment for moment in moments if moment), default=None)

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        things = ngettext("%(n)d inquiry", "%(n)d inquiries", number) % {"n": number}
        text = rules.counts.phrase(value, things=things, nothing=_("no inquiry"))
        return rules.periods.said(rules.with_details(text, _names(value)), value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        number = self._rows(value, at).filter(contact=contact_id).count()
        return ngettext("%(n)d inquiry", "%(n)d inquiries", number) % {"n": number}


def _state(value: Any, at: dt.datetime, *, still: Q, closed: Q) -> Q:
    """How far they had come at *at*, where these two tell open from closed."""
    wanted = {
        "open": still,
        "overdue": still & Q(due_at__lte=at),
        "closed": closed,
    }.get(value["state"], Q())
    return wanted & closed if value["day"] == "closed_at" else wanted


def _names(value: Any) -> list[str]:
    """In words, which inquiries are meant, and of which day the period is."""
    kinds = dict(Inquiry.Kind.choices)
    names = [str(kinds.get(value["kind"], value["kind"]))] if value["kind"] else []
    if value["state"] != "any":
        names.append(str(STATES.get(value["state"], "…")))
    names += [said] if (said := owner_said(value)) else []
    if value["day"] != "received_at" and value["when"] != "ever":
        names.append(_("by the day: %(which)s") % {"which": DAYS[value["day"]]})
    return names

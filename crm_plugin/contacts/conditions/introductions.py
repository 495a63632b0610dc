"""Conditions on who came through whom."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.models import Contact

from .people import PERSON

KINDS = {
    "brought": gettext_lazy("introduced others to us"),
    "came": gettext_lazy("was introduced by somebody"),
}


@rules.register
class Introductions(rules.Condition):
    """The period is about the day on which the newcomer was first recorded.

    Whoever was introduced counts, also when their record is archived by now.
    """

    name = "introductions"
    label = gettext_lazy("Introductions")
    dated_by = gettext_lazy("the day of the newcomer's first record")
    icon = "group"
    group = PERSON
    aspects = frozenset({"fields"})
    rests_on = frozenset({("contact", "contact.introduced_by")})

    class Value(rules.CountBlock):
        kind = blocks.ChoiceBlock(
            choices=list(KINDS.items()),
            default="brought",
            label=gettext_lazy("the person"),
        )
        when = rules.periods.past("ever")
        shown = {
            "how": {"kind": {"brought"}},
            "number": {"kind": {"brought"}, **rules.counts.SHOWN["number"]},
        }

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(self._newcomers(value, at), value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(self._newcomers(value, at).filter(created_at__lte=at), value)

    def _of(self, newcomers: QuerySet[Contact], value: Any) -> Any:
        if value["kind"] == "came":
            return newcomers.values("pk")
        return rules.counted(newcomers, value, by="introduced_by_id")

    def _newcomers(self, value: Any, at: dt.datetime) -> QuerySet[Contact]:
        period = rules.periods.resolve(value, at)
        introduced = Contact.objects.filter(introduced_by__isnull=False)
        return introduced.filter(**period.moments("created_at"))

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        """With the day: a newcomer may be merged or erased, which is said of them only."""
        return rules.periods.next_change({"when": "last"}, at)

    def span(self, value: Any) -> rules.Span | None:
        brought = value["kind"] == "brought"
        return rules.counts.span(self.name, value) if brought else None

    def sentence(self, value: Any) -> str:
        if value["kind"] == "came":
            return rules.periods.said(_("an introduction by somebody"), value)
        number = rules.counts.number_of(value)
        things = ngettext("%(n)d introduction", "%(n)d introductions", number)
        text = rules.counts.phrase(
            value, things=things % {"n": number}, nothing=_("no introduction")
        )
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        if value["kind"] == "came":
            found = Contact.objects.filter(pk=contact_id, introduced_by__isnull=False)
            newcomer = found.select_related("introduced_by").first()
            if newcomer is None:
                return _("by nobody")
            day = timezone.localtime(newcomer.created_at)
            said = [newcomer.introduced_by, date_format(day, "SHORT_DATE_FORMAT")]
            return ", ".join(map(str, said))
        number = self._newcomers(value, at).filter(introduced_by=contact_id).count()
        words = ngettext("%(n)d introduction", "%(n)d introductions", number)
        return words % {"n": number}

"""What rules can ask about forms that somebody sent."""

import datetime as dt
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks
from wagtail.models import Page

from crm_plugin import normalise, rules
from crm_plugin.touchpoints.conditions import GROUP
from crm_plugin.touchpoints.data_things import of_kind
from crm_plugin.touchpoints.models import Touchpoint

from .models import FormCount, Submission

LATELY = 200
TRUST = {
    "sent": gettext_lazy("sent"),
    "confirmed": gettext_lazy("sent and confirmed"),
}


def forms() -> list[tuple[str, str]]:
    """(page number, title) of every form that was seen or sent lately; also of deleted
    pages."""
    seen = FormCount.objects.order_by().values_list("page_id", flat=True).distinct()
    lately = Submission.objects.order_by("-pk").values_list("page_id", flat=True)
    ids = {page_id for page_id in (*seen, *lately[:LATELY]) if page_id}
    return sorted(titles(ids).items(), key=lambda pair: pair[1])


def titles(page_ids: set[int]) -> dict[str, str]:
    """The titles of form pages; a deleted one is called as its submissions say."""
    pages = Page.objects.filter(pk__in=page_ids)
    found = {str(pk): title for pk, title in pages.values_list("pk", "title")}
    gone = {pk for pk in page_ids if str(pk) not in found}
    if gone:
        sent = Submission.objects.filter(page_id__in=gone).order_by()
        named = sent.values_list("page_id").annotate(title=Max("page_title"))
        found |= {str(pk): title for pk, title in named}
    return found


@rules.register
class SentForm(rules.Condition):
    """How often somebody sent one form, or any."""

    name = "sent_form"
    label = gettext_lazy("Forms sent")
    dated_by = gettext_lazy("the forms that are kept")
    icon = "form"
    group = GROUP
    aspects = frozenset({"touchpoints", "points"})
    rests_on = frozenset(of_kind(Touchpoint.Kind.FORM))

    class Value(rules.CountBlock):
        page = rules.KeyChoiceBlock(
            choices=lambda: [("", gettext_lazy("any form")), *forms()],
            required=False,
            label=gettext_lazy("form"),
        )
        trust = blocks.ChoiceBlock(
            choices=list(TRUST.items()), default="sent", label=gettext_lazy("was")
        )
        when = rules.periods.past("ever")
        optional = {"page"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at), value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        rows = self._rows(value, at).filter(received_at__lte=at)
        if value["trust"] == "confirmed":
            rows = rows.filter(confirmed_by(at))
        return rules.counted(rows, value)

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[Submission]:
        period = rules.periods.resolve(value, at)
        rows = Submission.objects.taken_in().filter(**period.moments("received_at"))
        if value["page"]:
            rows = rows.filter(page_id=normalise.whole(value["page"]))
        return rows.filter(CONFIRMED) if value["trust"] == "confirmed" else rows

    def span(self, value: Any) -> rules.Span | None:
        return rules.counts.span(self.name, value)

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        things = ngettext("%(n)d form sent", "%(n)d forms sent", number)
        text = rules.counts.phrase(
            value, things=things % {"n": number}, nothing=_("no form sent")
        )
        if value["page"]:
            name = titles({normalise.whole(value["page"]) or 0}).get(str(value["page"]))
            text = rules.counts.of(text, name or "…")
        if value["trust"] == "confirmed":
            text += f" ({TRUST['confirmed']})"
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        number = self._rows(value, at).filter(contact=contact_id).count()
        return ngettext("%(n)d form", "%(n)d forms", number) % {"n": number}


CONFIRMED = Q(confirmation__confirmed_at__isnull=False) | ~Q(verified_for="")


def confirmed_by(at: dt.datetime) -> Q:
    return Q(confirmation__confirmed_at__lte=at) | ~Q(verified_for="")

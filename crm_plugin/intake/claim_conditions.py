"""What rules can ask about changes from forms that wait for an answer."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin import rules
from crm_plugin.touchpoints.conditions import GROUP

from .models import Claim


@rules.register
class HasClaim(rules.Condition):
    """The period is about the day on which the form came."""

    name = "claim"
    label = gettext_lazy("Change waiting for confirmation")
    dated_by = gettext_lazy("the forms and the days of their answers")
    icon = "help"
    group = GROUP
    aspects = frozenset({"touchpoints", "fields"})

    class Value(rules.PeriodBlock):
        when = rules.periods.past("ever")

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._rows(value, at).values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        waited = Q(state=Claim.State.WAITING) | Q(decided_at__gt=at)
        rows = self._of(value, at).filter(waited, submission__received_at__lte=at)
        return rows.values("contact_id")

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[Claim]:
        return self._of(value, at).filter(state=Claim.State.WAITING)

    def _of(self, value: Any, at: dt.datetime) -> QuerySet[Claim]:
        period = rules.periods.resolve(value, at)
        return Claim.objects.filter(**period.moments("submission__received_at"))

    def sentence(self, value: Any) -> str:
        text = _("a change from a form that waits for confirmation")
        if period := rules.periods.phrase(value):
            words = {"what": text, "period": period}
            text = _("%(what)s, sent %(period)s") % words
        return text

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = self._rows(value, at).filter(contact=contact_id)
        moments = rows.order_by("submission_id").values_list(
            "submission__received_at", flat=True
        )
        first = moments.first()
        if first is None:
            return _("none")
        day = date_format(timezone.localtime(first), "SHORT_DATE_FORMAT")
        return _("since %(first)s") % {"first": day}

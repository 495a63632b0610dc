"""How addresses stood on a past day, by the rule that wrote the ledger.

Only Python can tell which address a line is about, for the ledger knows keyed hashes.
So it is gone through again only for whom it says something before the day and since;
all others stood as they do now, or were not known to the ledger.
"""

import datetime as dt
from collections.abc import Collection

from django.db.models import Q, QuerySet

from crm_plugin.rules.periods import Period, today

from . import rebuild
from .models import Consent, ConsentEvent, ConsentSubject, Topic

ANY_TIME = Period()


def points_then(
    topic: Topic,
    states: Collection[str],
    at: dt.datetime,
    *,
    since: Period = ANY_TIME,
) -> set[int]:
    """The ids of the points that stood to *topic* in one of *states* at *at*.

    And did so by what was said in the days of *since*. Only points that are still on a
    record: what was taken off later is no longer known.
    """
    lines = ConsentEvent.objects.filter(topic__in=["", topic.key])
    lines = lines.exclude(action=ConsentEvent.Action.PREFER)
    before, later = (_told_of(lines.filter(when)) for when in _around(at))
    stood = rebuild.replay(later.filter(contact__in=before), topic=topic, until=at)
    held = {
        point
        for (point, _topic), row in stood.items()
        if row.state in states and _said_in(since, row.at)
    }
    now = Consent.objects.filter(topic=topic, state__in=states, **since.moments("at"))
    as_now = now.filter(~Q(point__contact_id__in=later))
    return held.union(as_now.values_list("point_id", flat=True))


def _around(at: dt.datetime) -> tuple[Q, Q]:
    return Q(at__lte=at), Q(at__gt=at)


def _said_in(days: Period, moment: dt.datetime) -> bool:
    day = today(moment)
    begun = days.first is None or days.first <= day
    return begun and (days.last is None or day <= days.last)


def _told_of(lines: QuerySet[ConsentEvent]) -> QuerySet:
    """The ids of the contacts whom *lines* are about."""
    subjects = ConsentSubject.objects.filter(subject__in=lines.values("subject"))
    return subjects.values("contact_id")

"""How addresses stood on a past day, by the rule that wrote the ledger.

Only Python can tell which address a line is about, for the ledger knows keyed hashes.
So it is gone through again only for whom it says something before the day and since;
all others stood as they do now, or were not known to the ledger.
"""

import datetime as dt
from collections.abc import Collection

from django.db.models import Q, QuerySet

from . import rebuild
from .models import Consent, ConsentEvent, ConsentSubject, Topic


def points_then(topic: Topic, states: Collection[str], at: dt.datetime) -> set[int]:
    """The ids of the points that stood to *topic* in one of *states* at *at*.

    Of those that are still on a record: what was taken off since is no longer known.
    """
    lines = ConsentEvent.objects.filter(topic__in=["", topic.key])
    lines = lines.exclude(action=ConsentEvent.Action.PREFER)
    before, since = (_told_of(lines.filter(when)) for when in _around(at))
    stood = rebuild.replay(since.filter(contact__in=before), topic=topic, until=at)
    held = {point for (point, _topic), row in stood.items() if row.state in states}
    now = Consent.objects.filter(topic=topic, state__in=states)
    as_now = now.filter(~Q(point__contact_id__in=since))
    return held.union(as_now.values_list("point_id", flat=True))


def _around(at: dt.datetime) -> tuple[Q, Q]:
    return Q(at__lte=at), Q(at__gt=at)


def _told_of(lines: QuerySet[ConsentEvent]) -> QuerySet:
    """The ids of the contacts whom *lines* are about."""
    subjects = ConsentSubject.objects.filter(subject__in=lines.values("subject"))
    return subjects.values("contact_id")

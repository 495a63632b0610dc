"""When classes of a scheme were published: then people may move by a rule alone."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models.functions import TruncDate
from django.utils import timezone
from wagtail.models import ModelLogEntry

from crm_plugin.rules.periods import midnight

from .models import Segment
from .models.segment import BY_CLOCK
from .movement import Between

PUBLISHED = ("wagtail.publish", BY_CLOCK)


class Publication(NamedTuple):
    """On that day a class came into force, perhaps with another rule."""

    day: dt.date
    segment_id: int


def published(ids: Collection[int], between: Between) -> list[Publication]:
    """The publications of the segments *ids* by class and day, latest first; one query.

    Of the site's log: revisions may be tidied away, and it tells also what the clock did.
    """
    rows = ModelLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Segment),
        action__in=PUBLISHED,
        object_id__in=[str(pk) for pk in ids],
        timestamp__gte=midnight(between.first),
        timestamp__lt=midnight(between.end),
    )
    zone = timezone.get_default_timezone()
    days = rows.annotate(crm_day=TruncDate("timestamp", tzinfo=zone)).order_by()
    found = days.values_list("crm_day", "object_id").distinct()
    return sorted((Publication(day, int(pk)) for day, pk in found), reverse=True)

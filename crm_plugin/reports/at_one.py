"""The contacts who stand at exactly one use: since when, of what, and from where."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_plugin.contacts.models import FirstTouch
from crm_plugin.lifecycle.models import ContactUses, UseCategory
from crm_plugin.sales.models import ProductCategory
from crm_plugin.segments.ready_made import condition
from crm_plugin.touchpoints.sources import source_words
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item

# Days since the first use, first and last day included; None is "and more".
BUCKETS: list[tuple[int, int | None]] = [
    (0, 30),
    (31, 60),
    (61, 90),
    (91, 180),
    (181, None),
]
# Whom all of it is about, as a rule says it.
ONCE = condition("uses", how="exactly", number=1, when="ever")
# More sources than these are one bar.
MOST_SOURCES = 9


def standing_at_one() -> QuerySet[ContactUses]:
    return ContactUses.objects.of_current().filter(count=1)


def numbers() -> list[int]:
    """How many stand at one use, per bucket of days since; one query."""
    today = timezone.localdate()
    whens = [
        When(_between(today, first, last), then=Value(number))
        for number, (first, last) in enumerate(BUCKETS)
    ]
    rows = (
        standing_at_one()
        .annotate(bucket=Case(*whens, output_field=IntegerField()))
        .values_list("bucket")
        .annotate(number=Count("contact_id"))
    )
    found = dict(rows)
    return [found.get(number, 0) for number in range(len(BUCKETS))]


def _between(today: dt.date, first: int, last: int | None) -> Q:
    condition = Q(first_on__lte=today - dt.timedelta(days=first))
    if last is not None:
        condition &= Q(first_on__gte=today - dt.timedelta(days=last))
    return condition


def by_days() -> list[Item]:
    """One item per bucket of days since the first use."""
    pairs = zip(BUCKETS, numbers(), strict=True)
    return [
        Item(_label(*bucket), number, url=people(ONCE, _since(*bucket)))
        for bucket, number in pairs
    ]


def _since(first: int, last: int | None) -> dict[str, Any]:
    """The bucket as a condition: of one use, the last is the first."""
    if last is None:
        return condition("last_use", when="before", days=first - 1)
    return condition("last_use", when="ago", days=first, days_to=last)


def _label(first: int, last: int | None) -> str:
    if last is None:
        return _("%(first)s days or more") % {"first": first}
    return _("%(first)s–%(last)s days") % {"first": first, "last": last}


def by_category() -> list[Item]:
    """What the first use was of; one that touched two categories counts in both."""
    of_theirs = UseCategory.objects.filter(contact__in=_ids())
    counted = dict(
        of_theirs.values_list("category").annotate(number=Count("contact_id"))
    )
    names = ProductCategory.objects.in_bulk(counted)
    items = [
        Item(str(names[key]), number, url=people(ONCE, _of(names[key].key)))
        for key, number in counted.items()
    ]
    without = standing_at_one().exclude(contact__in=of_theirs.values("contact_id"))
    return [*_largest_first(items), *_some(_("not known"), without.count())]


def _of(category: str) -> dict[str, Any]:
    return condition("uses", how="at_least", number=1, category=category, when="ever")


def by_source(total: int) -> list[Item]:
    """Where the first record of them came from; *total* is how many they are."""
    touches = FirstTouch.objects.filter(contact__in=_ids())
    rows = touches.values_list("channel", "source").annotate(number=Count("contact_id"))
    items = _largest_first([Item(source_words(*of), n) for *of, n in rows])
    rest = sum(item.value for item in items[MOST_SOURCES:])
    unknown = total - sum(item.value for item in items)
    return [
        *items[:MOST_SOURCES],
        *_some(_("other sources"), rest),
        *_some(_("not known"), unknown),
    ]


def _ids() -> QuerySet:
    return standing_at_one().values("contact_id")


def _largest_first(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (-item.value, item.label))


def _some(label: str, number: float) -> list[Item]:
    return [Item(label, number)] if number else []

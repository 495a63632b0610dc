"""Who stood in which class when: stages, and every scheme of segments, between two days.

A boundary is the moment at which a day begins, so that periods that follow each other
fit together: nobody moves between the end of one and the beginning of the next.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crm_plugin import rules
from crm_plugin.lifecycle.models import Stage, StagePeriod
from crm_plugin.sales.models import Purchase

from .models import Segment, SegmentMembership, SegmentScheme

STAGE = "stage:"
# In no class: not known yet, or archived since.
NOWHERE = ":none"
Pair = tuple[str, str]


@dataclass(frozen=True)
class Between:
    """Two days, both included: what happened on them is part of the movement."""

    first: dt.date
    last: dt.date

    @property
    def end(self) -> dt.date:
        """The day whose beginning is the second boundary."""
        return rules.periods.day_after(self.last)


class Standing:
    """Classes of which everybody is in at most one, each stay dated.

    ``key`` stands in addresses. ``classes`` gives what a rule calls each class, and its
    name, in order.
    """

    key = ""
    column = ""

    def __str__(self) -> str:
        raise NotImplementedError

    def classes(self) -> dict[str, str]:
        raise NotImplementedError

    def rows(self) -> QuerySet:
        """Every stay in one of the classes, whenever it was."""
        raise NotImplementedError

    def at(self, day: dt.date) -> Q:
        """The stays that lasted when *day* began."""
        raise NotImplementedError

    def known(self, day: dt.date) -> Q:
        """The stays of whom the totals count when *day* began."""
        return Q()

    def within(self, key: str) -> Q:
        """The stays in one class."""
        raise NotImplementedError

    def of(self, key: str) -> QuerySet:
        """Every stay in one class, whenever it was."""
        return self.rows().filter(self.within(key))

    def name_of(self, found: Any) -> str:
        """What a rule calls the class that the column names *found*."""
        raise NotImplementedError

    def since(self) -> dt.date | None:
        """Since when anything is known; None for always."""
        return None

    def segments(self) -> dict[int, str]:
        """The ids of the segments that the classes are, each with its key."""
        return {}


class Stages(Standing):
    """The stages, computed from uses: known for every past day."""

    column = "stage"

    def __str__(self) -> str:
        return _("Stages")

    def classes(self) -> dict[str, str]:
        return {f"{STAGE}{stage.value}": str(stage.label) for stage in Stage}

    def rows(self) -> QuerySet:
        return StagePeriod.objects.all()

    def at(self, day: dt.date) -> Q:
        lasting = Q(ended_on=None) | Q(ended_on__gte=day)
        return Q(started_on__lt=day) & lasting

    def known(self, day: dt.date) -> Q:
        midnight = rules.periods.midnight(day)
        return Q(contact__archived_at=None) | Q(contact__archived_at__gte=midnight)

    def within(self, key: str) -> Q:
        return Q(stage=key.removeprefix(STAGE))

    def name_of(self, found: Any) -> str:
        return f"{STAGE}{found}"


class Scheme(Standing):
    """A scheme of segments, known since it was made."""

    column = "segment_id"

    def __init__(self, scheme_id: int, scheme: SegmentScheme | None = None) -> None:
        self.scheme_id, self.scheme = scheme_id, scheme
        self.key = scheme.key if scheme else ""

    def __str__(self) -> str:
        return str(self.scheme or "")

    def since(self) -> dt.date | None:
        at = self.scheme.created_at if self.scheme else None
        return rules.periods.today(at) if at else None

    def _held(self) -> Any:
        return Segment.objects.filter(scheme=self.scheme_id)

    def classes(self) -> dict[str, str]:
        return {row.key: str(row) for row in self._held().in_order()}

    def rows(self) -> QuerySet:
        return SegmentMembership.objects.filter(segment__in=self._held().values("pk"))

    def at(self, day: dt.date) -> Q:
        midnight = rules.periods.midnight(day)
        lasting = Q(left_at=None) | Q(left_at__gte=midnight)
        return Q(entered_at__lt=midnight) & lasting

    def within(self, key: str) -> Q:
        return Q(segment__in=Segment.objects.filter(key=key).values("pk"))

    def of(self, key: str) -> QuerySet:
        return SegmentMembership.objects.filter(self.within(key))

    def name_of(self, found: Any) -> str:
        return str(self._keys.get(found, ""))

    def segments(self) -> dict[int, str]:
        return self._keys

    @cached_property
    def _keys(self) -> dict[int, str]:
        return dict(self._held().values_list("pk", "key"))


def standings(user: Any) -> list[Standing]:
    """The stages, and every scheme whose classes *user* may all see."""
    found = SegmentScheme.objects.visible_to(user)
    if user is None or not user.has_perm("crm_plugin.view_sensitive"):
        telling = Segment.objects.filter(reads_sensitive=True, scheme__isnull=False)
        found = found.exclude(pk__in=telling.values("scheme_id"))
    return [Stages(), *(Scheme(row.pk, row) for row in found)]


def standing_of(key: str) -> Standing | None:
    """The stages or the scheme to which the class *key* belongs."""
    if key.startswith(STAGE):
        return Stages()
    segment = rules.find(Segment, key)
    if segment is None or segment.scheme_id is None:
        return None
    scheme = rules.find(SegmentScheme, segment.scheme_id, field="pk")
    return Scheme(segment.scheme_id, scheme)


@dataclass(frozen=True)
class Moved:
    """How many, and how many of them never left in between."""

    number: int = 0
    throughout: int = 0


def counts(standing: Standing, between: Between) -> dict[Pair, Moved]:
    """``{(class at the start, class at the end): how many}``; one query.

    ``NOWHERE`` stands for who was in no class at that boundary.
    """
    start, end = (
        standing.at(day) & standing.known(day) for day in (between.first, between.end)
    )
    there = standing.rows().filter(start | end).order_by().values("contact_id")
    each = there.annotate(
        crm_before=Max(Case(When(start, then=F(standing.column)))),
        crm_after=Max(Case(When(end, then=F(standing.column)))),
        crm_stayed=Max(
            Case(
                When(start & end, then=Value(1)),
                default=Value(0),
                output_field=IntegerField(),
            )
        ),
    )
    sql, params = each.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT crm_before, crm_after, COUNT(*), SUM(crm_stayed)"  # noqa: S608
            f" FROM ({sql}) AS each_contact GROUP BY crm_before, crm_after",
            params,
        )
        rows = cursor.fetchall()
    named = {None: NOWHERE}
    for found in {name for row in rows for name in row[:2]} - {None}:
        named[found] = standing.name_of(found)
    return {
        (named[before], named[after]): Moved(number, int(stayed))
        for before, after, number, stayed in rows
        if before is not None or after is not None
    }


def sales(standing: Standing, between: Between) -> dict[str, Decimal]:
    """Net sales between the boundaries by the class at the end; one query."""
    now = standing.rows().filter(standing.at(between.end), contact=OuterRef("contact"))
    rows = (
        Purchase.objects.of_current()
        .filter(on__gte=between.first, on__lte=between.last)
        .exclude(contact=None)
        .annotate(crm_class=Subquery(now.values(standing.column)[:1]))
        .values_list("crm_class")
        .annotate(net=Sum("amount"))
    )
    return {
        NOWHERE if found is None else standing.name_of(found): net
        for found, net in rows.order_by()
    }


def people(
    standing: Standing,
    between: Between,
    before: str,
    after: str,
    *,
    throughout: bool = False,
) -> QuerySet:
    """The ids of whom a cell of the table counts; "" is any class, or none.

    At least one of *before* and *after* names a class.
    """
    start, end = standing.at(between.first), standing.at(between.end)
    if throughout:
        return standing.of(before).filter(start & end).values("contact_id")
    if _names(before):
        found = standing.of(before).filter(start)
        return _also(found, standing, after, end).values("contact_id")
    found = standing.of(after).filter(end)
    return _also(found, standing, before, start).values("contact_id")


def _names(key: str) -> bool:
    return key not in ("", NOWHERE)


def _also(found: QuerySet, standing: Standing, key: str, at: Q) -> QuerySet:
    """Those of *found* of whom the other boundary says *key*, too."""
    if _names(key):
        there = standing.of(key).filter(at)
        return found.filter(contact_id__in=there.values("contact_id"))
    if key == NOWHERE:
        anywhere = standing.rows().filter(at)
        return found.filter(~Q(contact_id__in=anywhere.values("contact_id")))
    return found

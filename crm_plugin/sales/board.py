"""The board: a column per stage with its count and sum, and the first of its cards."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from crm_plugin.touchpoints.models import FollowUp

from .models import Deal, DealQuerySet, DealStage, DealStagePeriod

# Cards of one column; the others stand in the list.
MOST = 20
# Won and lost deals leave the board after so many days.
CLOSED_DAYS = 30


@dataclass
class Card:
    """One deal as the board shows it."""

    deal: Deal
    days_in_stage: int = 0
    follow_up: FollowUp | None = None
    before: DealStage | None = None
    after: DealStage | None = None


@dataclass
class Column:
    """One stage: how many deals stand in it, worth what, and the first of them."""

    stage: DealStage
    count: int = 0
    amount: Decimal = Decimal(0)
    cards: list[Card] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


def columns(user: Any, *, owner: Any = None, nobody: bool = False) -> list[Column]:
    """The board as *user* may see it, of one *owner* or of *nobody*; six queries.

    Open deals by the day that is expected, those of the last 30 days that were won or
    lost by the day of closing, the newest first.
    """
    rows = _shown(Deal.objects.visible_to(user))
    if owner is not None or nobody:
        rows = rows.filter(owner=owner)
    totals = {
        stage: (count, amount)
        for stage, count, amount in rows.order_by()
        .values_list("stage")
        .annotate(n=Count("pk"), worth=Sum("amount"))
    }
    stages = [
        stage
        for stage in DealStage.objects.order_by("order", "id")
        if stage.active or stage.pk in totals
    ]
    found = {stage.pk: Column(stage) for stage in _in_order(stages)}
    for pk, (count, amount) in totals.items():
        found[pk].count, found[pk].amount = count, amount or Decimal(0)
    for card in _cards(rows, list(found.values()), user):
        found[card.deal.stage_id].cards.append(card)
    return list(found.values())


def _shown(rows: DealQuerySet) -> DealQuerySet:
    since = timezone.now() - dt.timedelta(days=CLOSED_DAYS)
    # Each by its own index: together, the database would read every deal there ever was.
    opened = Deal.objects.order_by().filter(closed_at=None).values("pk")
    closed = Deal.objects.order_by().filter(closed_at__gte=since).values("pk")
    return rows.filter(pk__in=opened.union(closed, all=True))


def _in_order(stages: Iterable[DealStage]) -> list[DealStage]:
    """Open ones first, then won, then lost, whatever numbers the site gave them."""
    kinds = DealStage.Kind.values
    return sorted(stages, key=lambda stage: kinds.index(stage.kind))


def _cards(rows: DealQuerySet, shown: Sequence[Column], user: Any) -> list[Card]:
    first: QuerySet = rows.annotate(
        place=Window(
            RowNumber(),
            partition_by="stage",
            order_by=[
                F("closed_at").desc(nulls_first=True),
                F("expected_on").asc(nulls_last=True),
                "id",
            ],
        )
    ).filter(place__lte=MOST)
    places = dict(first.values_list("pk", "place"))
    deals = list(
        Deal.objects.filter(pk__in=places).select_related(
            "contact", "organisation", "owner", "stage"
        )
    )
    deals.sort(key=lambda deal: places[deal.pk])
    entered = days_in_stage(deals)
    steps = next_steps([deal.contact_id for deal in deals], user)
    beside = _beside([column.stage for column in shown])
    return [
        Card(
            deal,
            entered.get(deal.pk, 0),
            steps.get(deal.contact_id or 0),
            *beside.get(deal.stage_id, (None, None)),
        )
        for deal in deals
    ]


def _beside(stages: list[DealStage]) -> dict[int, tuple]:
    """The open stages before and after each open stage."""
    row = [s for s in stages if s.kind == DealStage.Kind.OPEN and s.active]
    both = zip([None, *row], row, [*row[1:], None], strict=False)
    return {stage.pk: (before, after) for before, stage, after in both}


def days_in_stage(deals: Iterable[Deal]) -> dict[int, int]:
    """How many of the site's days each deal has stood where it stands; one query."""
    zone = timezone.get_default_timezone()
    today = timezone.localdate(timezone=zone)
    rows = DealStagePeriod.objects.filter(deal__in=list(deals), ended_at=None)
    return {
        pk: (today - timezone.localdate(at, zone)).days
        for pk, at in rows.values_list("deal", "started_at")
    }


def next_steps(contact_ids: Iterable[int | None], user: Any) -> dict[int, FollowUp]:
    """The next open step with each of these contacts; one query."""
    ids = {pk for pk in contact_ids if pk}
    rows = FollowUp.objects.visible_to(user).open().filter(contact__in=ids)
    found: dict[int, FollowUp] = {}
    for row in rows.order_by("due_on", "id"):
        found.setdefault(row.contact_id, row)
    return found

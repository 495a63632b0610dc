"""How satisfied people are: stars by month, recommendation by month and segment."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Avg, Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.segments.models import SegmentMembership
from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import Phase, Rating
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, bars, line

from .kpi import Result, register

MONTHS = 12
# Below so many answers a recommendation says nothing.
LEAST = 10
COUNTED = {
    "answers": Count("pk"),
    "promoters": Count("pk", filter=Q(score__gte=9)),
    "detractors": Count("pk", filter=Q(score__lte=6)),
}


@dataclass(frozen=True)
class Recommended:
    """How many answered, and how many of them would and would not."""

    answers: int
    promoters: int
    detractors: int

    @property
    def nps(self) -> int | None:
        """% 9–10 minus % 0–6; None below ten answers."""
        if self.answers < LEAST:
            return None
        return round(100 * (self.promoters - self.detractors) / self.answers)

    @property
    def shown(self) -> str:
        return _("too few answers") if self.nps is None else f"{self.nps:+d}"


def first_month() -> dt.date:
    """The first day of the first of the last twelve months."""
    today = timezone.localdate()
    months = today.year * 12 + today.month - MONTHS
    return dt.date(months // 12, months % 12 + 1, 1)


def months() -> list[dt.date]:
    first = first_month()
    numbers = [first.year * 12 + first.month - 1 + n for n in range(MONTHS)]
    return [dt.date(number // 12, number % 12 + 1, 1) for number in numbers]


def _rated(scale: str) -> QuerySet[Rating]:
    since = timezone.make_aware(dt.datetime.combine(first_month(), dt.time.min))
    return Rating.objects.filter(scale=scale, at__gte=since).order_by()


def stars_by_month() -> dict[dt.date, tuple[int, float, int]]:
    """{month: (answers, mean, answers of 4 or 5)}; one query."""
    rows = _rated("stars").annotate(month=TruncMonth("at")).values_list("month")
    good = Count("pk", filter=Q(score__gte=4))
    counted = rows.annotate(answers=Count("pk"), mean=Avg("score"), good=good)
    return {month.date(): (n, mean, good) for month, n, mean, good in counted}


def nps_by_month() -> dict[dt.date, Recommended]:
    rows = _rated("nps").annotate(month=TruncMonth("at")).values_list("month")
    counted = rows.annotate(**COUNTED)
    return {month.date(): Recommended(*said) for month, *said in counted}


def nps_by_segment() -> list[tuple[str, Recommended]]:
    """By segment of today: the latest answer of each contact in a year; one query.

    Segments that are private or rest on something sensitive are left out: these
    figures are for everybody.
    """
    theirs = _rated("nps").filter(contact=OuterRef("contact"), unverified=False)
    latest = theirs.order_by("-at", "-pk").values("score")[:1]
    stays = SegmentMembership.objects.filter(
        left_at=None,
        segment__live=True,
        segment__active=True,
        segment__private=False,
        segment__reads_sensitive=False,
    )
    rows = (
        stays.annotate(score=Subquery(latest))
        .filter(score__isnull=False)
        .order_by()
        .values_list("segment__name")
        .annotate(**COUNTED)
    )
    found = [(name, Recommended(*said)) for name, *said in rows]
    return sorted(found, key=lambda pair: (-pair[1].answers, pair[0]))


def _whoever_rated(scale: str) -> str:
    """Who gave an answer that is theirs for certain, in these twelve months."""
    since = first_month().isoformat()
    said = {"which": "any", "least": 0, "most": 10, "when": "dates", "from_on": since}
    return people(condition("rated", scale=scale, **said))


def _month(day: dt.date) -> str:
    return date_format(day, "YEAR_MONTH_FORMAT")


@register(
    "satisfaction",
    title=gettext_lazy("Satisfaction by month"),
    formula=gettext_lazy(
        "Mean of the stars (1 to 5) given in each of the last twelve months, and the"
        " share of 4 and 5 stars; anonymous answers count."
    ),
    phase=Phase.SUCCESS,
)
def satisfaction() -> Result:
    found = stars_by_month()
    rows = []
    for month in months():
        answers, mean, good = found.get(month, (0, None, 0))
        share = round(100 * good / answers) if answers else None
        rows.append([_month(month), answers, mean and round(mean, 2), share])
    drawing = line(
        _("Mean of the stars"),
        [
            Item(name, mean, text=f"{mean:.2f} ({answers})" if answers else "")
            for name, answers, mean, _share in rows
        ],
        label_heading=_("Month"),
        value_heading=_("Mean (answers)"),
    )
    return Result(
        headings=[_("Month"), _("Answers"), _("Mean"), _("4 or 5 stars (%)")],
        rows=rows,
        charts=[drawing],
        everybody=_whoever_rated("stars"),
        figures={"answers": sum(row[1] for row in rows)},
    )


@register(
    "nps",
    title=gettext_lazy("Recommendation (NPS)"),
    formula=gettext_lazy(
        "Per cent of answers 9 and 10 minus per cent of answers 0 to 6, by month, and by"
        " segment with the latest answer of each contact in twelve months; hidden below"
        " ten answers."
    ),
    phase=Phase.SUCCESS,
)
def nps() -> Result:
    nobody = Recommended(0, 0, 0)
    by_month = nps_by_month()
    monthly = [(_month(m), by_month.get(m, nobody)) for m in months()]
    segments = nps_by_segment()
    parts = [(_("Month"), monthly), (_("Segment"), segments)]
    return Result(
        headings=[
            _("By"),
            _("Which"),
            _("Answers"),
            _("9 and 10"),
            _("0 to 6"),
            "NPS",
        ],
        rows=[
            [heading, name, said.answers, said.promoters, said.detractors, said.shown]
            for heading, found in parts
            for name, said in found
        ],
        charts=[
            bars(
                _("Answers by month, with the NPS"),
                [Item(name, said.answers, text=said.shown) for name, said in monthly],
                label_heading=_("Month"),
                value_heading="NPS",
            ),
            bars(
                _("Answers by segment, with the NPS"),
                [Item(name, said.answers, text=said.shown) for name, said in segments],
                label_heading=_("Segment"),
                value_heading="NPS",
            ),
        ],
        everybody=_whoever_rated("nps"),
        figures={"answers": sum(said.answers for _name, said in monthly)},
    )

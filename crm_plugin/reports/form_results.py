"""What comes of each form: seen, begun, sent, confirmed, bought."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Q, Sum, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.intake.conditions import CONFIRMED, titles
from crm_plugin.intake.models import FormCount, Submission
from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import Phase
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Chart, Item, bars

from .kpi import Result, register

DAYS = 90
MOST_DRAWN = 8
SENT = condition(
    "sent_form", how="at_least", number=1, when="last", days=DAYS - 1, trust="sent"
)


@dataclass
class Steps:
    """How many went how far."""

    views: int = 0
    starts: int = 0
    sent: int = 0
    confirmed: int = 0
    bought: int = 0

    def __add__(self, other: "Steps") -> "Steps":
        return Steps(*(a + b for a, b in zip(self.row, other.row, strict=True)))

    @property
    def row(self) -> list[int]:
        return [self.views, self.starts, self.sent, self.confirmed, self.bought]


Found = dict[tuple[int, str], Steps]


def numbers() -> Found:
    """By page and source, of the last 90 days; two queries.

    Who sent a form without a script may be counted as sent only: nobody sends what
    they did not see and begin.
    """
    since = timezone.localdate() - dt.timedelta(days=DAYS)
    found: Found = defaultdict(Steps)
    counts = FormCount.objects.filter(day__gt=since).order_by()
    summed = counts.values_list("page_id", "source").annotate(
        Sum("views"), Sum("starts")
    )
    for page_id, source, views, starts in summed:
        found[page_id, source] = Steps(views, starts)
    for page_id, source, sent, confirmed, bought in _submissions(since):
        steps = found[page_id, source]
        steps.sent, steps.confirmed, steps.bought = sent, confirmed, bought
    for steps in found.values():
        steps.starts = max(steps.starts, steps.sent)
        steps.views = max(steps.views, steps.starts)
    return found


def _submissions(since: dt.date):
    """(page, source, sent, confirmed, contacts whose first purchase came after it)."""
    day = timezone.make_aware(dt.datetime.combine(since, dt.time.max))
    rows = Submission.objects.filter(received_at__gt=day, page_id__isnull=False)
    rows = rows.exclude(state=Submission.State.HELD).order_by()
    source = Coalesce(KT("source__via"), Value(""), output_field=TextField())
    later = Q(contact__sales__first_on__gte=TruncDate("received_at"))
    return (
        rows.annotate(via=source)
        .values_list("page_id", "via")
        .annotate(
            sent=Count("pk", distinct=True),
            confirmed=Count("pk", filter=CONFIRMED, distinct=True),
            bought=Count("contact", filter=later, distinct=True),
        )
    )


def by_page(found: Found) -> dict[int, Steps]:
    """The same without the source, the most seen first."""
    pages: dict[int, Steps] = defaultdict(Steps)
    for (page_id, _source), steps in found.items():
        pages[page_id] += steps
    return dict(sorted(pages.items(), key=lambda pair: -pair[1].views))


@register(
    "form_results",
    title=gettext_lazy("What comes of the forms"),
    formula=gettext_lazy(
        "Of the last 90 days, by form and by the source with which it was opened: views"
        " by people, begun, sent, confirmed by the person, and contacts whose first"
        " purchase came on that day or later."
    ),
    phase=Phase.MARKETING,
)
def compute() -> Result:
    found = numbers()
    pages = by_page(found)
    names = titles(set(pages))
    ordered = sorted(
        found.items(),
        key=lambda pair: (list(pages).index(pair[0][0]), -pair[1].views, pair[0][1]),
    )
    return Result(
        headings=[_("Form"), _("Source"), *steps_words()],
        rows=[
            [name_of(page_id, names), source or str(_("direct")), *steps.row]
            for (page_id, source), steps in ordered
        ],
        charts=[
            drawn(name_of(page_id, names), steps)
            for page_id, steps in list(pages.items())[:MOST_DRAWN]
        ],
        everybody=people(SENT),
        figures={
            str(page_id): dict(zip(KEYS, steps.row, strict=True))
            for page_id, steps in pages.items()
        },
    )


KEYS = ("views", "starts", "sent", "confirmed", "bought")


def steps_words() -> list[str]:
    return [
        _("Seen"),
        _("Begun"),
        _("Sent"),
        _("Confirmed"),
        _("First purchase"),
    ]


def name_of(page_id: int, names: dict[str, str]) -> str:
    return names.get(str(page_id)) or _("Page %(number)s") % {"number": page_id}


def drawn(name: str, steps: Steps) -> Chart:
    """One form as bars, each with its share of those who saw it."""
    items = [
        Item(label, number, text=_shown(number, steps.views))
        for label, number in zip(steps_words(), steps.row, strict=True)
    ]
    return bars(name, items, label_heading=_("Step"), value_heading=_("Number"))


def _shown(number: int, views: int) -> str:
    if number == views:
        return str(number)
    return f"{number} ({100 * number / views:.0f} %)"

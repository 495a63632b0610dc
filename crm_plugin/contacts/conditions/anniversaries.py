"""Conditions on days that come back every year: birthdays, any day that is known.

Who was born, or married, on 29 February celebrates on the 28th in other years.
"""

import calendar
import datetime as dt
from functools import partial
from typing import Any

from django.db.models import Func, IntegerField, Q, QuerySet
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.models import AttributeDefinition, Contact, ContactValue

from .attributes import AttributeCondition
from .people import PERSON
from .values import display, standing

COMING = ("this_month", "next_month")
KINDS = {
    "next": gettext_lazy("in the next … days"),
    **{kind: rules.periods.CHOICES[kind] for kind in COMING},
    "month": gettext_lazy("in the month"),
}


def _kind(**more: Any) -> blocks.ChoiceBlock:
    return blocks.ChoiceBlock(
        choices=list({**KINDS, **more}.items()),
        default="next",
        label=gettext_lazy("when"),
    )


class YearlyBlock(rules.ConditionBlock):
    """A day of the year: in the next days, this month or the next, or in a month."""

    kind = _kind()
    days = blocks.IntegerBlock(
        required=False,
        min_value=0,
        max_value=364,
        default=7,
        label=gettext_lazy("days"),
    )
    month = blocks.ChoiceBlock(
        choices=[(str(number), name) for number, name in MONTHS.items()],
        required=False,
        label=gettext_lazy("month"),
    )
    shown = {"days": {"kind": {"next"}}, "month": {"kind": {"month"}}}


def falling(rows: QuerySet, column: str, value: Any, at: dt.datetime) -> QuerySet:
    """The *rows* whose day in *column* comes round when *value* says."""
    rows = rows.alias(crm_place=PlaceInYear(column))
    first = rules.periods.today(at)
    if value["kind"] in ("month", *COMING):
        start = _month(value, at) * 100
        return rows.filter(crm_place__gt=start, crm_place__lt=start + 100)
    last = first + dt.timedelta(days=value["days"] or 0)
    return rows.filter(_in_year(first, last))


def _month(value: Any, at: dt.datetime) -> int:
    """The month of the year that is meant, from 1 on; 0 for none."""
    if value["kind"] == "month":
        return int(value["month"] or 0)
    first = rules.periods.resolve({"when": value["kind"]}, at).first
    return first.month if first else 0


class PlaceInYear(Func):
    """Month times 100 plus day; on SQLite out of the text, without a call of Python."""

    arity = 1
    output_field = IntegerField()
    template = (
        "CAST(EXTRACT(MONTH FROM %(expressions)s) * 100"
        " + EXTRACT(DAY FROM %(expressions)s) AS INTEGER)"
    )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        text = "substr(%(expressions)s, 6, 2) || substr(%(expressions)s, 9, 2)"
        template = f"CAST({text} AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)


def _in_year(first: dt.date, last: dt.date) -> Q:
    """Where month times 100 plus day lies between two days less than a year apart."""
    low, high = first.month * 100 + first.day, last.month * 100 + last.day
    if high == 228 and not calendar.isleap(last.year):
        high = 229
    if first.year == last.year:
        return Q(crm_place__gte=low, crm_place__lte=high)
    return Q(crm_place__gte=low) | Q(crm_place__lte=high)


def said(name: Any, value: Any) -> str:
    """The anniversary of *name*, and when it comes round, in words."""
    words = {"name": name}
    if value["kind"] == "month":
        words["month"] = month_name(value)
        return _("anniversary of “%(name)s” in %(month)s") % words
    if value["kind"] in COMING:
        words["when"] = KINDS[value["kind"]]
        return _("anniversary of “%(name)s” %(when)s") % words
    days = value["days"] or 0
    text = ngettext(
        "anniversary of “%(name)s” in the next day",
        "anniversary of “%(name)s” in the next %(n)d days",
        days,
    )
    return text % {**words, "n": days}


def moves_on(value: Any, at: dt.datetime) -> dt.datetime | None:
    """When the days that are meant have moved on; a named month stays the same."""
    return rules.periods.next_change({"when": value["kind"]}, at)


def month_name(value: Any) -> str:
    return str(MONTHS.get(int(value["month"] or 0), "…"))


@rules.register
class Birthday(rules.Condition):
    name = "birthday"
    label = gettext_lazy("Birthday")
    dated_by = gettext_lazy("the date of birth")
    icon = "date"
    group = PERSON
    aspects = frozenset({"fields"})

    class Value(YearlyBlock):
        kind = _kind(unknown=gettext_lazy("not known"))

    def things(self, value: Any) -> set[tuple[str, str]]:
        return {("contact", "contact.birth_on")}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        if value["kind"] == "unknown":
            return Contact.objects.filter(birth_on=None).values("pk")
        known = Contact.objects.exclude(birth_on=None)
        return falling(known, "birth_on", value, at).values("pk")

    def past(self, value: Any) -> rules.Past:
        if value["kind"] == "unknown":
            return rules.Past(why_not=_("Since when a birthday is known is not dated."))
        return super().past(value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self.contacts(value, at)

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return moves_on(value, at)

    def sentence(self, value: Any) -> str:
        if value["kind"] == "unknown":
            return _("birthday not known")
        if value["kind"] == "month":
            return _("birthday in %(month)s") % {"month": month_name(value)}
        if value["kind"] in COMING:
            return _("birthday %(when)s") % {"when": KINDS[value["kind"]]}
        days = value["days"] or 0
        words = ngettext(
            "birthday in the next day", "birthday in the next %(n)d days", days
        )
        return words % {"n": days}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        born = Contact.objects.values_list("birth_on", flat=True).get(pk=contact_id)
        return date_format(born, "MONTH_DAY_FORMAT") if born else _("not known")


class FirstComesRound(rules.Condition):
    """The day on which something was first, one year later or more.

    For rooms that keep that day in ``first_on`` of a summary: give ``rows``, ``what``.
    """

    icon = "date"
    what: Any = ""

    class Value(YearlyBlock):
        pass

    def rows(self) -> QuerySet:
        raise NotImplementedError

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        """The first time itself is no anniversary yet."""
        today = rules.periods.today(at)
        this = value["kind"] in ("month", "this_month")
        before = today.replace(day=1) if this else today
        known = self.rows().filter(first_on__lt=before)
        return falling(known, "first_on", value, at).values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        """What came first comes first for ever."""
        return self.contacts(value, at)

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return rules.periods.next_change({"when": "next"}, at)

    def sentence(self, value: Any) -> str:
        return said(self.what, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = self.rows().filter(contact=contact_id)
        day = rows.values_list("first_on", flat=True).first()
        return date_format(day, "SHORT_DATE_FORMAT") if day else _("not known")


class AnniversaryBlock(YearlyBlock):
    """One of the attributes that hold a day, and when it comes round."""

    class Meta:
        form_layout = ["attribute", "kind", "days", "month"]

    def __init__(self, *, offered: Any, **kwargs: Any) -> None:
        attribute = rules.RecordChoiceBlock(offered, label=gettext_lazy("attribute"))
        super().__init__([("attribute", attribute)], **kwargs)


@rules.register
class Anniversary(AttributeCondition):
    """Whatever the year that is stored, also one to come."""

    name = "anniversary"
    label = gettext_lazy("Anniversary")
    icon = "date"
    group = PERSON

    def block(self, *, sensitive: bool = True) -> rules.ConditionBlock:
        return AnniversaryBlock(
            offered=partial(self.attributes, sensitive),
            label=self.label,
            icon=self.icon,
            group=self.group,
        )

    def attributes(self, sensitive: bool = True) -> QuerySet[AttributeDefinition]:
        days = AttributeDefinition.Type.DATE
        return super().attributes(sensitive).filter(type=days)

    def offered(self) -> bool:
        return self.attributes().filter(active=True).exists()

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        rows = standing(ContactValue, self.definition(value))
        known = rows.filter(date__isnull=False)
        return falling(known, "date", value, at).values("owner_id")

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return moves_on(value, at)

    def problems(self, value: Any, user: Any) -> list[str]:
        try:
            self.definition(value)
        except rules.BrokenRule as error:
            return error.problems
        return []

    def sentence(self, value: Any) -> str:
        name = rules.find(
            AttributeDefinition, value["attribute"], prefetch=("choices",)
        )
        return said(name or value["attribute"] or "…", value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = standing(ContactValue, self.definition(value)).filter(owner=contact_id)
        row = rows.select_related("definition", "choice").first()
        return display(row) if row else _("empty")

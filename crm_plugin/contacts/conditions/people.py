"""Conditions on what every contact has: language, source, owner, days."""

import calendar
import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.db.models.functions import ExtractDay, ExtractMonth
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import normalise, rules
from crm_plugin.contacts.models import Contact
from crm_plugin.contacts.models.people import HeardFrom

PERSON = gettext_lazy("The person")


@rules.universe
def current_contacts() -> QuerySet[Contact]:
    return Contact.objects.current()


def _ticks(choices: Any, label: Any) -> blocks.MultipleChoiceBlock:
    return rules.KeyChoicesBlock(
        choices=choices, widget=forms.CheckboxSelectMultiple, label=label, default=[]
    )


def _labels(choices: Any, keys: list[str]) -> str:
    known = {str(key): str(label) for key, label in choices}
    return _(" or ").join(known.get(str(key), str(key)) for key in keys)


@rules.register
class Language(rules.Condition):
    name = "language"
    label = gettext_lazy("Language")
    icon = "globe"
    group = PERSON
    aspects = frozenset({"fields"})

    class Value(rules.ConditionBlock):
        languages = _ticks(lambda: settings.LANGUAGES, gettext_lazy("languages"))

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return Contact.objects.filter(language__in=value["languages"]).values("pk")

    def sentence(self, value: Any) -> str:
        names = _labels(settings.LANGUAGES, value["languages"])
        return _("language: %(names)s") % {"names": names}


@rules.register
class CameThrough(rules.Condition):
    name = "heard_from"
    label = gettext_lazy("How they heard of us")
    icon = "help"
    group = PERSON
    aspects = frozenset({"fields"})

    class Value(rules.ConditionBlock):
        answers = _ticks(HeardFrom.choices, gettext_lazy("answers"))

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return Contact.objects.filter(heard_from__in=value["answers"]).values("pk")

    def sentence(self, value: Any) -> str:
        names = _labels(HeardFrom.choices, value["answers"])
        return _("heard of us from: %(names)s") % {"names": names}


def _staff() -> list[tuple[str, str]]:
    users = get_user_model().objects.filter(is_active=True).order_by("pk")
    names = [(str(user.pk), normalise.staff(user)) for user in users]
    return [("nobody", _("nobody")), *names]


@rules.register
class Owner(rules.Condition):
    name = "owner"
    label = gettext_lazy("Owner")
    icon = "user"
    group = PERSON
    aspects = frozenset({"fields"})

    class Value(rules.ConditionBlock):
        owner = rules.KeyChoiceBlock(choices=_staff, label=gettext_lazy("owner"))

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        owner = None if value["owner"] == "nobody" else value["owner"]
        return Contact.objects.filter(owner=owner).values("pk")

    def sentence(self, value: Any) -> str:
        return _("owner: %(name)s") % {"name": _labels(_staff(), [value["owner"]])}


@rules.register
class Created(rules.Condition):
    name = "created"
    label = gettext_lazy("First recorded")
    icon = "date"
    group = PERSON
    aspects = frozenset({"fields"})

    class Value(rules.PeriodBlock):
        when = rules.periods.when("last", "before", "ago", "dates")

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        period = rules.periods.resolve(value, at)
        return Contact.objects.filter(**period.moments("created_at")).values("pk")

    def sentence(self, value: Any) -> str:
        return _("first record %(when)s") % {"when": rules.periods.phrase(value)}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        created = Contact.objects.values_list("created_at", flat=True)
        moment = timezone.localtime(created.get(pk=contact_id))
        return date_format(moment, "SHORT_DATE_FORMAT")


@rules.register
class Confirmed(rules.Condition):
    name = "confirmed"
    label = gettext_lazy("Confirmed record")
    icon = "check"
    group = PERSON
    aspects = frozenset({"fields"})

    class Value(rules.ConditionBlock):
        state = blocks.ChoiceBlock(
            choices=[
                ("confirmed", gettext_lazy("confirmed")),
                ("provisional", gettext_lazy("provisional")),
            ],
            default="confirmed",
            label=gettext_lazy("the record is"),
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        provisional = value["state"] == "provisional"
        return Contact.objects.filter(confirmed_at__isnull=provisional).values("pk")

    def sentence(self, value: Any) -> str:
        provisional = value["state"] == "provisional"
        return _("a provisional record") if provisional else _("a confirmed record")


@rules.register
class Birthday(rules.Condition):
    """Who was born on 29 February celebrates on the 28th in other years."""

    name = "birthday"
    label = gettext_lazy("Birthday")
    icon = "date"
    group = PERSON
    aspects = frozenset({"fields"})

    class Value(rules.ConditionBlock):
        kind = blocks.ChoiceBlock(
            choices=[
                ("next", gettext_lazy("in the next … days")),
                ("month", gettext_lazy("in the month")),
                ("unknown", gettext_lazy("not known")),
            ],
            default="next",
            label=gettext_lazy("when"),
        )
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

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        if value["kind"] == "unknown":
            return Contact.objects.filter(birth_on=None).values("pk")
        known = Contact.objects.exclude(birth_on=None)
        if value["kind"] == "month":
            return known.filter(birth_on__month=int(value["month"])).values("pk")
        first = rules.periods.today(at)
        last = first + dt.timedelta(days=value["days"] or 0)
        place = ExtractMonth("birth_on") * 100 + ExtractDay("birth_on")
        return known.annotate(place=place).filter(_in_year(first, last)).values("pk")

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        moving = {"when": "next"} if value["kind"] == "next" else {}
        return rules.periods.next_change(moving, at)

    def sentence(self, value: Any) -> str:
        if value["kind"] == "unknown":
            return _("birthday not known")
        if value["kind"] == "month":
            month = MONTHS.get(int(value["month"] or 0), "…")
            return _("birthday in %(month)s") % {"month": month}
        days = value["days"] or 0
        words = ngettext(
            "birthday in the next day", "birthday in the next %(n)d days", days
        )
        return words % {"n": days}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        born = Contact.objects.values_list("birth_on", flat=True).get(pk=contact_id)
        return date_format(born, "MONTH_DAY_FORMAT") if born else _("not known")


def _in_year(first: dt.date, last: dt.date) -> Q:
    """Where month times 100 plus day lies between two days less than a year apart."""
    low, high = first.month * 100 + first.day, last.month * 100 + last.day
    if high == 228 and not calendar.isleap(last.year):
        high = 229
    if first.year == last.year:
        return Q(place__gte=low, place__lte=high)
    return Q(place__gte=low) | Q(place__lte=high)

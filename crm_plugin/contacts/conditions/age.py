"""How old somebody is today, by their date of birth."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.models import Contact

OLDEST = 130


@rules.register
class Age(rules.Condition):
    """Who was born on 29 February is a year older on 1 March."""

    name = "age"
    label = gettext_lazy("Age")
    dated_by = gettext_lazy("the date of birth")
    icon = "user"
    group = gettext_lazy("The person")
    aspects = frozenset({"fields"})

    class Value(rules.ConditionBlock):
        youngest = blocks.IntegerBlock(
            required=False,
            min_value=0,
            max_value=OLDEST,
            label=gettext_lazy("years old, from"),
        )
        oldest = blocks.IntegerBlock(
            required=False, min_value=0, max_value=OLDEST, label=gettext_lazy("to")
        )
        optional = {"youngest", "oldest"}

    def own(self, value: Any, at: dt.datetime) -> Q:
        today = rules.periods.today(at)
        born = Q(birth_on__isnull=False)
        if value.get("youngest") is not None:
            born &= Q(birth_on__lte=_years_ago(today, value["youngest"]))
        if value.get("oldest") is not None:
            born &= Q(birth_on__gt=_years_ago(today, value["oldest"] + 1))
        return born

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self.contacts(value, at)

    def things(self, value: Any) -> set[tuple[str, str]]:
        return {("contact", "contact.birth_on")}

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return rules.periods.next_change({"when": "last"}, at)

    def span(self, value: Any) -> rules.Span | None:
        return rules.Span(self.name, value.get("youngest"), value.get("oldest"))

    def lacks(self, value: Any) -> list[str]:
        if value.get("youngest") is None and value.get("oldest") is None:
            return [_("Say from or to how many years.")]
        return []

    def problems(self, value: Any, user: Any) -> list[str]:
        low, high = value.get("youngest"), value.get("oldest")
        if None not in (low, high) and low > high:
            return [_("The first number must be the smaller one.")]
        return []

    def sentence(self, value: Any) -> str:
        low, high = value.get("youngest"), value.get("oldest")
        said = {"low": low, "high": high}
        if high is None:
            return _("%(low)s years old or more") % said
        if low is None:
            return _("at most %(high)s years old") % said
        return _("%(low)s to %(high)s years old") % said

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        born = Contact.objects.values_list("birth_on", flat=True).get(pk=contact_id)
        if born is None:
            return _("not known")
        today = rules.periods.today(at)
        years = today.year - born.year
        if (today.month, today.day) < (born.month, born.day):
            years -= 1
        return ngettext("%(n)d year old", "%(n)d years old", years) % {"n": years}


def _years_ago(today: dt.date, years: int) -> dt.date:
    """The same day so many years ago; 28 February where there was no 29th."""
    year = max(today.year - years, 1)
    try:
        return today.replace(year=year)
    except ValueError:
        return dt.date(year, 2, 28)

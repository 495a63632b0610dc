"""Conditions on what every contact has: language, owner, first record."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
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
        if value["owner"] == "nobody":
            return Contact.objects.filter(owner=None).values("pk")
        owner = rules.find(get_user_model(), value["owner"], field="pk")
        if owner is None:
            raise rules.BrokenRule([_("The owner is gone.")])
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

    def span(self, value: Any) -> rules.Span | None:
        return rules.periods.span(self.name, value)

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

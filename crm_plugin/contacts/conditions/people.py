"""Conditions on what every contact has: language, owner, first record."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import normalise, rules
from crm_plugin.contacts.models import Contact, FirstTouch
from crm_plugin.contacts.models.people import HeardFrom

PERSON = gettext_lazy("The person")


@rules.universe
def current_contacts() -> QuerySet[Contact]:
    return Contact.objects.current()


@rules.outside
def archived_contacts() -> QuerySet:
    return Contact.objects.filter(archived_at__isnull=False).values("pk")


@rules.universe_at
def contacts_at(at: dt.datetime, known: list[QuerySet]) -> QuerySet[Contact]:
    """Whoever was recorded by then, or had dealt with us by then, and not archived."""
    by_then = Q(created_at__lte=at)
    for ids in known:
        by_then |= Q(pk__in=ids)
    archived = Q(archived_at=None) | Q(archived_at__gt=at)
    return Contact.objects.filter(by_then, archived)


@rules.known_by
def came_first(at: dt.datetime) -> QuerySet:
    return FirstTouch.objects.filter(at__lte=at).values("contact_id")


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
    undated = gettext_lazy("The language of a contact is not dated.")
    icon = "globe"
    group = PERSON
    aspects = frozenset({"fields"})

    class Value(rules.ConditionBlock):
        languages = _ticks(lambda: settings.LANGUAGES, gettext_lazy("languages"))

    def things(self, value: Any) -> set[tuple[str, str]]:
        return {("contact", "contact.language")}

    def own(self, value: Any, at: dt.datetime) -> Q:
        return Q(language__in=value["languages"])

    def span(self, value: Any) -> rules.Span | None:
        return rules.spans.one_of(self.name, value["languages"])

    def sentence(self, value: Any) -> str:
        names = _labels(settings.LANGUAGES, value["languages"])
        return _("language: %(names)s") % {"names": names}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        language = Contact.objects.get(pk=contact_id).language
        return _labels(settings.LANGUAGES, [language]) or _("not known")


@rules.register
class CameThrough(rules.Condition):
    name = "heard_from"
    label = gettext_lazy("How they heard of us")
    dated_by = gettext_lazy("what is known of the beginning")
    icon = "help"
    group = PERSON
    aspects = frozenset({"fields"})

    class Value(rules.ConditionBlock):
        answers = _ticks(HeardFrom.choices, gettext_lazy("answers"))

    def things(self, value: Any) -> set[tuple[str, str]]:
        return {("contact", "contact.heard_from")}

    def own(self, value: Any, at: dt.datetime) -> Q:
        return Q(heard_from__in=value["answers"])

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        """What somebody heard first never changes, whenever they told us."""
        return self.contacts(value, at)

    def span(self, value: Any) -> rules.Span | None:
        return rules.spans.one_of(self.name, value["answers"])

    def sentence(self, value: Any) -> str:
        names = _labels(HeardFrom.choices, value["answers"])
        return _("heard of us from: %(names)s") % {"names": names}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        told = Contact.objects.get(pk=contact_id).get_heard_from_display()
        return str(told) or _("not known")


def _staff() -> list[tuple[str, str]]:
    users = get_user_model().objects.filter(is_active=True).order_by("pk")
    names = [(str(user.pk), normalise.staff(user)) for user in users]
    return [("nobody", _("nobody")), *names]


@rules.register
class Owner(rules.Condition):
    name = "owner"
    label = gettext_lazy("Owner")
    undated = gettext_lazy("The owner of a contact is not dated.")
    icon = "user"
    group = PERSON
    aspects = frozenset({"fields"})
    rests_on = frozenset({("contact", "contact.owner")})

    class Value(rules.ConditionBlock):
        owner = rules.KeyChoiceBlock(
            choices=_staff, of=get_user_model(), key="pk", label=gettext_lazy("owner")
        )

    def own(self, value: Any, at: dt.datetime) -> Q:
        if value["owner"] == "nobody":
            return Q(owner=None)
        owner = rules.find(get_user_model(), value["owner"], field="pk")
        if owner is None:
            raise rules.BrokenRule([_("The owner is gone.")])
        return Q(owner=owner)

    def span(self, value: Any) -> rules.Span | None:
        return rules.spans.one_of(self.name, [value["owner"]])

    def sentence(self, value: Any) -> str:
        return _("owner: %(name)s") % {"name": _labels(_staff(), [value["owner"]])}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        owner = Contact.objects.select_related("owner").get(pk=contact_id).owner
        return normalise.staff(owner) if owner else _("nobody")


@rules.register
class Created(rules.Condition):
    name = "created"
    label = gettext_lazy("First recorded")
    dated_by = gettext_lazy("the day of the first record")
    icon = "date"
    group = PERSON
    aspects = frozenset({"fields"})

    class Value(rules.PeriodBlock):
        when = rules.periods.past("last", ever=False)

    def own(self, value: Any, at: dt.datetime) -> Q:
        return Q(**rules.periods.resolve(value, at).moments("created_at"))

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return Contact.objects.filter(self.own(value, at), created_at__lte=at).values(
            "pk"
        )

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
    dated_by = gettext_lazy("the day of the confirmation")
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

    def own(self, value: Any, at: dt.datetime) -> Q:
        return Q(confirmed_at__isnull=value["state"] == "provisional")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        recorded = Contact.objects.filter(created_at__lte=at)
        if value["state"] == "provisional":
            later = Q(confirmed_at=None) | Q(confirmed_at__gt=at)
            return recorded.filter(later).values("pk")
        return recorded.filter(confirmed_at__lte=at).values("pk")

    def span(self, value: Any) -> rules.Span | None:
        return rules.spans.one_of(self.name, [value["state"]])

    def sentence(self, value: Any) -> str:
        provisional = value["state"] == "provisional"
        return _("a provisional record") if provisional else _("a confirmed record")

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        moment = Contact.objects.get(pk=contact_id).confirmed_at
        if moment is None:
            return _("provisional")
        day = date_format(timezone.localtime(moment), "SHORT_DATE_FORMAT")
        return _("confirmed on %(day)s") % {"day": day}

"""Conditions on how a contact can be reached."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import normalise, rules
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.contacts.prefectures import prefecture, prefectures

PERSON = gettext_lazy("The person")
STATES = {
    "any": gettext_lazy("known"),
    "confirmed": gettext_lazy("known and confirmed"),
    "unconfirmed": gettext_lazy("known but not confirmed"),
    "undeliverable": gettext_lazy("undeliverable"),
    "none": gettext_lazy("not known"),
}


TAKEN_OFF = gettext_lazy("Contact points that were taken off a record are not kept.")


@rules.register
class HasPoint(rules.Condition):
    name = "point"
    label = gettext_lazy("Contact point")
    undated = TAKEN_OFF
    icon = "mail"
    group = PERSON
    aspects = frozenset({"points"})

    class Value(rules.ConditionBlock):
        kind = blocks.ChoiceBlock(
            choices=ContactPoint.Kind.choices,
            default="email",
            label=gettext_lazy("kind"),
        )
        state = blocks.ChoiceBlock(
            choices=list(STATES.items()), default="any", label=gettext_lazy("is")
        )

    def things(self, value: Any) -> set[tuple[str, str]]:
        return {("contact", f"point.{value['kind']}")}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        points = ContactPoint.objects.filter(kind=value["kind"])
        where = {
            "confirmed": Q(verified_at__isnull=False),
            "unconfirmed": Q(verified_at=None),
            "undeliverable": Q(undeliverable_at__isnull=False),
        }.get(value["state"], Q())
        found = points.filter(where).values("contact_id")
        return rules.everyone_but(found) if value["state"] == "none" else found

    def span(self, value: Any) -> rules.Span | None:
        figure = (self.name, value["kind"])
        none = value["state"] == "none"
        return rules.spans.some_or_none(figure, none=none)

    def sentence(self, value: Any) -> str:
        words = {
            "kind": dict(ContactPoint.Kind.choices).get(value["kind"], "…"),
            "state": STATES.get(value["state"], "…"),
        }
        return _("%(kind)s %(state)s") % words

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        """How each stands; the address itself is on the record."""
        points = ContactPoint.objects.filter(contact=contact_id, kind=value["kind"])
        return ", ".join(_standing(point) for point in points.order_by("id")) or _(
            "none"
        )


class PrefecturesBlock(blocks.FieldBlock):
    """Ticked in a list of all; stored as words, as somebody would type them."""

    stored_as_text = True

    def __init__(self, **kwargs: Any) -> None:
        self.field = forms.MultipleChoiceField(
            choices=prefectures,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        super().__init__(**kwargs)

    def value_for_form(self, value: Any) -> list[str]:
        return [prefecture(name) for name in _named(value)]

    def value_from_form(self, value: Any) -> str:
        return "、".join(value or ())


@rules.register
class LivesIn(rules.Condition):
    """Everything that is said must be true of one and the same address."""

    name = "place"
    label = gettext_lazy("Prefecture, city, postcode")
    undated = TAKEN_OFF
    icon = "site"
    group = PERSON
    aspects = frozenset({"points"})

    class Value(rules.ConditionBlock):
        prefecture = PrefecturesBlock(default="", label=gettext_lazy("prefecture"))
        city = blocks.CharBlock(
            required=False,
            max_length=400,
            label=gettext_lazy("city starts with (several with commas)"),
        )
        postal_code = blocks.CharBlock(
            required=False,
            max_length=400,
            label=gettext_lazy("postcode starts with (several with commas)"),
        )
        optional = {"prefecture", "city", "postal_code"}

    def things(self, value: Any) -> set[tuple[str, str]]:
        return {("contact", "point.postal")}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        rows = ContactPoint.objects.filter(kind=ContactPoint.Kind.POSTAL)
        prefectures, cities, codes = _places(value)
        if prefectures:
            rows = rows.filter(prefecture__in=prefectures)
        rows = rows.filter(_one_of("city", cities))
        return rows.filter(_one_of("postal_code", codes)).values("contact_id")

    def lacks(self, value: Any) -> list[str]:
        if not any(_places(value)):
            return [_("Name a prefecture, a city or a postcode.")]
        return []

    def sentence(self, value: Any) -> str:
        between = _(" or ")
        name = " ".join(between.join(said) for said in _places(value) if said)
        return _("a postal address in %(place)s") % {"place": name or "…"}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        kind = ContactPoint.Kind.POSTAL
        rows = ContactPoint.objects.filter(contact=contact_id, kind=kind)
        found = rows.order_by("id").values_list("postal_code", "prefecture", "city")
        return ", ".join(" ".join(filter(None, row)) for row in found) or _("none")


def _standing(point: ContactPoint) -> str:
    words = _("confirmed") if point.verified_at else _("not confirmed")
    if point.undeliverable_at:
        return _("undeliverable, %(words)s") % {"words": words}
    return words


_BETWEEN = re.compile(r"[,、，;；\n]+")


def _places(value: Any) -> tuple[list[str], list[str], list[str]]:
    """The prefectures, the cities and the beginnings of postcodes that are named."""
    cities, codes = _named(value.get("city")), _named(value.get("postal_code"))
    return (
        [prefecture(name) for name in _named(value.get("prefecture"))],
        cities,
        [normalise.postcode(_dashed(code)) for code in codes],
    )


def _named(text: str | None) -> list[str]:
    return [part.strip() for part in _BETWEEN.split(text or "") if part.strip()]


def _dashed(code: str) -> str:
    """The beginning of a Japanese postcode as it is stored: 0700 is 070-0."""
    plain = normalise.text(code).removeprefix("〒").strip()
    if plain.isdigit() and 3 < len(plain) < 7:
        return f"{plain[:3]}-{plain[3:]}"
    return plain


def _one_of(column: str, starts: list[str]) -> Q:
    where = Q()
    for start in starts:
        where |= Q(**{f"{column}__startswith": start})
    return where

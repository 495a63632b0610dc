"""What a merge would do, before anybody confirms it: fields that differ, and counts."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm_plugin import normalise
from crm_plugin.contacts import fields, links
from crm_plugin.contacts.models import (
    AttributeDefinition,
    Contact,
    ContactAlias,
    ContactPoint,
    ContactValue,
)

from .columns import COLUMNS, adds_up
from .joining import BOTH, DUPLICATE, SURVIVOR, blank
from .points import in_order
from .rows import value_name

# Keys that mean nothing to people, and what is compared field by field.
UNTOLD = {ContactAlias, ContactValue}


@dataclass(frozen=True)
class Difference:
    """One field to choose: what either record says, and what stays unless told."""

    name: str
    label: str
    own: str
    other: str
    chosen: str = SURVIVOR
    may_both: bool = False


def differences(
    survivor: Contact, duplicate: Contact, *, user: Any
) -> list[Difference]:
    """The fields in which the other record says something else, as *user* may read.

    A field that only the survivor fills is no question. Five queries.
    """
    return [
        *_columns(survivor, duplicate),
        *_points(survivor, duplicate),
        *_values(survivor, duplicate, user),
    ]


def carried(duplicate: Contact) -> list[tuple[str, int]]:
    """How many rows of which kind follow the survivor; one query per kind."""
    counted = [
        (link.model, link.model._default_manager.filter(**{link.field: duplicate.pk}))
        for link in links.registered()
        if link.merge == "move" and link.export and link.model not in UNTOLD
    ]
    told = [
        (str(model._meta.verbose_name_plural), rows.count()) for model, rows in counted
    ]
    return [(capfirst(name), count) for name, count in told if count]


def better_survivor(one: Contact, two: Contact) -> tuple[Contact, Contact]:
    """(survivor, duplicate): confirmed before provisional, then the older record."""
    pair = sorted((one, two), key=lambda c: (c.provisional, c.created_at, c.pk))
    return pair[0], pair[1]


def _columns(survivor: Contact, duplicate: Contact) -> list[Difference]:
    found = []
    for name in COLUMNS:
        own, other = getattr(survivor, name), getattr(duplicate, name)
        if name == "introduced_by_id":
            both = (survivor.pk, duplicate.pk)
            own, other = (None if pk in both else pk for pk in (own, other))
        if blank(other) or own == other:
            continue
        sum_up = adds_up(name, own, other)
        found.append(
            Difference(
                name=name,
                label=_label(name),
                own=_shown(survivor, name) if not blank(own) else "",
                other=_shown(duplicate, name),
                chosen=BOTH if sum_up else DUPLICATE if blank(own) else SURVIVOR,
                may_both=sum_up,
            )
        )
    return found


def _label(name: str) -> str:
    return capfirst(str(Contact._meta.get_field(name).verbose_name))  # type: ignore[union-attr]


def _shown(contact: Contact, name: str) -> str:
    value = getattr(contact, name.removesuffix("_id"))
    if name == "birth_on":
        return date_format(value, "DATE_FORMAT")
    if name == "language":
        return str(dict(settings.LANGUAGES).get(value, value))
    if name == "heard_from":
        return str(contact.get_heard_from_display())
    if name == "owner_id":
        return normalise.staff(value)
    return str(value)


def _points(survivor: Contact, duplicate: Contact) -> list[Difference]:
    own, other = list(survivor.points.all()), list(duplicate.points.all())
    found = []
    for kind, label in ContactPoint.Kind.choices:
        mine, theirs = in_order(own, kind), in_order(other, kind)
        if mine and theirs and mine[0].value_norm != theirs[0].value_norm:
            told = _("%(kind)s to use first") % {"kind": capfirst(str(label))}
            name = f"point.{kind}"
            found.append(Difference(name, told, mine[0].value, theirs[0].value))
    return found


def _values(survivor: Contact, duplicate: Contact, user: Any) -> list[Difference]:
    readable = AttributeDefinition.objects.readable_by(user).describing("contact")
    readable = readable.exclude(type=AttributeDefinition.Type.MULTI_CHOICE)
    specs = {
        row.pk: fields.attribute_field(row)
        for row in readable.prefetch_related("choices")
    }
    rows = ContactValue.objects.filter(
        owner__in=(survivor.pk, duplicate.pk), definition__in=specs
    )
    sides: dict[tuple[int, str], dict[int, ContactValue]] = {}
    for row in rows.select_related("choice", "definition"):
        sides.setdefault((row.definition_id, row.slot), {})[row.owner_id] = row
    found = []
    for (definition, slot), said in sorted(sides.items()):
        mine, theirs = (said.get(each.pk) for each in (survivor, duplicate))
        if theirs is None or (mine and mine.value == theirs.value):
            continue
        spec = specs[definition]
        found.append(
            Difference(
                name=value_name(theirs.definition, slot),
                label=f"{spec.label} {slot}".strip(),
                own=_told(spec, mine) if mine else "",
                other=_told(spec, theirs),
                chosen=SURVIVOR if mine else DUPLICATE,
            )
        )
    return found


def _told(spec: fields.Field, row: ContactValue) -> str:
    if row.choice is not None:
        return str(row.choice)
    value = bool(row.number) if spec.type == "yes_no" else row.value
    return spec.display(value)

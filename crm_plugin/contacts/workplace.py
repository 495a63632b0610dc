"""Where people work, in the field registry: organisation, department, title, and what
is known of the organisation."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm_plugin import journal
from crm_plugin.conf import CrmSettings

from . import organisations, values
from .fields import Field, Values, attributes
from .models import Affiliation

PREFIX = "organisation_attribute."
NAME = "organisation.name"


def affiliation_fields(user: Any) -> list[Field]:
    if CrmSettings.load().consumers_only:
        return []
    return [
        Field(NAME, _("organisation")),
        Field("organisation.department", _("department"), max_length=120),
        Field("affiliation.title", _("job title"), max_length=80),
    ]


def attribute_fields(user: Any) -> list[Field]:
    """The attributes of somebody's organisation, those with one value."""
    known = attributes(user, noun="organisation")
    if not known or CrmSettings.load().consumers_only:
        return []
    return [
        replace(
            field,
            name=f"{PREFIX}{field.key}",
            label=_("%(name)s (organisation)") % {"name": field.label},
            group=str(_("Organisation")),
        )
        for field in known
        if field.definition and not field.definition.dated
    ]


def read(contact_ids: Iterable[int], names: Iterable[str]) -> Values:
    """What stands of each contact's newest place, and of its organisation."""
    places = {
        pk: rows[0]
        for pk, rows in organisations.current_affiliations(contact_ids).items()
    }
    keys = [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]
    firms = _values_of(places.values(), keys)
    return {
        pk: {
            NAME: row.organisation.name,
            "organisation.department": row.department.name if row.department else None,
            "affiliation.title": row.title or None,
            **{
                f"{PREFIX}{key}": value
                for key, value in firms.get(row.organisation_id, {}).items()
            },
        }
        for pk, row in places.items()
    }


def give(wanted: Values) -> list[journal.Entry]:
    """The same as ``write`` for contacts that belong nowhere yet."""
    return write(wanted, fresh=True)


def write(wanted: Values, *, fresh: bool = False) -> list[journal.Entry]:
    """Bring contacts to their places first; then say what their organisation is."""
    placed = {
        pk: {
            name.partition(".")[2]: value
            for name, value in said.items()
            if not name.startswith(PREFIX)
        }
        for pk, said in wanted.items()
    }
    entries = organisations.affiliate(
        {pk: said for pk, said in placed.items() if said}, fresh=fresh
    )
    told = {
        pk: {name.removeprefix(PREFIX): said[name] for name in said if PREFIX in name}
        for pk, said in wanted.items()
    }
    told = {pk: said for pk, said in told.items() if said}
    return entries + _describe(told, wanted) if told else entries


def _describe(told: Values, wanted: Values) -> list[journal.Entry]:
    """Who is only now brought to an organisation fills its blanks, no more."""
    current = organisations.current_affiliations(told)
    places = {
        pk: organisations.place(current.get(pk, []), wanted[pk].get(NAME))
        for pk in told
    }
    keys = {key for said in told.values() for key in said}
    held = _values_of((row for row in places.values() if row), keys)
    said: Values = {}
    for pk, row in places.items():
        if row is None:
            continue
        known = held.get(row.organisation_id, {}) if NAME in wanted[pk] else {}
        new = {key: value for key, value in told[pk].items() if key not in known}
        said.setdefault(row.organisation_id, {}).update(new)
    return values.write(said, noun="organisation", by=None)


def _values_of(places: Iterable[Affiliation], keys: Iterable[str]) -> Values:
    wanted = list(keys)
    if not wanted:
        return {}
    ids = [row.organisation_id for row in places]
    return values.current(ids, wanted, noun="organisation")

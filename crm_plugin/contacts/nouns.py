"""The nouns of this room in the field registry: contact, point, organisation, …

Each tells its fields, reads the current values and writes those that differ.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_plugin import journal, normalise

from . import cleaning, points, values, workplace
from .fields import Field, Noun, Values, attributes
from .models import Contact, HeardFrom

COLUMNS = {
    "contact.family_name": "family_name",
    "contact.given_name": "given_name",
    "contact.family_kana": "family_kana",
    "contact.given_kana": "given_kana",
    "contact.birth_on": "birth_on",
    "contact.language": "language",
    "contact.heard_from": "heard_from",
    "contact.introduced_by": "heard_from_note",
    "contact.note": "note",
}
WHICH_NETWORK = _(
    "With its network: “instagram:hanako”, or the address of the profile."
)
SPLIT = {"contact.name": "name", "contact.kana": "kana"}


def contact_fields(user: Any) -> list[Field]:
    name, kana = cleaning.name, cleaning.kana
    return [
        Field("contact.name", _("name"), cleaner=cleaning.whole_name, max_length=160),
        Field("contact.family_name", _("family name"), cleaner=name, max_length=80),
        Field("contact.given_name", _("given name"), cleaner=name, max_length=80),
        Field(
            "contact.kana",
            pgettext_lazy("person", "name (kana)"),
            cleaner=cleaning.whole_kana,
            max_length=160,
        ),
        Field(
            "contact.family_kana", _("family name (kana)"), cleaner=kana, max_length=80
        ),
        Field(
            "contact.given_kana", _("given name (kana)"), cleaner=kana, max_length=80
        ),
        Field("contact.birth_on", _("date of birth"), "date", cleaner=cleaning.birth),
        Field(
            "contact.language",
            _("language"),
            "choice",
            choices=tuple(settings.LANGUAGES),
        ),
        Field(
            "contact.heard_from",
            _("heard of us from"),
            "choice",
            choices=tuple(HeardFrom.choices),
        ),
        Field("contact.introduced_by", _("introduced by")),
        Field("contact.note", _("note"), "long_text"),
    ]


def read_contacts(contact_ids: Iterable[int], names: Iterable[str]) -> Values:
    wanted = list(names)
    rows = Contact.objects.filter(pk__in=list(contact_ids))
    return {contact.pk: columns(contact, wanted) for contact in rows}


def columns(contact: Contact, names: Iterable[str]) -> dict[str, Any]:
    """What *contact* holds in its own columns, by field name."""
    return {
        name: getattr(contact, COLUMNS.get(name) or SPLIT[name]) or None
        for name in names
    }


def write_contacts(wanted: Values) -> list[journal.Entry]:
    """Set the columns that differ; each contact's version goes up once."""
    entries: list[journal.Entry] = []
    touched, columns = [], set()
    for contact in Contact.objects.filter(pk__in=list(wanted)):
        before = len(entries)
        for column, value in columns_of(contact, wanted[contact.pk]).items():
            old = getattr(contact, column)
            if old != value:
                entries.append(("contact", contact.pk, column, old, value))
                setattr(contact, column, value)
                columns.add(column)
        if len(entries) > before:
            contact.version += 1
            contact.updated_at = timezone.now()
            touched.append(contact)
    if touched:
        columns |= {"version", "updated_at"}
        Contact.objects.bulk_update(touched, sorted(columns), batch_size=500)
    return entries


def new_contact(said: dict[str, Any], **columns: Any) -> Contact:
    """An unsaved contact with what is *said* of it, by field name."""
    contact = Contact(**columns)
    for column, value in columns_of(contact, said).items():
        setattr(contact, column, value)
    return contact


def columns_of(contact: Contact, said: dict[str, Any]) -> dict[str, Any]:
    """*said* by column; a whole name that only lacks its space changes nothing."""
    result: dict[str, Any] = {}
    for name, (first, second) in {
        "contact.name": ("family_name", "given_name"),
        "contact.kana": ("family_kana", "given_kana"),
    }.items():
        if name in said and not same(name, getattr(contact, SPLIT[name]), said[name]):
            family, given = normalise.split_name(said[name])
            result.update({first: family[:80], second: given[:80]})
    for name, column in COLUMNS.items():
        if name in said:
            empty = None if column == "birth_on" else ""
            value = said[name]
            result[column] = empty if value is None else value
    return result


def same(name: str, old: Any, new: Any) -> bool:
    """Whether two values of the field called *name* say the same."""
    if name in SPLIT:
        return normalise.fold(old) == normalise.fold(new)
    return old == new or journal.plain(old) == journal.plain(new)


def point_fields(user: Any) -> list[Field]:
    return [
        Field("point.email", _("e-mail"), "email", max_length=254),
        Field("point.phone", _("phone"), "phone", max_length=60),
        Field("point.postal", _("postal address"), max_length=300),
        Field("point.card", _("member card"), max_length=60),
        Field("point.line", _("LINE id"), max_length=120),
        Field("point.sns", _("SNS id"), max_length=120, help_text=WHICH_NETWORK),
    ]


def read_points(contact_ids: Iterable[int], names: Iterable[str]) -> Values:
    """The point to use first, by kind."""
    kinds = [name.partition(".")[2] for name in names]
    found: Values = {}
    for (contact_id, kind), rows in points.read(contact_ids, kinds).items():
        found.setdefault(contact_id, {})[f"point.{kind}"] = rows[0].value
    return found


def write_points(wanted: Values) -> list[journal.Entry]:
    return points.add(_keys(wanted))


def give_points(wanted: Values) -> list[journal.Entry]:
    return points.give(_keys(wanted))


def read_attributes(contact_ids: Iterable[int], names: Iterable[str]) -> Values:
    keys = [name.partition(".")[2] for name in names]
    return {
        pk: {f"attribute.{key}": value for key, value in said.items()}
        for pk, said in values.current(contact_ids, keys).items()
    }


def write_attributes(wanted: Values) -> list[journal.Entry]:
    return values.write(_keys(wanted), by=None)


def give_attributes(wanted: Values) -> list[journal.Entry]:
    return values.write(_keys(wanted), by=None, fresh=True)


def _keys(wanted: Values) -> dict[int, dict[str, Any]]:
    return {
        pk: {name.partition(".")[2]: value for name, value in said.items()}
        for pk, said in wanted.items()
    }


AFFILIATIONS = Noun(
    workplace.affiliation_fields,
    workplace.read,
    workplace.write,
    give=workplace.give,
)
NOUNS = {
    "contact": Noun(contact_fields, read_contacts, write_contacts),
    "point": Noun(point_fields, read_points, write_points, "points", give=give_points),
    "organisation": AFFILIATIONS,
    "affiliation": AFFILIATIONS,
    "organisation_attribute": Noun(
        workplace.attribute_fields,
        workplace.read,
        workplace.write,
        "attributes",
        written_with="organisation",
    ),
    "attribute": Noun(
        attributes,
        read_attributes,
        write_attributes,
        "attributes",
        give=give_attributes,
    ),
}

"""What this room knows of contacts and organisations, for the data map."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_plugin.conf import CrmSettings

from . import values
from .data_map import Area, Counted, Room, Thing
from .models import Affiliation, AttributeDefinition, Contact, ContactPoint

SOURCE = "contact.first_touch"
# Columns of the record, each with what counts as said.
COLUMNS: dict[str, Q] = {
    "contact.kana": ~Q(family_kana="", given_kana=""),
    "contact.birth_on": Q(birth_on__isnull=False),
    "contact.language": ~Q(language=""),
    "contact.heard_from": ~Q(heard_from=""),
    "contact.introduced_by": Q(introduced_by__isnull=False),
    SOURCE: Q(first_touch__isnull=False),
    "contact.owner": Q(owner__isnull=False),
    "contact.note": ~Q(note=""),
}
LABELS = {
    "contact.kana": pgettext_lazy("person", "name (kana)"),
    "contact.birth_on": _("date of birth"),
    "contact.language": _("language"),
    "contact.heard_from": _("heard of us from"),
    "contact.introduced_by": _("introduced by"),
    SOURCE: _("source"),
    "contact.owner": _("owner"),
    "contact.note": _("note"),
}
# What is read of one record: of whom it points to, the column suffices.
READ = {"owner": "owner_id", "introduced_by": "introduced_by_id"}
POINTS = {
    "point.email": _("e-mail"),
    "point.phone": _("phone"),
    "point.postal": _("postal address"),
    "point.line": "LINE",
    "point.sns": _("SNS id"),
    "point.card": _("member card"),
}
PLACE = "organisation.name"
NOUNS = ("contact", "organisation", "department")


def things(user: Any) -> list[Thing]:
    """The record's own fields, the place of work, and every active attribute."""
    basic = Area.BASIC
    found = [
        Thing(name, label, basic, name != "contact.note")
        for name, label in {**LABELS, **POINTS}.items()
    ]
    hidden = CrmSettings.load().consumers_only
    if not hidden:
        found.append(Thing(PLACE, _("organisation"), basic))
    nouns = ("contact",) if hidden else NOUNS
    rows = AttributeDefinition.objects.active().readable_by(user)
    for row in rows:
        for noun in set(row.nouns) & set(nouns):
            thing = Thing(
                _name(row), row.display_label, row.area, row.classifiable, noun
            )
            found.append(thing)
    return found


def known(contact: Contact, user: Any) -> set[str]:
    """Six queries."""
    found = {name for name in LABELS if _said(contact, name.partition(".")[2])}
    kinds = contact.points.values_list("kind", flat=True)
    found |= {f"point.{kind}" for kind in kinds}
    if Affiliation.objects.visible_to(user).filter(contact=contact).exists():
        found.add(PLACE)
    shown = values.read([contact.pk], user=user).get(contact.pk, [])
    return found | {_name(definition) for definition, _text in shown}


def _said(contact: Contact, name: str) -> bool:
    """Whether the record says it; a first touch is a row of its own, or none."""
    return bool(getattr(contact, READ.get(name, name), None))


def count() -> Iterator[Counted]:
    """Contacts by where they came from; organisations and departments altogether."""
    yield from _of_columns()
    yield from _of_points()
    for noun in NOUNS:
        yield from _of_attributes(noun)


def _current() -> QuerySet[Contact]:
    return Contact.objects.current().order_by()


def _of_columns() -> Iterator[Counted]:
    counts: dict[str, Any] = {
        name.replace(".", "_"): Count("pk", filter=said)
        for name, said in COLUMNS.items()
    }
    rows: Any = _current().values(source=F("first_touch__channel"))
    for row in rows.annotate(n=Count("pk"), **counts):
        source = row["source"] or ""
        yield Counted("", row["n"], source=source)
        for name in COLUMNS:
            number = row[name.replace(".", "_")]  # type: ignore[literal-required]
            yield Counted(name, number, source=source)


def _of_points() -> Iterator[Counted]:
    wanted = {name.partition(".")[2] for name in POINTS}
    rows = ContactPoint.objects.filter(kind__in=wanted, contact__archived_at=None)
    for row in (
        rows.order_by()
        .values("kind", source=F("contact__first_touch__channel"))
        .annotate(n=Count("contact", distinct=True), newest=Max("created_at"))
    ):
        name, source = f"point.{row['kind']}", row["source"] or ""
        yield Counted(name, row["n"], row["newest"], source)
    places = Affiliation.objects.current().of_people().order_by()
    people = places.values(source=F("contact__first_touch__channel"))
    for place in people.annotate(n=Count("contact", distinct=True)):
        yield Counted(PLACE, place["n"], source=place["source"] or "")


def _of_attributes(noun: str) -> Iterator[Counted]:
    table = values.TABLES[noun]
    if noun == "contact":
        rows = table.objects.filter(owner__archived_at=None)
        rows = rows.values("definition__key", source=F("owner__first_touch__channel"))
    else:
        owners = table._meta.get_field("owner").related_model
        yield Counted("", owners.objects.count(), noun=noun)
        rows = table.objects.values("definition__key")
    for row in rows.order_by().annotate(
        n=Count("owner", distinct=True), newest=Max("updated_at")
    ):
        name = f"attribute.{row['definition__key']}"
        source = row.get("source") or ""
        yield Counted(name, row["n"], row["newest"], source, noun)


def _name(definition: AttributeDefinition) -> str:
    return f"attribute.{definition.key}"


ROOM = Room(things, known, count)

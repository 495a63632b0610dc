"""Who in the sheet is already known: by card, by e-mail, by phone and name, by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crm_plugin import normalise
from crm_plugin.contacts import match, points
from crm_plugin.contacts.models import Contact

Values = dict[str, Any]
KINDS = {"card": match.by_card, "email": match.by_email, "phone": match.by_phone}


@dataclass(frozen=True)
class Person:
    """What tells one person from another, folded."""

    name: str = ""
    family: str = ""
    kana: str = ""
    given: str = ""

    def agrees(self, other: "Person") -> bool:
        """Whether both can be the same person: nothing that both say differs."""
        if not self.name or not other.name or self.name == other.name:
            return True
        if self.kana and self.kana == other.kana:
            return True
        only_family = not (self.given and other.given)
        return only_family and self.family == other.family


@dataclass(frozen=True)
class Match:
    """The contact that a row is about, if it is known, and what to say about it."""

    contact_id: int | None = None
    note: str = ""


def person(values: Values) -> Person:
    family = values.get("contact.family_name") or ""
    given = values.get("contact.given_name") or ""
    if values.get("contact.name"):
        family, given = normalise.split_name(values["contact.name"])
    kana = values.get("contact.kana") or (
        f"{values.get('contact.family_kana') or ''}"
        f"{values.get('contact.given_kana') or ''}"
    )
    return _person(family, given, kana)


def _person(family: str, given: str, kana: str) -> Person:
    fold = normalise.fold
    return Person(fold(f"{family}{given}"), fold(family), fold(kana), fold(given))


def norms(values: Values) -> dict[str, str]:
    """The normalised card, e-mail and phone of a row, those that it has."""
    return {
        kind: points.norm(kind, values[f"point.{kind}"])
        for kind in KINDS
        if values.get(f"point.{kind}")
    }


def keys(values: Values) -> list[str]:
    """What a second row of the same person would share with this one."""
    said, who = norms(values), person(values)
    found = [f"{kind}:{said[kind]}" for kind in ("card", "email") if kind in said]
    if "phone" in said:
        found.append(f"phone:{said['phone']}:{who.name}")
    if not found and who.name:
        found.append(f"name:{who.name}:{values.get('contact.birth_on') or ''}")
    return found


def match_rows(rows: Sequence[Values]) -> list[Match]:
    """The known contact of each row. Five look-ups for any number of rows.

    A card or an e-mail address is the person; a phone number is shared by households
    and needs a name that agrees; a bare name must be the only one.
    """
    said = [norms(values) for values in rows]
    found = {
        kind: look_up({row[kind] for row in said if kind in row})
        for kind, look_up in KINDS.items()
    }
    by_name = _by_name(
        values for values, row in zip(rows, said, strict=True) if not row
    )
    people = _people(
        pk for known in found.values() for ids in known.values() for pk in ids
    )
    matches = []
    for values, row in zip(rows, said, strict=True):
        who = person(values)
        if not row:
            matches.append(_match_name(who, values, by_name))
            continue
        known = {kind: found[kind].get(norm, []) for kind, norm in row.items()}
        matches.append(_match_points(who, known, people))
    return matches


def _match_points(
    who: Person, known: dict[str, list[int]], people: dict[int, Person]
) -> Match:
    for kind in ("card", "email"):
        ids = [pk for pk in known.get(kind, []) if pk in people]
        agreeing = [pk for pk in ids if who.agrees(people[pk])]
        if agreeing:
            return Match(agreeing[0])
        if ids and kind == "card":
            return Match(ids[0], _("The record has another name."))
        if ids:
            return Match(ids[0], _("Same e-mail address, but another name."))
    ids = [pk for pk in known.get("phone", []) if pk in people]
    agreeing = [pk for pk in ids if who.agrees(people[pk])]
    if agreeing:
        return Match(agreeing[0])
    note = _("Somebody of another name has this phone number.") if ids else ""
    return Match(None, note)


def _match_name(who: Person, values: Values, by_name: dict[str, list[Any]]) -> Match:
    same = by_name.get(who.name, []) if who.given else []
    birth = values.get("contact.birth_on")
    if birth:
        same = [row for row in same if not row.birth_on or row.birth_on == birth]
    if len(same) == 1:
        return Match(same[0].pk, _("Known by the name only."))
    return Match(None, _("Several people have this name.") if same else "")


def _people(ids: Iterable[int]) -> dict[int, Person]:
    rows = Contact.objects.filter(pk__in=set(ids))
    return {
        row.pk: _person(
            row.family_name, row.given_name, row.family_kana + row.given_kana
        )
        for row in rows.only("family_name", "given_name", "family_kana", "given_kana")
    }


def _by_name(rows: Iterable[Values]) -> dict[str, list[Any]]:
    """Contacts by folded name, for rows that hold nothing but a name."""
    pairs = set()
    for values in rows:
        family = values.get("contact.family_name") or ""
        given = values.get("contact.given_name") or ""
        if values.get("contact.name"):
            family, given = normalise.split_name(values["contact.name"])
        if family and given:
            pairs.add((family, given))
    found: dict[str, list[Any]] = {}
    if pairs:
        known = Contact.objects.current().filter(
            family_name__in={family for family, _given in pairs},
            given_name__in={given for _family, given in pairs},
        )
        for row in known.only("family_name", "given_name", "birth_on"):
            found.setdefault(
                normalise.fold(row.family_name + row.given_name), []
            ).append(row)
    return found

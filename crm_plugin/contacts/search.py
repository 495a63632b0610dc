"""One search key per contact, folded; one box finds it in any spelling."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import jaconv
from django.db.models import Q, QuerySet

from crm_plugin import normalise

from .models import Affiliation, Contact, ContactPoint, ContactSearchKey

SLICE = 5_000
LONGEST_QUERY = 100
_PHONE_LIKE = re.compile(r"\+?[\d\s()\-.ー‐−]{3,}")


def find(text: str, *, user: Any) -> "QuerySet[Contact]":
    """Contacts that *user* may see and that hold every word of *text*.

    Words are parts of a name, of its kana (typed in kana or in Latin letters), an
    e-mail address, a phone number in any spelling, a card, an id, an organisation.
    Nothing is found for a blank text.
    """
    visible = Contact.objects.visible_to(user).current()
    words = _words(normalise.text(text)[:LONGEST_QUERY])
    if not words:
        return visible.none()
    keys = ContactSearchKey.objects.all()
    for word in words:
        keys = keys.filter(_holds(word))
    return visible.filter(pk__in=keys.values("contact_id"))


def _words(text: str) -> list[str]:
    if _PHONE_LIKE.fullmatch(text):
        number = normalise.phone(text)
        return [number if number.startswith("+") else normalise.fold(text)]
    return [word for word in map(normalise.fold, text.split()) if word]


def _holds(word: str) -> Q:
    """The key contains *word*, or what *word* sounds like."""
    condition = Q(folded__contains=word)
    if word.isascii() and word.isalpha() and len(word) > 1:
        sound = jaconv.alphabet2kata(word)
        if not any(letter.isascii() for letter in sound):
            condition |= Q(folded__contains=sound)
    return condition


def refresh(contact_ids: Iterable[int]) -> None:
    """Rebuild the keys of these contacts: three reads and one write per slice."""
    ids = sorted(set(contact_ids))
    for start in range(0, len(ids), SLICE):
        _refresh(ids[start : start + SLICE])


def _refresh(ids: list[int]) -> None:
    parts: dict[int, list[str]] = defaultdict(list)
    for contact in Contact.objects.filter(pk__in=ids):
        parts[contact.pk] += _names(contact)
    points = ContactPoint.objects.filter(contact_id__in=ids)
    for pk, kind, value, norm in points.values_list(
        "contact_id", "kind", "value", "value_norm"
    ):
        parts[pk] += _point(kind, value, norm)
    places = Affiliation.objects.filter(contact_id__in=ids)
    for pk, name, kana in places.values_list(
        "contact_id", "organisation__name", "organisation__kana"
    ):
        parts[pk] += [name, kana]
    ContactSearchKey.objects.bulk_create(
        [
            ContactSearchKey(contact_id=pk, folded=_key(words))
            for pk, words in parts.items()
        ],
        update_conflicts=True,
        unique_fields=["contact_id"],
        update_fields=["folded"],
        batch_size=1_000,
    )


def _names(contact: Contact) -> list[str]:
    """The name in both orders, because both are typed without a space."""
    return [
        contact.family_name + contact.given_name,
        contact.given_name + contact.family_name if contact.name.isascii() else "",
        contact.family_kana + contact.given_kana,
    ]


def _point(kind: str, value: str, norm: str) -> list[str]:
    if kind == ContactPoint.Kind.EMAIL:
        return [norm]
    if kind == ContactPoint.Kind.PHONE:
        return [norm, normalise.national(norm)]
    return [value]


def _key(words: list[str]) -> str:
    folded = dict.fromkeys(normalise.fold(word) for word in words)
    return "\n".join(word for word in folded if word)

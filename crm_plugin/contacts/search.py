"""One search key per contact, folded; one box finds it in any spelling."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

import jaconv
from django.db.models import Exists, OuterRef, Q, QuerySet

from crm_plugin import journal, normalise

from . import changes, points, search_index
from .models import (
    Affiliation,
    Contact,
    ContactPoint,
    ContactSearchKey,
    ContactSearchStart,
)

SLICE = 5_000
LONGEST_QUERY = 100
FIRST = 50
CANDIDATES = 1_000
# So many words are looked at before the most selective one is chosen, and so many of
# their holders are counted.
PROBED, MANY = 3, 20_000
SHORT = 2
PLACE = "organisation"
# What a name sounds like stands in capitals after this sign: no folded word has either,
# so that a sound is meant from the start of a name, and by itself alone.
SOUND = "~"
_PHONE_LIKE = re.compile(r"\+?[\d\s()\-.ー‐−]{3,}")
_BETWEEN = re.compile(r"[\s,]+")
_EXTENSION = re.compile(r"\s*(?:内線|ext\.?|extension)\s*[:.]?\s*\d+$", re.I)


class Word(NamedTuple):
    """A word that was typed: where the ids of its holders come from, and its test."""

    sources: list[QuerySet]
    test: Q

    @property
    def among(self) -> Q:
        """Whoever holds it, all of them collected first."""
        return reduce(or_, (Q(pk__in=source) for source in self.sources))

    def candidates(self) -> set[int]:
        """A thousand and more of its holders; all of them, where they are fewer."""
        return {pk for source in self.sources for pk in source[:CANDIDATES]}

    def holders(self) -> int:
        """How many hold it, counted up to twenty thousand."""
        return sum(source[:MANY].count() for source in self.sources)


def find(text: str, *, user: Any) -> "QuerySet[Contact]":
    """Contacts that *user* may see and that hold every word of *text*.

    Words are parts of a name, of its kana, an e-mail address, a phone number in any
    spelling, a card, an id, an organisation. Latin letters also find kana, and the start
    of a name by its sound, in any romanisation; a word of one or two characters is the
    start of a name. Nothing is found for a blank text. What shows a page of hits asks
    ``first``.
    """
    visible = Contact.objects.visible_to(user).current()
    words = _words(text)
    if not words:
        return visible.none()
    for word in words:
        visible = visible.filter(word.among)
    return visible


def first(contacts: "QuerySet[Contact]", text: str) -> tuple[list[int], bool]:
    """Ids of at most 50 of *contacts* that hold every word of *text*; are there more?

    Unranked, as the index gives them, so that a word which half of all contacts hold
    costs what a rare one costs: of the word that the fewest hold a thousand candidates
    are looked at first, and all only when too few of these are among *contacts*.
    """
    words = _words(text)
    if not words:
        return [], False
    contacts, rarest = contacts.order_by(), words[0]
    candidates = _fewest(words)
    if len(words) > 1:
        contacts = contacts.filter(*(word.test for word in words))
    found = _ids(contacts.filter(pk__in=candidates))
    if len(found) <= FIRST and len(candidates) >= CANDIDATES:
        if len(words) > 1:
            rarest = min(words, key=Word.holders)
        found = _ids(contacts.filter(rarest.among))
    return found[:FIRST], len(found) > FIRST


def about(text: str, *, user: Any) -> Q:
    """For a list of something else: rows whose ``contact`` *user* would find by *text*.

    By their ids where few bear a word; else each row is asked in the list's own order.
    """
    words = _words(text)
    if not words:
        return Q(pk__in=[])
    people = Contact.objects.visible_to(user).current().order_by()
    people = people.filter(*(word.test for word in words))
    candidates = _fewest(words)
    if len(candidates) < CANDIDATES:
        ids = people.filter(pk__in=candidates).values_list("pk", flat=True)
        return Q(contact__in=list(ids))
    return Q(Exists(people.filter(pk=OuterRef("contact_id"))))


def people(text: str, *, user: Any, limit: int) -> list[Contact]:
    """At most *limit* (50 and fewer) visible contacts that hold every word of *text*."""
    ids, _more = first(Contact.objects.visible_to(user).current(), text)
    return list(Contact.objects.filter(pk__in=ids[:limit]).order_by("pk"))


def _fewest(words: list[Word]) -> set[int]:
    """Candidates of the word that the fewest seem to hold."""
    return min((word.candidates() for word in words[:PROBED]), key=len)


def _ids(contacts: "QuerySet[Contact]") -> list[int]:
    return list(contacts.values_list("pk", flat=True)[: FIRST + 1])


def _words(text: str) -> list[Word]:
    """The words of *text*, those that are likely to be rare first.

    A whole phone number stands in an index of its own: its parts are parts of many. Long
    words are asked of the search index together; for a short one, or one that is short
    in kana, its alternatives are asked one by one.
    """
    text = normalise.text(text)[:LONGEST_QUERY]
    number = _EXTENSION.sub("", text).removeprefix("tel:")
    if _PHONE_LIKE.fullmatch(number):
        # A plus sign stands before valid numbers only.
        if (whole := normalise.phone(number)).startswith("+"):
            return [_number(whole, normalise.fold(number))]
        folded = normalise.fold(number).lstrip("+")
        typed = [list(dict.fromkeys(filter(None, (whole, folded))))]
    else:
        typed = _typed(text)
    typed = [group for group in typed if group]
    long = [group for group in typed if min(map(len, group)) > SHORT]
    mixed = sorted((group for group in typed if group not in long), key=_shortest)
    words = []
    if long:
        test = Q(_of_this(search_index.keys(long)))
        words.append(Word([search_index.holding(long)], test))
    return words + [_mixed(group) for group in mixed]


def _typed(text: str) -> list[list[str]]:
    """What was typed, word by word, each with what else finds the same.

    The legal form of a firm says nothing: it is written in as many ways as there are.
    """
    groups = []
    for said in normalise.without_legal_forms(_BETWEEN.split(text)):
        if word := normalise.fold(said).lstrip("+"):
            groups.append([word, *_accounts(said), *_sounds(word)])
    return groups


def _accounts(said: str) -> list[str]:
    """The profile's address of a social network as the account that it leads to."""
    norm = normalise.account(said)
    is_address = "/" in said and "/" not in norm
    return [normalise.fold(norm)] if is_address else []


def _sounds(word: str) -> list[str]:
    """A word in Latin letters as kana, and as any spelling of the same sound."""
    if len(word) < SHORT or normalise.is_kana(word):
        return []
    found = []
    kana = jaconv.alphabet2kata(word) if word.isascii() and word.isalpha() else word
    if not any(letter.isascii() for letter in kana) and kana != word:
        found.append(kana)
    if len(sound := normalise.sound(word)) > SHORT:
        found.append(SOUND + sound.upper())
    return found


def _shortest(group: list[str]) -> int:
    return -min(map(len, group))


def _number(number: str, card: str) -> Word:
    """A whole number: a telephone's, or that of a member card which looks like one."""
    rows = ContactPoint.objects.filter(
        Q(kind=ContactPoint.Kind.PHONE, value_norm=number)
        | Q(kind=ContactPoint.Kind.CARD, value_norm=card)
    )
    ids = rows.values_list("contact_id", flat=True)
    return Word([ids], Q(_of_this(ids)))


def _mixed(group: list[str]) -> Word:
    sources, tests = [], []
    for word in group:
        if len(word) > SHORT:
            sources.append(search_index.holding([[word]]))
            tests.append(_of_this(search_index.keys([[word]])))
        else:
            sources.append(search_index.starting(word))
            tests.append(_of_this(sources[-1]))
    return Word(sources, reduce(or_, map(Q, tests)))


def _of_this(rows: QuerySet) -> Exists:
    """Asked for each candidate: reading all *rows* would cost their number."""
    return Exists(rows.filter(contact_id=OuterRef("pk")))


def add(
    contact: Contact, told: dict[str, Any], beside: Iterable[journal.Entry]
) -> None:
    """Make the key of a new *contact* from what it was made of: two inserts.

    *told* is by field name, *beside* what was written with it. Where it works is read
    unless that is new as well: a known organisation may have another name than the one
    that was typed.
    """
    named = {contact.pk: _names(contact)}
    places = [new for model, _pk, _field, _old, new, *_ in beside if model == PLACE]
    if places:
        named[contact.pk] += [places[0]["name"], places[0]["kana"]]
    elif any(name.startswith(("organisation.", "affiliation.")) for name in told):
        _add_places(named)
    parts: list[str] = []
    for name, value in told.items():
        noun, _dot, kind = name.partition(".")
        if noun == "point":
            parts += _point(kind, value, points.norm(kind, value))
    _store(named, {contact.pk: parts})


def refresh(contact_ids: Iterable[int]) -> None:
    """Rebuild the keys of these contacts: three reads, three writes per 5,000."""
    ids = sorted(set(contact_ids))
    for start in range(0, len(ids), SLICE):
        _refresh(ids[start : start + SLICE])


@changes.step(changes.SUMMARIES)
def fill_keys(by_aspect: dict[str, set[int]]) -> None:
    """When the way of folding changed, a migration asks for every key in the feed."""
    refresh(by_aspect.pop("search", ()))


def _refresh(ids: list[int]) -> None:
    named: dict[int, list[str]] = defaultdict(list)
    parts: dict[int, list[str]] = defaultdict(list)
    for contact in Contact.objects.filter(pk__in=ids):
        named[contact.pk] += _names(contact)
    rows = ContactPoint.objects.filter(contact_id__in=ids).order_by("pk")
    for pk, kind, value, norm in rows.values_list(
        "contact_id", "kind", "value", "value_norm"
    ):
        parts[pk] += _point(kind, value, norm)
    _add_places(named)
    ContactSearchStart.objects.filter(contact_id__in=ids).delete()
    _store(named, parts)


def _add_places(named: dict[int, list[str]]) -> None:
    """Whoever works somewhere is found by the organisation as well; one read."""
    places = Affiliation.objects.filter(contact_id__in=list(named)).order_by("pk")
    for pk, name, kana in places.values_list(
        "contact_id", "organisation__name", "organisation__kana"
    ):
        named[pk] += [name, kana]


def _store(named: dict[int, list[str]], parts: dict[int, list[str]]) -> None:
    """Write the keys, and the starts of names, where no starts stand."""
    keys = {pk: _key(names, parts[pk]) for pk, names in named.items()}
    ContactSearchKey.objects.bulk_create(
        [
            ContactSearchKey(contact_id=pk, folded="\n".join(k))
            for pk, k in keys.items()
        ],
        update_conflicts=True,
        unique_fields=["contact_id"],
        update_fields=["folded"],
        batch_size=1_000,
    )
    starts = {
        (word[:SHORT], pk) for pk, names in named.items() for word in _folded(names)
    }
    ContactSearchStart.objects.bulk_create(
        [
            ContactSearchStart(start=start, contact_id=pk)
            for start, pk in sorted(starts)
        ],
        batch_size=1_000,
    )


def _key(names: list[str], others: list[str]) -> list[str]:
    """Everything by which a contact is found, with what its names sound like."""
    sounds = dict.fromkeys(filter(None, map(normalise.sound, names)))
    return [*_folded([*names, *others]), *(SOUND + sound.upper() for sound in sounds)]


def _names(contact: Contact) -> list[str]:
    """The name in both orders, because both are typed without a space."""
    return [
        contact.family_name + contact.given_name,
        contact.given_name + contact.family_name if contact.name.isascii() else "",
        contact.family_kana + contact.given_kana,
        contact.given_name,
        contact.given_kana,
    ]


def _point(kind: str, value: str, norm: str) -> list[str]:
    if kind == ContactPoint.Kind.EMAIL:
        return [norm]
    if kind == ContactPoint.Kind.PHONE:
        return [norm, normalise.national(norm)]
    if kind == ContactPoint.Kind.SNS:
        handle = norm.rpartition(":")[2]
        return [value, norm, "" if "/" in handle else f"@{handle}"]
    return [value]


def _folded(words: list[str]) -> list[str]:
    folded = dict.fromkeys(normalise.fold(word) for word in words)
    return [word for word in folded if word]

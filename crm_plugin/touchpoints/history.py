"""The story of a record: entries of every room, merged by time, page by page.

A room whose nouns have a table of their own writes no touchpoint for them; it
registers a source here and is asked for its newest rows before a moment.
"""

import datetime as dt
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import jaconv

from crm_plugin.contacts.models import Contact

from .people import People

# Rows beyond the page that a source may hold at the very same moment.
SAME_MOMENT = 20


@dataclass(frozen=True)
class Entry:
    """One line of the story. *key* is unique in the story: ``touchpoint:12``.

    *details* are pairs of label and text (a form's answers); *page_title* and
    *page_url* tell on which page it happened; *url* opens the entry in the admin. In
    the story of several people *contact* is whom it is about. *note_id*: the touchpoint
    that staff wrote by hand and can correct.
    """

    at: dt.datetime
    kind: str
    icon: str
    title: str
    body: str = ""
    url: str = ""
    channel: str = ""
    direction: str = ""
    by: Any = None
    key: str = ""
    unverified: bool = False
    amount: Decimal | None = None
    details: tuple[tuple[str, str], ...] = ()
    page_title: str = ""
    page_url: str = ""
    phase: str = ""
    note_id: int | None = None
    contact_id: int | None = None
    contact: Contact | None = None

    @property
    def words(self) -> str:
        """Everything that a reader can look for in it."""
        said = [text for pair in self.details for text in pair]
        return "\n".join([self.title, self.body, self.page_title, *said])


@dataclass(frozen=True)
class Wanted:
    """What a reader looks for; *kinds* are beginnings of kinds, blanks ask for all."""

    kinds: tuple[str, ...] = ()
    channel: str = ""
    phase: str = ""
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.kinds or self.channel or self.phase or self.text)

    @cached_property
    def spellings(self) -> list[str]:
        """The text as it may be written: width and kana do not count."""
        plain = unicodedata.normalize("NFKC", self.text).strip()
        forms = [self.text.strip(), plain, jaconv.hira2kata(plain)]
        return list(dict.fromkeys([*forms, jaconv.kata2hira(plain)])) if plain else []

    def matches(self, entry: Entry) -> bool:
        if self.kinds and not entry.kind.startswith(self.kinds):
            return False
        if self.channel not in ("", entry.channel):
            return False
        return self.phase in ("", entry.phase) and self.says(entry.words)

    def says(self, words: str) -> bool:
        """Whether *words* hold the text."""
        folded = words.casefold()
        found = (spelling.casefold() in folded for spelling in self.spellings)
        return not self.spellings or any(found)


@dataclass(frozen=True)
class Page:
    """Entries, newest first; *more* is the moment before which to look for others."""

    entries: list[Entry]
    more: dt.datetime | None = None


@dataclass(frozen=True)
class Traits:
    """What a source never tells need not be asked of it."""

    kinds: tuple[str, ...] = ()
    phases: bool = True
    narrows: bool = False
    people: bool = False

    def may_tell(self, wanted: Wanted) -> bool:
        if wanted.phase and not self.phases:
            return False
        if not wanted.kinds or not self.kinds:
            return True
        return any(
            kind.startswith(wanted.kinds) or beginning.startswith(kind)
            for kind in self.kinds
            for beginning in wanted.kinds
        )


EVERYTHING = Wanted()
Source = Callable[..., list[Entry]]
_sources: dict[str, Source] = {}
_traits: dict[str, Traits] = {}


def source(
    name: str,
    *,
    kinds: tuple[str, ...] = (),
    phases: bool = True,
    narrows: bool = False,
    people: bool = False,
) -> Callable[[Source], Source]:
    """Register ``fn(contact_id, *, before, limit, user) -> list[Entry]``.

    It returns at most *limit* entries earlier than *before* (``None``: the newest),
    newest first, by one query, and only what *user* may see. *kinds* it tells and
    whether its entries have *phases* save a query where a reader looks for others.
    One that *narrows* also takes ``wanted`` and leaves out by its query what it can.
    One that tells of *people*, too, takes ``People`` instead of an id, narrows its rows
    by ``narrowed`` (``narrowed_with_own`` where they have an organisation), and gives
    its entries their ``contact_id``, if any.
    """

    def register(function: Source) -> Source:
        _sources[name] = function
        _traits[name] = Traits(kinds, phases, narrows, people)
        return function

    return register


def sources() -> list[str]:
    return sorted(_sources)


def story(
    contact: Contact, *, user: Any, before: dt.datetime | None = None, limit: int = 30
) -> list[Entry]:
    """One page of the contact's story, newest first.

    The next page starts with ``before=`` the last entry's ``at``; therefore entries of
    that same moment are never torn apart, and a page may be a little longer.
    """
    return page(contact, user=user, before=before, limit=limit).entries


def page(
    contact: Contact | People,
    *,
    user: Any,
    before: dt.datetime | None = None,
    limit: int = 30,
    wanted: Wanted = EVERYTHING,
    reach: int = 0,
) -> Page:
    """The same, narrowed to what is *wanted*: one query per source that may tell it.

    Where a source gave all it was asked for, what lies further back is not known yet:
    a page that is narrowed may then be short, or empty, and still have ``more``.
    *reach*: how many rows of each source are looked through, where more than a page.
    Of ``People`` it is one story, from the sources that tell of several; two queries
    more.
    """
    several = isinstance(contact, People)
    who = contact if isinstance(contact, People) else contact.pk
    found: list[Entry] = []
    horizon: dt.datetime | None = None
    asked = max(limit, reach) + SAME_MOMENT
    for name, function in _sources.items():
        traits = _traits.get(name, Traits())
        if not traits.may_tell(wanted) or (several and not traits.people):
            continue
        extra = {"wanted": wanted} if traits.narrows else {}
        rows = function(who, before=before, limit=asked, user=user, **extra)
        if len(rows) >= asked:
            last = rows[-1].at
            horizon = last if horizon is None else max(horizon, last)
        found += rows
    known = {e.key: e for e in found if horizon is None or e.at >= horizon}
    merged = sorted(
        filter(wanted.matches, known.values()),
        key=lambda e: (e.at, e.key),
        reverse=True,
    )
    shown = _whole_moments(merged, limit)
    more = shown[-1].at if len(merged) > len(shown) else horizon
    return Page(_with_contacts(shown, user) if several else shown, more)


def _with_contacts(entries: list[Entry], user: Any) -> list[Entry]:
    """Each entry with whom it is about, as far as *user* may see them; one query."""
    ids = {entry.contact_id for entry in entries} - {None}
    known = Contact.objects.visible_to(user).in_bulk(ids)
    return [replace(e, contact=known.get(e.contact_id or 0)) for e in entries]


def _whole_moments(merged: list[Entry], limit: int) -> list[Entry]:
    """The first *limit* entries, and those of the last one's very moment."""
    shown = merged[:limit]
    for entry in merged[limit:]:
        if entry.at != shown[-1].at:
            break
        shown.append(entry)
    return shown


def between(
    contacts: Sequence[Contact],
    *,
    user: Any,
    since: dt.datetime,
    until: dt.datetime | None = None,
    limit: int = 30,
    without: tuple[str, ...] = (),
) -> list[tuple[Contact, Entry]]:
    """What happened with a few contacts from *since* to *until*, the newest first.

    Kinds that begin with one of *without* are left out. One query for each source and
    contact.
    """
    before = until + dt.timedelta(microseconds=1) if until else None
    pairs = [
        (contact, entry)
        for contact in contacts
        for entry in story(contact, user=user, before=before, limit=limit)
        if entry.at >= since and not (without and entry.kind.startswith(without))
    ]
    return sorted(pairs, key=lambda p: (p[1].at, p[1].key), reverse=True)[:limit]

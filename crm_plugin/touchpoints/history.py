"""The story of a record: entries of every room, merged by time, page by page.

A room whose nouns have a table of their own writes no touchpoint for them; it
registers a source here and is asked for its newest rows before a moment.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crm_plugin.contacts.models import Contact

# Rows beyond the page that a source may hold at the very same moment.
SAME_MOMENT = 20


@dataclass(frozen=True)
class Entry:
    """One line of the story. *key* is unique in the story: ``touchpoint:12``.

    *details* are pairs of label and text (a form's answers); *page_title* and
    *page_url* tell on which page it happened; *url* opens the entry in the admin.
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


Source = Callable[..., list[Entry]]
_sources: dict[str, Source] = {}


def source(name: str) -> Callable[[Source], Source]:
    """Register ``fn(contact_id, *, before, limit, user) -> list[Entry]``.

    It returns at most *limit* entries earlier than *before* (``None``: the newest),
    newest first, by one query, and only what *user* may see.
    """

    def register(function: Source) -> Source:
        _sources[name] = function
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
    found: dict[str, Entry] = {}
    for function in _sources.values():
        rows = function(contact.pk, before=before, limit=limit + SAME_MOMENT, user=user)
        found.update((entry.key, entry) for entry in rows)
    merged = sorted(found.values(), key=lambda e: (e.at, e.key), reverse=True)
    page, rest = merged[:limit], merged[limit:]
    for entry in rest:
        if entry.at != page[-1].at:
            break
        page.append(entry)
    return page


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

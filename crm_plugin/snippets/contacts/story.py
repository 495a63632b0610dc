"""The history under a record: page by page, narrowed to what somebody looks for."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact
from crm_plugin.touchpoints.history import Entry, story
from crm_plugin.touchpoints.models import Channel

PAGE = 30
# How far a filter reads back for one page; the next page goes on from there.
STRIDE, STRIDES = 100, 10

# How the kinds of each group begin: rooms name theirs ``booking``, ``booking_came`` …
GROUPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "talks": (
        _("Talks and letters"),
        ("call", "visit", "note", "chat", "mail_", "postcard", "follow_up"),
    ),
    "forms": (_("Forms and inquiries"), ("form", "inquiry", "complaint")),
    "business": (
        _("Bookings, purchases and deals"),
        ("booking", "purchase", "return", "deal"),
    ),
    "mailings": (
        _("Mailings and clicks"),
        ("delivery", "mailing", "campaign", "response", "click", "page", "search"),
    ),
    "changes": (_("Changes to the record"), ("change", "stage", "consent")),
}


@dataclass
class Page:
    """One page of the story and how to ask for the next one."""

    entries: list[Entry]
    more: str = ""


@dataclass(frozen=True)
class Filter:
    """What the reader asked for; unknown values ask for everything."""

    group: str = ""
    channel: str = ""
    before: dt.datetime | None = None

    @classmethod
    def read(cls, data: Any) -> "Filter":
        group, channel = data.get("kind", ""), data.get("channel", "")
        try:
            before = parse_datetime(data.get("before", ""))
        except ValueError:
            before = None
        return cls(
            group if group in GROUPS else "",
            channel if channel in Channel.values else "",
            before if before and before.tzinfo else None,
        )

    @property
    def active(self) -> bool:
        return bool(self.group or self.channel)

    def matches(self, entry: Entry) -> bool:
        if self.channel and entry.channel != self.channel:
            return False
        return not self.group or entry.kind.startswith(GROUPS[self.group][1])


def page(contact: Contact, wanted: Filter, *, user: Any) -> Page:
    """The next page of the story that *wanted* matches."""
    if not wanted.active:
        entries = story(contact, user=user, before=wanted.before, limit=PAGE)
        more = entries[-1].at if len(entries) >= PAGE else None
        return Page(entries, _address(wanted, more))
    return _narrowed(contact, wanted, user)


def _narrowed(contact: Contact, wanted: Filter, user: Any) -> Page:
    found: list[Entry] = []
    before = wanted.before
    for _stride in range(STRIDES):
        entries = story(contact, user=user, before=before, limit=STRIDE)
        found += [entry for entry in entries if wanted.matches(entry)]
        if len(entries) < STRIDE:
            return Page(found)
        before = entries[-1].at
        if len(found) >= PAGE:
            break
    return Page(found, _address(wanted, before))


def _address(wanted: Filter, before: dt.datetime | None) -> str:
    if before is None:
        return ""
    asked = {"kind": wanted.group, "channel": wanted.channel}
    return urlencode(
        {"before": before.isoformat(), **{k: v for k, v in asked.items() if v}}
    )

"""The history under a record: page by page, narrowed to what somebody looks for."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact
from crm_plugin.touchpoints import history
from crm_plugin.touchpoints.models import Channel, Phase
from crm_plugin.touchpoints.people import People

PAGE = 30
# How far a filter reads back for one page; the next page goes on from there.
STRIDE, STRIDES = 150, 3
LONGEST_TEXT = 100

# How the kinds of each group begin: rooms name theirs ``booking``, ``booking_came`` …
GROUPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "talks": (
        _("Talks and letters"),
        (
            *("call", "visit", "meeting", "note", "chat", "mail_"),
            *("letter", "postcard", "new_year", "follow_up"),
        ),
    ),
    "forms": (_("Forms and inquiries"), ("form", "inquiry", "complaint", "feedback")),
    "business": (
        _("Bookings, purchases, deals and plans"),
        ("booking", "waiting", "purchase", "return", "deal", "plan"),
    ),
    "mailings": (
        _("Mailings and clicks"),
        ("campaign", "click", "open", "bounce", "unsubscribe", "spam"),
    ),
    "site": (_("On the website"), ("page", "search")),
    "changes": (_("Changes to the record"), ("change", "consent", "beginning")),
}


@dataclass
class Page:
    """One page of the story and how to ask for the next one."""

    entries: list[history.Entry]
    more: str = ""


@dataclass(frozen=True)
class Filter:
    """What the reader asked for; unknown values ask for everything."""

    group: str = ""
    channel: str = ""
    phase: str = ""
    text: str = ""
    before: dt.datetime | None = None

    @classmethod
    def read(cls, data: Any) -> "Filter":
        try:
            before = parse_datetime(data.get("before", ""))
        except ValueError:
            before = None
        return cls(
            _known(data.get("kind", ""), GROUPS),
            _known(data.get("channel", ""), Channel.values),
            _known(data.get("phase", ""), Phase.values),
            data.get("text", "").strip()[:LONGEST_TEXT],
            before if before and before.tzinfo else None,
        )

    @property
    def active(self) -> bool:
        return bool(self.wanted)

    @property
    def wanted(self) -> history.Wanted:
        kinds = GROUPS[self.group][1] if self.group else ()
        return history.Wanted(kinds, self.channel, self.phase, self.text)

    def address(self, before: dt.datetime | None) -> str:
        """How to ask for what came *before*, the same filters kept."""
        if before is None:
            return ""
        asked = {
            "before": before.isoformat(),
            "kind": self.group,
            "channel": self.channel,
            "phase": self.phase,
            "text": self.text,
        }
        return urlencode({name: value for name, value in asked.items() if value})


def context(
    whose: Contact | People, asked: Filter, *, user: Any, home: str, more: str
) -> dict[str, Any]:
    """What ``story.html`` shows: *home* is the record, *more* gives the next page."""
    groups = [(key, label) for key, (label, _kinds) in GROUPS.items()]
    if isinstance(whose, People):
        # What was changed on somebody's record stands on that record.
        groups = [pair for pair in groups if pair[0] != "changes"]
    return {
        "page": page(whose, asked, user=user),
        "wanted": asked,
        "story_groups": groups,
        "channels": Channel.choices,
        "phases": Phase.choices,
        "may_correct_notes": user.has_perm("crm_plugin.change_touchpoint"),
        "story_home": home,
        "story_url": more,
    }


def _known(value: str, known: Any) -> str:
    return value if value in known else ""


def page(contact: Contact | People, asked: Filter, *, user: Any) -> Page:
    """The next page of the story that *asked* matches."""
    found: list[history.Entry] = []
    wanted, before = asked.wanted, asked.before
    for _stride in range(STRIDES if wanted else 1):
        part = history.page(
            contact,
            user=user,
            before=before,
            limit=PAGE - len(found),
            wanted=wanted,
            reach=STRIDE if wanted else 0,
        )
        found, before = found + part.entries, part.more
        if before is None or len(found) >= PAGE:
            break
    return Page(found, asked.address(before))

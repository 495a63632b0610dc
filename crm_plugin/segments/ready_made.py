"""Segments and schemes that a shop can begin with: offered, made once, then its own."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm_plugin import rules
from crm_plugin.conf import CrmSettings, setting

from . import schemes
from .models import Segment, SegmentScheme
from .ready_made_schemes import SCHEMES
from .refresh import Overtaken, refresh, start
from .stored import condition, group

Definition = dict[str, Any]
Definitions = Mapping[str, Mapping[str, Any]]

RENEWAL_DAYS = 30
# On so many days of a year somebody was in touch whose falling off is a sign.
REGULARLY = 4
CAME_ONCE = [
    condition("uses", how="exactly", number=1, when="ever"),
    condition("last_use", when="ago", days=14, days_to=120),
]


def good_customers() -> list[dict[str, Any]]:
    """Who comes often and buys much: in the top share of both, not of one alone."""
    return [condition("best", percent=setting("CRM_TOP_PERCENT"), measure="both")]


def late() -> list[dict[str, Any]]:
    """Longer away than is usual for them, but not asleep yet."""
    days = CrmSettings.load().dormant_after
    return [condition("late"), condition("last_use", when="last", days=days)]


def asleep() -> list[dict[str, Any]]:
    """No use for as long as the site calls dormant; nobody who waits for our answer."""
    return [
        condition("last_use", when="before", days=CrmSettings.load().dormant_after),
        group("none", condition("open_inquiry", kind="complaint")),
    ]


def seldomer() -> list[dict[str, Any]]:
    """In touch half as often as in the quarter before; who came a few times only does
    not count."""
    often = {"how": "at_least", "number": REGULARLY, "window": "365"}
    return [
        condition("contact_trend", trend="halved"),
        condition("contact_days", **often),
    ]


def at_risk() -> list[dict[str, Any]]:
    """One sign is enough; a plan only where the site has plans."""
    signs = [
        group("all", *late()),
        group("all", *seldomer()),
        condition("open_inquiry", kind="complaint"),
    ]
    if rules.condition("plan").offered():
        signs.append(condition("plan", plans=[], state="ends", days=RENEWAL_DAYS))
    return [group("any", *signs)]


INTRODUCERS = [
    condition("introductions", kind="brought", how="at_least", number=1, when="ever")
]

# ``rule`` is a stored rule, or a function that gives one by the site's own settings.
# ``about`` says by which measure somebody belongs; it becomes the description.
READY_MADE: dict[str, Definition] = {
    "good-customers": {
        "name": gettext_noop("Good customers"),
        "name_ja": "優良顧客",
        "about": gettext_noop(
            "Often in touch and buying much: in the top share both by contact days and"
            " by net sales of the last 365 days."
        ),
        "rule": good_customers,
    },
    "came-once": {
        "name": gettext_noop("Came once"),
        "name_ja": "1回だけご利用の方",
        "about": gettext_noop(
            "One use ever, two weeks to four months ago: the time to win a second one."
        ),
        "rule": CAME_ONCE,
    },
    "late": {
        "name": gettext_noop("Late for their own rhythm"),
        "name_ja": "いつもより間が空いている方",
        "about": gettext_noop(
            "Longer away than one and a half times their usual gap (known from three uses"
            " on), and not asleep yet."
        ),
        "rule": late,
    },
    "at-risk": {
        "name": gettext_noop("At risk"),
        "name_ja": "離れるおそれのある方",
        "about": gettext_noop(
            "Late for their own rhythm, in touch half as often as in the three months"
            " before (of those in touch on four days of a year), with an open complaint,"
            " or with a plan that ends in the next 30 days and no other after it."
        ),
        "rule": at_risk,
    },
    "asleep": {
        "name": gettext_noop("Asleep"),
        "name_ja": "しばらくお越しでない方",
        "about": gettext_noop(
            "No use for as many days as your settings call dormant; without those who wait"
            " for an answer to a complaint."
        ),
        "rule": asleep,
    },
    "introducers": {
        "name": gettext_noop("Introducers"),
        "name_ja": "ご紹介くださった方",
        "about": gettext_noop("Who has brought us at least one other person."),
        "rule": INTRODUCERS,
    },
}


def offer(
    key: str,
    *,
    name: str,
    rule: list[dict[str, Any]] | Callable[[], list[dict[str, Any]]],
    name_ja: str = "",
    about: str = "",
) -> None:
    """Offer one more ready-made segment in the admin. For a host app's ``crm.py``.

    *key* never changes; *rule* is a stored rule, or a function that gives one when the
    segment is made. One whose rule names what the site does not have is not offered.
    """
    READY_MADE[key] = {"name": name, "name_ja": name_ja, "about": about, "rule": rule}


def definition(key: str, definitions: Definitions = READY_MADE) -> Definition:
    """The fields of the segment that would be made, by the site's settings today."""
    said = dict(definitions[key])
    about = said.pop("about", "")
    rule = said["rule"]
    said["rule"] = rule() if callable(rule) else rule
    if about:
        longest = Segment._meta.get_field("description").max_length
        said["description"] = _(about)[:longest]
    return said


def ensure_scheme(key: str, *, by: Any = None) -> SegmentScheme:
    """The ready-made scheme *key*, made and published where it is missing.

    A class whose key another segment has already gets one of its own.
    """
    if found := SegmentScheme.objects.filter(key=key).first():
        return found
    said = SCHEMES[key]
    classes = [
        {**fields, "description": _(about) if about else ""}
        for fields in said["classes"]
        for about in [fields.get("description", "")]
    ]
    try:
        return schemes.create(key, **{**said, "classes": classes}, by=by)
    except IntegrityError:  # Two at one instant.
        return SegmentScheme.objects.get(key=key)


def make(
    key: str,
    *,
    definitions: Definitions = READY_MADE,
    publish: bool = True,
    by: Any = None,
) -> tuple[Segment, bool]:
    """The ready-made segment *key*, and whether it was made now; it never is twice.

    What exists already is left as it is, also when somebody gave it another rule.
    """
    defaults = {**definition(key, definitions), "live": False}
    segment, created = Segment.objects.get_or_create(key=key, defaults=defaults)
    if created:
        revision = segment.save_revision(user=by, log_action="wagtail.create")
        if publish:
            revision.publish(user=by)
            segment.refresh_from_db()
    return segment, created


def ensure(
    keys: Iterable[str] | None = None,
    *,
    definitions: Definitions = READY_MADE,
    refreshed: bool = False,
    by: Any = None,
) -> dict[str, Segment]:
    """Make and publish the named segments (all by default) where they are missing.

    What exists already is left as it is. With *refreshed*, members are computed at
    once instead of by a worker. Raises ``BrokenRule`` then, when the attribute or
    categories that a rule names do not exist.
    """
    found = {}
    for key in keys if keys is not None else definitions:
        segment, created = make(key, definitions=definitions, by=by)
        if refreshed and (created or segment.refreshed_at is None):
            _refresh_at_once(segment)
        found[key] = segment
    return found


def _refresh_at_once(segment: Segment) -> None:
    try:
        refresh(segment)
    except Overtaken:
        start(segment)


__all__ = [
    "CAME_ONCE",
    "READY_MADE",
    "SCHEMES",
    "condition",
    "definition",
    "ensure",
    "ensure_scheme",
    "group",
    "make",
    "offer",
]

"""Which touchpoints sit in which cell of the data map."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.data_map import Area, Counted, Room, Thing
from crm_plugin.contacts.models import Contact

from .models import ContactFrequency, Rating, Touchpoint

Kind = Touchpoint.Kind
NAME = "touchpoint."
TALKS = (
    *(Kind.CALL, Kind.VISIT, Kind.MEETING),
    *(Kind.MAIL_IN, Kind.MAIL_OUT, Kind.LETTER, Kind.CHAT),
)
# Each with the kinds of touchpoints that tell it; the second: only with their words.
TOLD: dict[str, tuple[Any, str, bool, tuple[str, ...], bool]] = {
    "pages": (
        _("pages read, clicks"),
        Area.ONLINE,
        True,
        (Kind.PAGE, Kind.CLICK),
        False,
    ),
    "forms": (
        _("forms filled in"),
        Area.ONLINE,
        True,
        (Kind.FORM, Kind.INQUIRY),
        False,
    ),
    "asked": (
        _("words in forms and searches"),
        Area.ONLINE,
        False,
        (Kind.FORM, Kind.INQUIRY, Kind.SEARCH),
        True,
    ),
    "talks": (
        _("calls, visits, letters, chats"),
        Area.HUMAN,
        True,
        TALKS,
        False,
    ),
    "said": (
        _("words in talks and notes"),
        Area.HUMAN,
        False,
        (*TALKS, Kind.NOTE),
        True,
    ),
    "complaints": (
        _("complaints and praise afterwards"),
        Area.CONTINUED,
        False,
        (Kind.COMPLAINT,),
        True,
    ),
}
# What tells of any contact at all, and of a rating.
IN_TOUCH, RATED = f"{NAME}days", f"{NAME}rated"
OTHERS = {
    IN_TOUCH: (_("days of contact"), Area.HUMAN),
    RATED: (_("ratings"), Area.CONTINUED),
}
_WORDS = ~Q(body="") | ~Q(summary="")


def things(user: Any) -> list[Thing]:
    """Nothing to those who may not read touchpoints."""
    if user is not None and not user.has_perm("crm_plugin.view_touchpoint"):
        return []
    return [
        *(
            Thing(NAME + name, label, area, classifiable)
            for name, (label, area, classifiable, _kinds, _words) in TOLD.items()
        ),
        *(Thing(name, label, area) for name, (label, area) in OTHERS.items()),
    ]


def of_kind(kind: str) -> set[tuple[str, str]]:
    """What a rule about touchpoints of a kind asks for; empty: of any kind."""
    told = {NAME + name for name, row in TOLD.items() if kind in row[3] and row[2]}
    worded = {NAME + name for name, row in TOLD.items() if kind in row[3]}
    return {("contact", name) for name in told or worded or {IN_TOUCH}}


def known(contact: Contact, user: Any) -> set[str]:
    """Four queries."""
    rows = Touchpoint.objects.visible_to(user).filter(contact=contact, machine=False)
    rows = rows.exclude(direction=Touchpoint.Direction.OUT).order_by()
    kinds = set(rows.values_list("kind", flat=True).distinct())
    worded = set(rows.filter(_WORDS).values_list("kind", flat=True).distinct())
    found = {
        NAME + name
        for name, (_l, _a, _c, told_by, words) in TOLD.items()
        if set(told_by) & (worded if words else kinds)
    }
    others = {IN_TOUCH: _in_touch(), RATED: _rated()}
    return found | {
        name for name, of in others.items() if of.filter(contact=contact).exists()
    }


def _in_touch() -> QuerySet[ContactFrequency]:
    return ContactFrequency.objects.filter(last_at__isnull=False)


def _rated() -> QuerySet[Rating]:
    return Rating.objects.filter(unverified=False)


def count() -> Iterator[Counted]:
    """One query for each thing."""
    rows = Touchpoint.objects.filter(machine=False, contact__archived_at=None)
    rows = rows.exclude(direction=Touchpoint.Direction.OUT).order_by()
    for name, (_l, _a, _c, told_by, words) in TOLD.items():
        chosen = rows.filter(kind__in=told_by)
        chosen = chosen.filter(_WORDS) if words else chosen
        found = chosen.aggregate(n=Count("contact", distinct=True), newest=Max("at"))
        yield Counted(NAME + name, found["n"], found["newest"])
    current = {"contact__archived_at": None}
    days = _in_touch().filter(**current).aggregate(n=Count("pk"), newest=Max("last_at"))
    yield Counted(IN_TOUCH, days["n"], days["newest"])
    rated = _rated().filter(contact__isnull=False, **current).order_by()
    found = rated.aggregate(n=Count("contact", distinct=True), newest=Max("at"))
    yield Counted(RATED, found["n"], found["newest"])


ROOM = Room(things, known, count)

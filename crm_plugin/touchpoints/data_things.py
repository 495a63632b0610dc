"""Which touchpoints sit in which cell of the data map."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max, Q
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.data_map import Area, Counted, Room, Thing
from crm_plugin.contacts.models import Contact

from .models import Touchpoint

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
_WORDS = ~Q(body="") | ~Q(summary="")


def things(user: Any) -> list[Thing]:
    """Nothing to those who may not read touchpoints."""
    if user is not None and not user.has_perm("crm_plugin.view_touchpoint"):
        return []
    return [
        Thing(NAME + name, label, area, classifiable)
        for name, (label, area, classifiable, _kinds, _words) in TOLD.items()
    ]


def known(contact: Contact, user: Any) -> set[str]:
    """One query."""
    rows = Touchpoint.objects.visible_to(user).filter(contact=contact, machine=False)
    rows = rows.exclude(direction=Touchpoint.Direction.OUT).order_by()
    kinds = set(rows.values_list("kind", flat=True).distinct())
    worded = set(rows.filter(_WORDS).values_list("kind", flat=True).distinct())
    return {
        NAME + name
        for name, (_l, _a, _c, told_by, words) in TOLD.items()
        if set(told_by) & (worded if words else kinds)
    }


def count() -> Iterator[Counted]:
    """One query for each thing."""
    rows = Touchpoint.objects.filter(machine=False, contact__archived_at=None)
    rows = rows.exclude(direction=Touchpoint.Direction.OUT).order_by()
    for name, (_l, _a, _c, told_by, words) in TOLD.items():
        chosen = rows.filter(kind__in=told_by)
        chosen = chosen.filter(_WORDS) if words else chosen
        found = chosen.aggregate(n=Count("contact", distinct=True), newest=Max("at"))
        yield Counted(NAME + name, found["n"], found["newest"])


ROOM = Room(things, known, count)

"""Who would enter and leave a segment if a rule were published."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet

from crm_plugin import rules
from crm_plugin.contacts.models import Contact

from . import counting
from .choosing import Chosen
from .counting import UNKNOWN, Figure
from .models import Segment, SegmentMembership

# Who is estimated to be so many times a thousand is more than a thousand.
SURELY = 4


@dataclass(frozen=True)
class Movement:
    """How many would enter or leave, and the first of them; their names are None where
    they were not read in time."""

    figure: Figure = Figure()
    ids: list[int] = field(default_factory=list)
    names: list[Contact] | None = field(default_factory=list)


def movements(
    chosen: Chosen, segment: Segment, patience: rules.Patience
) -> tuple[Movement, Movement]:
    """Exact where few are chosen, or few move; about right, or so far, elsewhere."""
    if chosen.whole:
        try:
            with patience.share(0.7):
                return _of_few(chosen, segment)
        except rules.TookTooLong:
            return Movement(UNKNOWN), Movement(UNKNOWN)
    return _entering(chosen, segment, patience), _leaving(chosen, segment, patience)


def _members(segment: Segment) -> QuerySet:
    return SegmentMembership.objects.filter(segment=segment, left_at=None)


def _of_few(chosen: Chosen, segment: Segment) -> tuple[Movement, Movement]:
    stay = members_among(segment, chosen.ids)
    enter = [pk for pk in chosen.ids if pk not in stay]
    others = _members(segment).exclude(contact_id__in=stay)
    leave = list(others.values_list("contact_id", flat=True)[: counting.EXACT + 1])
    figure = Figure(len(leave))
    if len(leave) > counting.EXACT:
        figure = Figure(max(segment.size - len(stay), counting.EXACT + 1), exact=False)
    return Movement(Figure(len(enter)), enter), Movement(
        figure, leave[: counting.EXACT]
    )


def members_among(segment: Segment, ids: Collection[int]) -> set[int]:
    """Those of *ids* who are in it now."""
    rows = _members(segment).filter(contact_id__in=ids)
    return set(rows.values_list("contact_id", flat=True))


def _entering(chosen: Chosen, segment: Segment, patience: rules.Patience) -> Movement:
    """Where certainly many come, those who are looked at anyway tell who."""
    try:
        with patience.share(0.3):
            stay = members_among(segment, chosen.ids)
            ids = [pk for pk in chosen.ids if pk not in stay]
            expected = chosen.figure.count * len(ids) / max(len(chosen.ids), 1)
            if expected >= SURELY * counting.EXACT:
                about = _about(chosen, segment, comes=True)
                return Movement(_many(about), ids)
    except rules.TookTooLong:
        pass
    stays = _members(segment).filter(contact_id=OuterRef("pk"))
    entering = chosen.contacts.filter(~Exists(stays))
    return _counted(entering, chosen, segment, patience, comes=True)


def _leaving(chosen: Chosen, segment: Segment, patience: rules.Patience) -> Movement:
    stays = chosen.contacts.order_by().filter(pk=OuterRef("pk"))
    members = Contact.objects.filter(pk__in=_members(segment).values("contact_id"))
    leaving = members.filter(~Exists(stays))
    return _counted(leaving, chosen, segment, patience, comes=False)


def _counted(
    contacts: QuerySet,
    chosen: Chosen,
    segment: Segment,
    patience: rules.Patience,
    *,
    comes: bool,
) -> Movement:
    """One direction: *comes* in, or goes."""
    try:
        with patience.share(0.3):
            ids = counting.first_ids(contacts)
            if len(ids) <= counting.EXACT:
                return Movement(Figure(len(ids)), ids)
            about = _about(chosen, segment, comes=comes)
    except rules.TookTooLong:
        little = rules.Patience(patience.left * 0.3)
        return Movement(*counting.in_slices(contacts, little))
    return Movement(_many(about), ids[: counting.EXACT])


def _many(about: Figure | None) -> Figure:
    """More than a thousand: about so many, if that is known."""
    if about is None:
        return Figure(counting.EXACT, exact=False, so_far=True)
    return Figure(max(about.count, counting.EXACT), exact=False)


def _about(chosen: Chosen, segment: Segment, *, comes: bool) -> Figure | None:
    """By the fair sample: who is chosen and no member, or a member and not chosen."""
    if chosen.probe is None:
        return None
    members = members_among(segment, chosen.probe.ids)
    differ = chosen.some - members if comes else members - chosen.some
    return chosen.probe.share_of(len(differ))

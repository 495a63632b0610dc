"""Launch: freeze what was approved and to whom, then fill the outbox, set-based.

The request writes one ``Mailing``. A worker then inserts the deliveries, one
statement per slice of contacts, with the variant of each person computed in SQL, and
composes one rendering per combination that occurs. One that is to start later is filled
then, with whoever is in its segments by that time. Until ``starts_at`` it can be taken
back; nothing leaves before.
"""

import datetime as dt
import time
import uuid
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_plugin import merge_tags, queue
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery import mailings
from crm_plugin.delivery.mailings import UNDER_WAY
from crm_plugin.delivery.markup import BadLink
from crm_plugin.delivery.models import Mailing
from crm_plugin.segments.models import Segment
from crm_plugin.segments.refresh import Overtaken, bring_up_to_date

from . import compose
from .audience import CHANNEL, Plan
from .fill import fill, render_combinations
from .models import Campaign
from .problems import missing_segments, problems_of

WORK = "launch"
SLICE = 20_000
BREATH = 0.1
State = Mailing.State


class NotLaunchable(Exception):
    """The campaign cannot go out; ``problems`` are sentences for the person."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def launch(
    campaign: Campaign, *, by: Any, key: uuid.UUID, at: dt.datetime | None = None
) -> Mailing:
    """Freeze the published campaign into a mailing; once per *key*.

    It starts ``CRM_LAUNCH_GRACE_SECONDS`` from now, or at *at* when that is later: it
    goes to whoever is in its segments then.
    Raises ``NotLaunchable``: not published, something missing, or already under way.
    """
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if (existing := Mailing.objects.filter(public_id=key).first()) is not None:
            return existing
        if found := [*problems_of(campaign), *_already_under_way(campaign)]:
            raise NotLaunchable(found)
        mailing = _frozen(campaign, by=by, key=key, at=at)
        queue.start(WORK, str(mailing.pk), by=by, not_before=_chosen_at(mailing))
    return mailing


def _already_under_way(campaign: Campaign) -> list[str]:
    if campaign.mailings.filter(state__in=UNDER_WAY).exists():
        return [_("This campaign is being sent already.")]
    return []


def _frozen(
    campaign: Campaign, *, by: Any, key: uuid.UUID, at: dt.datetime | None
) -> Mailing:
    earliest = mailings.after_grace()
    planned = at is not None and at > earliest
    return Mailing.objects.create(
        public_id=key,
        campaign=campaign,
        state=State.PLANNED if planned else State.PREPARING,
        name=campaign.name,
        channel=CHANNEL,
        topic=campaign.topic,
        sender=campaign.sender,
        content=[compose.content_of(version) for version in campaign.versions.all()],
        audience={
            "include": _copied(campaign.include_segments.all()),
            "exclude": _copied(campaign.exclude_segments.all()),
        },
        launched_at=timezone.now(),
        launched_by=by,
        starts_at=max(earliest, at or earliest),
    )


def _chosen_at(mailing: Mailing) -> dt.datetime | None:
    """When its people are chosen: at once, or when a planned one is to start."""
    return mailing.starts_at if mailing.state == State.PLANNED else None


def _copied(segments: Any) -> list[dict[str, Any]]:
    return [{"id": segment.pk, "name": segment.name} for segment in segments]


@queue.handler(WORK)
def prepare(work: queue.Work, until: float) -> bool:
    """Fill the outbox of one mailing, slice by slice; true when it may start."""
    mailing = Mailing.objects.get(pk=int(work.key))
    if not mailings.prepare(mailing):
        return True
    if not work.total and missing_segments(mailing):
        mailings.give_up([mailing.pk])
        return True
    try:
        bring_up_to_date(_chosen_by(mailing))
    except Overtaken:
        return False
    low, high = _bounds(work)
    while low <= high:
        if not _slice(mailing, low, low + _slice_size(high) - 1):
            return True
        low += _slice_size(high)
        work.advance(low, total=high)
        if time.monotonic() >= until:
            return False
        _breathe()
    return _finished(mailing)


def _chosen_by(mailing: Mailing) -> set[int]:
    """The ids of the segments that decide who gets it, and what."""
    plan = Plan.frozen(mailing)
    always = Segment.objects.live().filter(excludes_always=True)
    ids = {*plan.include, *plan.exclude, *always.values_list("pk", flat=True)}
    for version in mailing.content:
        ids |= set(compose.segments_in(compose.body_of(version)))
    return ids


def _finished(mailing: Mailing) -> bool:
    """Compose what its people get and let it wait for its start.

    A text that cannot be composed will not mend itself: somebody has to decide.
    """
    try:
        render_combinations(mailing)
    except (merge_tags.MergeTagError, BadLink):
        mailings.give_up([mailing.pk])
        return True
    count = mailing.deliveries.count()
    Mailing.objects.filter(pk=mailing.pk).update(audience_count=count)
    mailings.start(mailing)
    return True


def prepare_again(mailing: Mailing, *, by: Any) -> bool:
    """Another try for a mailing that could not be prepared; false when it is not."""
    with transaction.atomic():
        if not mailings.open_anew(mailing, by=by):
            return False
        queue.start(WORK, str(mailing.pk), by=by)
    return True


@queue.chore("launch-watch", every=60)
def notice_failures() -> bool:
    """A mailing whose preparation was given up must not seem to be preparing."""
    preparing = Mailing.objects.filter(state=State.PREPARING).values_list(
        "pk", flat=True
    )
    keys = [str(pk) for pk in preparing]
    failed = queue.Work.objects.filter(
        kind=WORK, key__in=keys, state=queue.Work.State.FAILED
    )
    mailings.give_up([int(key) for key in failed.values_list("key", flat=True)])
    return False


def _bounds(work: queue.Work) -> tuple[int, int]:
    """The contact ids still to do; the upper end is fixed by the first slice."""
    if work.total:
        return work.position, work.total
    ids = Contact.objects.order_by("pk").values_list("pk", flat=True)
    return ids.first() or 1, ids.last() or 0


def _slice_size(high: int) -> int:
    return SLICE if connection.vendor == "sqlite" else max(high, 1)


def _breathe() -> None:
    """On SQLite other writers get their turn between two slices."""
    if connection.vendor == "sqlite":
        time.sleep(BREATH)


def _slice(mailing: Mailing, low: int, high: int) -> bool:
    """Fill one slice, unless the mailing was taken back meanwhile."""
    with transaction.atomic():
        row = Mailing.objects.select_for_update().get(pk=mailing.pk)
        if row.state != State.PREPARING:
            return False
        fill(mailing, low, high)
    return True

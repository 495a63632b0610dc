"""What changes with a segment, as the preview tells it: links, and hours of launches."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.admin.admin_url_finder import AdminURLFinder

from crm_plugin.campaigns.models import Campaign
from crm_plugin.delivery.models import Mailing
from crm_plugin.segments import places
from crm_plugin.segments.models import Segment

MOST_SHOWN = 8


@dataclass(frozen=True)
class Place:
    """One of them: where it leads, whether it is live, and the launch that waits."""

    words: str
    url: str
    live: bool = True
    waits: str = ""
    waits_url: str = ""


@dataclass(frozen=True)
class Touched:
    """What uses the segment, of one kind: links for this reader, and how many more.

    Of those that she may know of so many are live, and of so many a launch waits.
    """

    kind: str
    links: list[Place] = field(default_factory=list)
    others: int = 0
    live: int = 0
    waiting: int = 0


def touched(segment: Segment, user: Any) -> Iterator[Touched]:
    """Links only where the reader may follow them; of the rest, how many.

    A launch for a later hour stands with its campaign, if that names the segment too.
    """
    kinds = places.touched(segment, user)
    waiting = {row.campaign_id: row for row in _known(kinds, Mailing)}
    named = {row.pk for row in _known(kinds, Campaign)}
    finder = AdminURLFinder(user)
    for kind in kinds:
        rows = [
            row for row in kind.known if getattr(row, "campaign_id", None) not in named
        ]
        found = [_place(row, finder, waiting) for row in rows]
        links = [place for place in found if place.url]
        others = kind.others + len(found) - len(links[:MOST_SHOWN])
        if found or others:
            yield Touched(
                capfirst(kind.model._meta.verbose_name_plural),
                links[:MOST_SHOWN],
                others,
                sum(getattr(row, "live", False) for row in rows),
                sum(bool(place.waits) for place in found),
            )


def _known(kinds: list[places.Touched], model: type[Model]) -> list[Any]:
    return [row for kind in kinds if kind.model is model for row in kind.known]


def _place(row: Any, finder: AdminURLFinder, waiting: dict[Any, Mailing]) -> Place:
    if isinstance(row, Mailing):
        return Place(str(row), _url(row), waits=_when(row))
    url, live = finder.get_edit_url(row) or "", getattr(row, "live", True)
    mailing = waiting.get(row.pk) if isinstance(row, Campaign) else None
    if mailing is None:
        return Place(str(row), url, live)
    return Place(str(row), url, live, _when(mailing), _url(mailing))


def _url(mailing: Mailing) -> str:
    return reverse("crm_campaign:mailing", args=[mailing.public_id])


def _when(mailing: Mailing) -> str:
    """The hour at which its people are chosen."""
    if mailing.state != Mailing.State.PLANNED:
        return _("a mailing whose people are being chosen now")
    at = date_format(timezone.localtime(mailing.starts_at), "SHORT_DATETIME_FORMAT")
    return _("1 scheduled mailing, on %(when)s") % {"when": at}

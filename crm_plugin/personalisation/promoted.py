"""Promoted search results by segment: who sees which, and who said so.

A pick with segments is shown to their members only, all others to everybody, in the
order that the editors gave them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from wagtail.models import Page

from crm_plugin import journal
from crm_plugin.segments.models import Segment

from . import picks
from .models import PromotedFor
from .variants import reader_of

MODEL, FIELD = "promotedfor", "segment"
Chosen = dict[int, frozenset[int]]


def promoted_for(request: HttpRequest, query: str) -> list[Any]:
    """The promoted results for *query* that the visitor of *request* may see.

    For the search view of a site. Rows of ``SearchPromotion`` with their pages, in the
    editors' order; an empty list where ``wagtail.contrib.search_promotions`` is not
    installed. One query where nothing is promoted, four at most, and one more when the
    visitor's cookie does not say who they are. The visitor is asked for only where a
    segment decides, so that every other search stays cacheable.
    """
    rows = picks.of(query)
    found = [] if rows is None else list(rows)
    if not found:
        return []
    chosen = segments_of([pick.pk for pick in found])
    members = _members(request, chosen)
    open_to_all = _pages(found, public=True)
    hers = _pages([pick for pick in found if pick.pk in chosen], public=False)
    return [
        pick
        for pick in found
        if (pick.pk not in chosen or not members.isdisjoint(chosen[pick.pk]))
        and (pick.page_id is None or pick.page_id in (open_to_all | hers))
    ]


def _members(request: HttpRequest, chosen: Chosen) -> frozenset[int]:
    """Which of these segments the visitor is in, as far as this browser may know."""
    if not chosen:
        return frozenset()
    wanted = frozenset().union(*chosen.values())
    members, _unknown = reader_of({"request": request}).know(wanted)
    return members


def _pages(found: Iterable[Any], *, public: bool) -> set[int]:
    """Which of their pages are live, and open to everybody.

    One that is not open is shown where an editor chose for whom.
    """
    ids = {pick.page_id for pick in found} - {None}
    if not ids:
        return set()
    pages = Page.objects.live().filter(pk__in=ids)
    return set((pages.public() if public else pages).values_list("pk", flat=True))


def segments_of(pick_ids: Collection[int]) -> Chosen:
    """The ids of the segments of each pick that has any. One query."""
    rows = PromotedFor.objects.filter(pick_id__in=pick_ids)
    found = defaultdict(set)
    for pick_id, segment_id in rows.values_list("pick_id", "segment_id"):
        found[pick_id].add(segment_id)
    return {pick_id: frozenset(ids) for pick_id, ids in found.items()}


def show_to(pick: Any, segments: Collection[Segment], *, by: Any) -> bool:
    """From now on *pick* is for members of *segments*; of none: for everybody.

    Kept in the journal with old and new; false where nothing differs.
    """
    wanted = {segment.pk for segment in segments}
    with transaction.atomic():
        held = PromotedFor.objects.select_for_update().filter(pick_id=pick.pk)
        before = {row.segment_id: row for row in held}
        if wanted == set(before):
            return False
        for pk in set(before) - wanted:
            before[pk].delete()
        for pk in sorted(wanted - set(before)):
            PromotedFor.objects.get_or_create(pick_id=pick.pk, segment_id=pk)
        change = (MODEL, pick.pk, FIELD, sorted(before), sorted(wanted), pick.query_id)
        journal.record("promoted", [change], by=by, summary=str(pick))
    return True


def forget_pick(instance: Any, **kwargs: Any) -> None:
    """Django's ``post_delete``: a pick that is gone is for nobody."""
    for row in PromotedFor.objects.filter(pick_id=instance.pk):
        row.delete()

"""Which variant of a personalised block does a reader get? The first that fits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.http import HttpRequest

from . import visit, visit_segments, visitor
from .visitor import NONE, Ids, Visitor

EVERYONE = None


class Reader(Protocol):
    """Somebody, or a kind of somebody, for whom content is chosen."""

    def know(self, wanted: Ids) -> tuple[Ids, Ids]:
        """``(segments the reader is in, segments that must stay unknown)``."""


@dataclass(frozen=True)
class Member:
    """A reader of whom exactly the segments are given: previews, named contacts."""

    segments: Ids = NONE

    def know(self, wanted: Ids) -> tuple[Ids, Ids]:
        return self.segments, NONE


STRANGER = Member()


@dataclass(frozen=True)
class Sender:
    """Who sent a request: the visitor, known or not, and this visit of hers.

    What the visit tells is shown to everybody, also to members of exclusion segments:
    it says nothing of a person. Each is asked only where the block names such segments,
    so that a page for visits does not look who the visitor is.
    """

    request: HttpRequest

    def know(self, wanted: Ids) -> tuple[Ids, Ids]:
        of_visits = visit_segments.among(wanted)
        people = wanted - of_visits
        members, unknown = NONE, NONE
        if people or not of_visits:
            members, unknown = visitor.of(self.request).know(people)
        if of_visits:
            held, unsure = visit_segments.know(visit.of(self.request), of_visits)
            members, unknown = members | held, unknown | unsure
        return members, unknown


def choose(value: Mapping[str, Any], members: Ids, unknown: Ids = NONE) -> int | None:
    """Index of the first variant of *value* for these *members*; None is everyone else.

    A variant that excludes a segment of which we must not know (*unknown*) does not
    fit: nobody sees what an exclusion was meant to spare them.
    """
    for index, variant in enumerate(value["variants"]):
        fits = not members.isdisjoint(variant["include"])
        if fits and (members | unknown).isdisjoint(variant["exclude"]):
            return index
    return EVERYONE


def segments_of(value: Mapping[str, Any]) -> Ids:
    """Every segment that a personalised block mentions."""
    return frozenset(
        pk
        for variant in value["variants"]
        for pk in (*variant["include"], *variant["exclude"])
    )


def pick(value: Mapping[str, Any], context: Mapping[str, Any] | None) -> int | None:
    """The variant of *value* for whoever *context* is rendered for.

    Without variants nobody is asked for, and the page stays cacheable.
    """
    if not value["variants"]:
        return EVERYONE
    members, unknown = reader_of(context).know(segments_of(value))
    return choose(value, members, unknown)


def reader_of(context: Mapping[str, Any] | None) -> Reader:
    """For whom a template is being rendered.

    ``crm_reader`` in the context or on the request (previews, mails) goes first, then
    the visitor of the request. Without either (search, feeds, API): a stranger.
    """
    if not context:
        return STRANGER
    request = context.get("request")
    given = context.get("crm_reader") or getattr(request, "crm_reader", None)
    if given:
        return given
    if request is None or getattr(request, "is_preview", False):
        return STRANGER
    return Sender(request)


__all__ = [
    "STRANGER",
    "Member",
    "Reader",
    "Sender",
    "Visitor",
    "choose",
    "pick",
    "reader_of",
]

"""Where a segment is in use: shown, and what is used is neither deleted nor withdrawn.

What somebody may not know of is counted, never named.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.snippets.views import snippets as views

from crm_plugin.segments import places
from crm_plugin.segments.models import Segment

Link = tuple[str, str, str]
DELETED = gettext_lazy("“%(name)s” cannot be deleted.")
EXPIRES = gettext_lazy("“%(name)s” cannot have an end while it is in use.")
UNPUBLISHED = gettext_lazy("“%(name)s” cannot be unpublished.")


@dataclass
class Refusal:
    """Why nothing happens to one segment: what it is for, or who uses it."""

    text: str
    reason: str = ""
    links: list[Link] = field(default_factory=list)
    others: int = 0

    def in_words(self) -> str:
        """The same without a page of its own, beside a field."""
        places = [f"{noun} “{place}”" for noun, place, _url in self.links]
        if self.others:
            text = ngettext(
                "%(n)s more place that you may not see",
                "%(n)s more places that you may not see",
                self.others,
            )
            places.append(text % {"n": self.others})
        why = self.reason or _("It is used here; take it out there first:")
        return f"{self.text} {why} {', '.join(places)}".strip()


def refuse_deleting(request: HttpRequest, instances: list[Any]) -> HttpResponse | None:
    """Hook: a segment in use is not deleted; the places are shown instead."""
    return _refused(request, instances, DELETED)


def refuse_unpublishing(request: HttpRequest, instance: Any) -> HttpResponse | None:
    """Hook: nor is it unpublished, for what asks for it would stand still."""
    return _refused(request, [instance], UNPUBLISHED)


def refusals(
    segments: Iterable[Any], user: Any, text: Any, *, whole_scheme: bool = False
) -> list[Refusal]:
    """Why each of *segments* has to stay as it is; those that need not are left out.

    *whole_scheme*: the rest goes with the scheme, whose own classes do not count.
    """
    finder, found = AdminURLFinder(user), []
    for segment in segments:
        said = text % {"name": segment}
        if segment.rest and not whole_scheme:
            why = _("It takes everybody whom no other group of “%(scheme)s” takes.")
            found.append(Refusal(said, why % {"scheme": segment.scheme}))
            continue
        told = Refusal(said)
        for kind in places.places(segment, user):
            noun = capfirst(str(kind.model._meta.verbose_name))
            told.others += kind.others
            told.links += [
                (noun, str(place), finder.get_edit_url(place) or "")
                for place in kind.known
                if not (whole_scheme and _of_one(segment, place))
            ]
        if told.links or told.others:
            found.append(told)
    return found


def _of_one(segment: Segment, place: Model) -> bool:
    """Whether both are classes of one scheme."""
    return isinstance(place, Segment) and place.scheme_id == segment.scheme_id


def _refused(
    request: HttpRequest, instances: Iterable[Any], text: Any
) -> HttpResponse | None:
    segments = [row for row in instances if isinstance(row, Segment)]
    found = refusals(segments, request.user, text)
    return in_use(request, found) if found else None


def in_use(request: HttpRequest, found: list[Refusal]) -> HttpResponse:
    return render(request, "crm_plugin/segments/in_use.html", {"refusals": found})


class _InOwnLanguage:
    """Wagtail's own title is the name as it was when somebody saved it."""

    def get_page_subtitle(self) -> str:
        return str(self.object)  # type: ignore[attr-defined]


class UnpublishView(_InOwnLanguage, views.UnpublishView):
    """The question is not even asked where the answer would be refused."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refused = refuse_unpublishing(request, self.object)
        return refused or super().get(request, *args, **kwargs)


class UsageView(_InOwnLanguage, views.UsageView):
    """Rules and blocks as Wagtail lists them, ticked audiences and drafts as well."""

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = super().get_breadcrumbs_items()
        edit_url = self.get_edit_url(self.object)
        for item in items:
            if item["url"] == edit_url:
                item["label"] = str(self.object)
        return items

    def get_queryset(self) -> Any:
        return list(places.uses(self.object).items())

    def get_table(self, object_list: Any, **kwargs: Any) -> Any:
        rows = list(object_list)
        wanted: dict[type[Model], list[Any]] = defaultdict(list)
        for (model, pk), _where in rows:
            wanted[model].append(pk)
        found = {
            (model, str(pk)): row
            for model, pks in wanted.items()
            for pk, row in model._default_manager.in_bulk(pks).items()
        }
        known = [(found[owner], where) for owner, where in rows if owner in found]
        return super().get_table(known, **kwargs)


class HistoryView(_InOwnLanguage, views.HistoryView):
    pass

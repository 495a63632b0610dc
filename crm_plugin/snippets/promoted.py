"""Promoted search results: for whom each is, beside Wagtail's own screen for them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.admin_url_finder import (
    ModelAdminURLFinder,
    register_admin_url_finder,
)
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin import journal
from crm_plugin.personalisation import picks, promoted
from crm_plugin.personalisation.blocks import SegmentsField, label_for
from crm_plugin.personalisation.models import PromotedFor
from crm_plugin.segments.models import Segment
from crm_plugin.ui import changes, meanwhile
from crm_plugin.ui.listing import CappedPaginator

from .members_pages import MembersMenuItem, Screen

RIGHTS = (
    "wagtailsearchpromotions.change_searchpromotion",
    "crm_plugin.view_segment",
)


def may_choose(user: Any) -> bool:
    """Whether *user* may say for whom a promoted result is."""
    return all(user.has_perm(right) for right in RIGHTS)


class PromotedMenuItem(MembersMenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_choose(request.user)


@dataclass(frozen=True)
class Row:
    """One promoted result and the names of the segments that it is for."""

    pick: Any
    names: list[str]


class PromotedScreen(Screen):
    """For those who promote results and may see segments."""

    header_icon = "pick"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_choose(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def rows(self, found: list[Any]) -> list[Row]:
        """With the segments of all of them; two queries."""
        chosen = promoted.segments_of([pick.pk for pick in found])
        ids = set().union(*chosen.values())
        known = Segment.objects.in_bulk(ids)
        user = self.request.user
        names = {pk: label_for(segment, user) for pk, segment in known.items()}
        return [
            Row(pick, sorted(names[pk] for pk in chosen.get(pick.pk, ())))
            for pick in found
        ]


class ListView(PromotedScreen):
    """Every word with promoted results, and for whom each of them is."""

    template_name = "crm_plugin/promoted/index.html"
    page_title = gettext_lazy("Promoted results: for whom")

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = picks.every().order_by("query__query_string", "sort_order", "pk")
        page = CappedPaginator(rows, 50).get_page(request.GET.get("p"))
        context = self.get_context_data(rows=self.rows(list(page)), page_obj=page)
        return self.render_to_response(context)


class EditView(PromotedScreen):
    """For whom the promoted results of one word are; it takes effect at once."""

    template_name = "crm_plugin/promoted/edit.html"
    page_title = gettext_lazy("For whom each result is")

    def get_page_subtitle(self) -> str:
        return self.found[0].query.query_string

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        above = {"url": reverse("crm_promoted:index"), "label": ListView.page_title}
        here = {"url": "", "label": self.page_title, "sublabel": self.page_subtitle}
        return [*self.breadcrumbs_items, above, here]

    @cached_property
    def found(self) -> list[Any]:
        rows = list(picks.every().filter(query=self.kwargs["query_id"]))
        if not rows:
            raise Http404
        return rows

    @cached_property
    def chosen(self) -> promoted.Chosen:
        return promoted.segments_of([pick.pk for pick in self.found])

    @cached_property
    def offered(self) -> QuerySet:
        return Segment.objects.visible_to(self.request.user).of_people()

    def form(self, data: Any = None) -> forms.Form:
        form, seen = forms.Form(data), {segment.pk for segment in self.offered}
        form.user = self.request.user
        boxes: list[Any] = []
        for pick in self.found:
            form.fields[f"pick-{pick.pk}"] = field = SegmentsField(
                queryset=self.offered,
                label=pick.title,
                initial=sorted(seen & {*self.chosen.get(pick.pk, ())}),
                required=False,
            )
            # The same for each of them, and so read once.
            boxes = boxes or list(field.choices)
            field.widget.choices = boxes
        return form

    def get(self, request: HttpRequest, query_id: int) -> HttpResponse:
        return self.show(self.form())

    @transaction.atomic
    def post(self, request: HttpRequest, query_id: int) -> HttpResponse:
        # Who saves second waits until the first has saved.
        list(picks.every().filter(query=query_id).select_for_update(of=("self",)))
        form = self.form(request.POST)
        if not form.is_valid():
            return self.show(form)
        theirs = meanwhile.since(meanwhile.seen(request), self.form(), form)
        if theirs:
            messages.error(request, meanwhile.CHANGED)
            return self.show(form, theirs)
        for pick in self.found:
            wanted = [*form.cleaned_data[f"pick-{pick.pk}"], *self._hidden(pick)]
            promoted.show_to(pick, wanted, by=request.user)
        messages.success(request, _("Saved. Visitors' searches obey from now on."))
        return redirect("crm_promoted:index")

    @cached_property
    def unseen(self) -> dict[int, Segment]:
        """What somebody with more rights chose, for whichever of the picks."""
        others = Segment.objects.exclude(pk__in=self.offered.values("pk"))
        return others.in_bulk(set().union(*self.chosen.values()))

    def _hidden(self, pick: Any) -> list[Segment]:
        """What somebody with more rights chose stays."""
        chosen = self.chosen.get(pick.pk, frozenset())
        return [self.unseen[pk] for pk in sorted(chosen & self.unseen.keys())]

    def show(
        self, form: forms.Form, theirs: meanwhile.Facts | None = None
    ) -> HttpResponse:
        hidden = [pick.title for pick in self.found if self._hidden(pick)]
        context = self.get_context_data(
            form=form,
            fields=[(pick, form[f"pick-{pick.pk}"]) for pick in self.found],
            hidden=hidden,
            query_id=self.kwargs["query_id"],
            told=told(self.found, self.request),
            **meanwhile.carried(self.request, self.form, theirs),
        )
        return self.render_to_response(context)


def told(found: list[Any], request: HttpRequest) -> journal.Page[changes.Told]:
    """The changes on these picks, with the names that the reader may see."""
    titles = {pick.pk: pick.title for pick in found}
    about = journal.Change.objects.filter(about=found[0].query_id, model=promoted.MODEL)

    def tell(ids: list[int]) -> list[changes.Told]:
        rows = about.filter(operation__in=ids).select_related("operation__by")
        rows = rows.order_by("-operation_id", "id")
        named = {pk for row in rows for pk in (*row.old, *row.new)}
        visible = Segment.objects.visible_to(request.user).filter(pk__in=named)
        return changes.by_operation(rows, _line(titles, visible))

    return journal.page(about, tell, before=changes.before(request))


def _line(
    titles: dict[int, str], segments: QuerySet[Segment]
) -> Callable[[journal.Change], changes.Line]:
    names = {segment.pk: str(segment) for segment in segments}

    def line(row: journal.Change) -> changes.Line:
        old, new = (
            ", ".join(names.get(pk, "…") for pk in ids) or _("everybody")
            for ids in (row.old, row.new)
        )
        return titles.get(row.object_id, "…"), f"{old} → {new}"

    return line


class PromotedFinder(ModelAdminURLFinder):
    """Where a segment in use can be taken out again."""

    def construct_edit_url(self, instance: PromotedFor) -> str | None:
        pick = instance.pick
        if pick is None or not may_choose(self.user):
            return None
        return reverse("crm_promoted:edit", args=[pick.query_id])


class PromotedViewSet(ViewSet):
    name = "crm_promoted"
    url_prefix = "crm/promoted"
    icon = "pick"
    menu_label = gettext_lazy("Promoted results: for whom")
    menu_order = 901
    menu_hook = "register_settings_menu_item"
    menu_item_class = PromotedMenuItem
    add_to_admin_menu = True

    def on_register(self) -> None:
        super().on_register()
        register_admin_url_finder(PromotedFor, PromotedFinder)

    def get_urlpatterns(self) -> list:
        return [
            path("", ListView.as_view(), name="index"),
            path("<int:query_id>/", EditView.as_view(), name="edit"),
        ]

"""Schemes: groups that do not overlap, in their order, each with its share."""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin import journal, normalise, rules
from crm_plugin.segments import graph, schemes
from crm_plugin.segments.models import Segment, SegmentScheme
from crm_plugin.segments.models.guards import in_turn
from crm_plugin.segments.ready_made import SCHEMES, ensure_scheme
from crm_plugin.segments.refresh import start
from crm_plugin.ui import changes, charts

from .desk import DeskMenuItem
from .schemes_edit import SchemeDeleteView, SchemeEditView
from .schemes_pages import NEEDS, OneScheme, SchemeForm, SchemePage, page_of
from .segments_still import holding


class SchemeMenuItem(DeskMenuItem):
    needs = NEEDS


def shares(classes: list[Segment]) -> charts.Chart:
    """How many stand in each class, in the order in which they choose."""
    whole = sum(row.size for row in classes) or 1
    items = [
        charts.Item(
            str(row),
            row.size,
            text=_("%(n)s (%(percent)d %%)")
            % {"n": f"{row.size:,}", "percent": round(row.size * 100 / whole)},
            url=reverse("crm_segment:inspect", args=[row.pk]),
        )
        for row in classes
    ]
    return charts.bars(
        _("Members of each group"),
        items,
        label_heading=_("Group"),
        value_heading=_("Members"),
    )


class IndexView(SchemePage):
    """Every scheme with its shares; by POST a ready-made one, or an own."""

    template_name = "crm_plugin/segments/schemes.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(SchemeForm())

    def page(self, form: SchemeForm) -> HttpResponse:
        visible = Segment.objects.visible_to(self.request.user)
        found = SegmentScheme.objects.visible_to(self.request.user)
        held = visible.filter(scheme__in=found).in_order()
        classes: dict[int, list[Segment]] = {}
        for row in held:
            classes.setdefault(row.scheme_id, []).append(row)
        known = {scheme.key for scheme in found}
        told = [(scheme, classes.get(scheme.pk, [])) for scheme in found]
        with rules.remembering():
            shown = [(s, shares(rows), holding(rows)) for s, rows in told]
        return self.show(
            form=form,
            shown=shown,
            ready=[(k, v) for k, v in SCHEMES.items() if k not in known],
            may_change=self.may_change,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        self.refuse()
        wanted = request.POST.get("ready")
        if wanted:
            if wanted not in SCHEMES:
                return redirect("crm_scheme:index")
            return redirect(page_of(ensure_scheme(wanted, by=request.user)))
        form = SchemeForm(request.POST)
        if not form.is_valid():
            return self.page(form)
        scheme = self.make(form.cleaned_data)
        messages.success(
            request, _("Now add the first group, and say who belongs to it.")
        )
        return redirect(page_of(scheme))

    def make(self, said: dict[str, str]) -> SegmentScheme:
        """An own one; of two at one instant the second gets another key."""
        by = self.request.user
        try:
            return schemes.create(schemes.key_for(said["name"]), by=by, **said)
        except IntegrityError:
            return schemes.create(schemes.key_for(said["name"]), by=by, **said)


class SchemeView(OneScheme):
    """The groups in the order in which they choose."""

    template_name = "crm_plugin/segments/scheme.html"

    def get_page_title(self) -> str:
        return str(self.scheme)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        classes = self.classes
        with rules.remembering():
            for row in classes:
                row.words = "" if row.rest else rules.sentence(row.rule)
            still = holding(classes)
        return self.show(
            scheme=self.scheme,
            classes=classes,
            still=still,
            ends=self.ends,
            chart=shares(classes),
            order=",".join(str(row.pk) for row in classes if not row.rest),
            told=_moves(self.scheme, classes, request),
            may_change=self.may_change,
            may_delete=self.may_change
            and request.user.has_perm("crm_plugin.delete_segment"),
            add_url=f"{reverse('crm_segment:add')}?scheme={pk}",
        )

    @property
    def ends(self) -> dict[str, int]:
        """Which class can choose no earlier, and which no later."""
        order = schemes.order_of(self.scheme)
        return {"first": order[0], "last": order[-1]} if order else {}


def _moves(
    scheme: SegmentScheme, classes: list[Segment], request: HttpRequest
) -> journal.Page[changes.Told]:
    """Who gave which group another place, of the groups that the reader may see."""
    names = {row.pk: str(row) for row in classes}
    rows = journal.Change.objects.filter(
        about=scheme.pk, model="segment", field="place", object_id__in=names
    )

    def tell(ids: list[int]) -> list[changes.Told]:
        moved = rows.filter(operation__in=ids).select_related("operation__by")
        return changes.by_operation(moved.order_by("-operation_id", "new"), line)

    def line(row: journal.Change) -> changes.Line:
        return names[row.object_id], f"{row.old + 1} → {row.new + 1}"

    return journal.page(rows, tell, before=changes.before(request))


class MoveView(OneScheme):
    """By POST: one group chooses earlier or later; everybody is looked at anew."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, segment_id: int) -> HttpResponse:
        self.refuse()
        if not request.user.has_perm("crm_plugin.change_segment"):
            raise PermissionDenied
        visible = Segment.objects.visible_to(request.user)
        row = get_object_or_404(visible, pk=segment_id, scheme=self.scheme, rest=False)
        step = -1 if request.POST.get("do") == "up" else 1
        said = map(normalise.whole, request.POST.get("order", "").split(","))
        seen = [pk for pk in said if pk is not None]
        try:
            way = self.move(row, step, seen)
            if way:
                text = _("A segment would rest on itself, by way of: %(way)s")
                messages.error(request, text % {"way": " → ".join(way)})
        except journal.Stale as error:
            messages.error(request, error.message)
        return redirect(page_of(self.scheme))

    def move(self, row: Segment, step: int, seen: list[int]) -> list[str]:
        """Move it unless a segment came to rest on itself: then the way is returned."""
        with transaction.atomic():
            if not schemes.move(row, step, by=self.request.user, seen=seen):
                return []
            in_turn()
            if way := graph.circle_in(self.scheme):
                transaction.set_rollback(True)
                return way
            start(row, by=self.request.user)
        return []


class SchemeViewSet(ViewSet):
    name = "crm_scheme"
    url_prefix = "crm/schemes"
    icon = "group"
    menu_label = gettext_lazy("Groups without overlap")
    menu_name = "crm-schemes"
    menu_order = 310
    menu_hook = "register_crm_menu_item"
    menu_item_class = SchemeMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        return [
            path("", IndexView.as_view(), name="index"),
            path("<int:pk>/", SchemeView.as_view(), name="scheme"),
            path("<int:pk>/edit/", SchemeEditView.as_view(), name="edit"),
            path("<int:pk>/delete/", SchemeDeleteView.as_view(), name="delete"),
            path(
                "<int:pk>/<int:segment_id>/move/",
                MoveView.as_view(),
                name="move",
            ),
        ]

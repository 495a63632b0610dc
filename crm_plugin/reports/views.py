"""One screen for every KPI: formula, picture, table, export."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin.ui.exports import may_export, table

from . import kpi
from .kpi import Kpi, Result


def may_read(user: Any) -> bool:
    """Totals are for everybody who works with contacts or campaigns."""
    return user.has_perm("crm_plugin.view_contact") or user.has_perm(
        "crm_plugin.view_campaign"
    )


class ReadersOnly:
    """A door for those who may read the reports; others learn nothing."""

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_read(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """The way here; the last item names this screen."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.get_page_title()}]


class ReportList(ReadersOnly, WagtailAdminTemplateMixin, View):
    template_name = "crm_plugin/reports/index.html"
    page_title = gettext_lazy("Reports")
    header_icon = "table"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render_to_response(self.get_context_data(kpis=kpi.all_kpis()))


class CrmMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_read(request.user)


class KpiView(ReadersOnly, WagtailAdminTemplateMixin, View):
    template_name = "crm_plugin/reports/kpi.html"
    header_icon = "table"

    @cached_property
    def kpi(self) -> Kpi:
        try:
            return kpi.get(self.kwargs["name"])
        except KeyError as error:
            raise Http404 from error

    @cached_property
    def form(self) -> Any:
        """What the reader may choose; bound where the address says something of it."""
        if self.kpi.asks is None:
            return None
        user, said = self.request.user, self.request.GET
        unbound = self.kpi.asks(user=user)
        return (
            self.kpi.asks(said, user=user)
            if set(unbound.fields) & set(said)
            else unbound
        )

    def result(self) -> Result:
        form = self.form
        if form is None or not form.is_bound:
            return self.kpi.result(self.request.user)
        if not form.is_valid():
            return Result([], [])
        return self.kpi.result(self.request.user, form.cleaned_data)

    def get(self, request: HttpRequest, name: str) -> HttpResponseBase:
        result, form = self.result(), self.form
        wrong = form is not None and bool(form.errors)
        if request.GET.get("export") and not wrong:
            return self.export(result)
        leads = request.user.has_perm("crm_plugin.view_contact")
        return self.render_to_response(
            self.get_context_data(
                kpi=self.kpi,
                form=form,
                wrong=wrong,
                media=form.media if form is not None else "",
                result=result,
                columns=_columns(result),
                lines=_lines(result, leads=leads),
                more_url=self.more_url(result, leads=leads),
                may_export=may_export(request.user) and not wrong,
                asked=_asked(request),
            )
        )

    def more_url(self, result: Result, *, leads: bool) -> str:
        """The list behind the figures, for whom there is one."""
        if self.kpi.more:
            return reverse(self.kpi.more)
        return result.everybody if leads else ""

    def export(self, result: Result) -> HttpResponseBase:
        """The table as a file; its own permission, and an entry in the journal."""
        return table(
            self.request,
            "report",
            result.headings,
            result.rows,
            count=len(result.rows),
            name=self.kpi.name,
        )

    def get_page_title(self) -> str:
        return str(self.kpi.title)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("crm_report:index"), "label": gettext_lazy("Reports")},
            {"url": "", "label": self.kpi.title},
        ]


def _columns(result: Result) -> list[tuple[Any, bool]]:
    """The headings, each with whether words stand below it."""
    first = result.rows[0] if result.rows else [""] * len(result.headings)
    words = [isinstance(cell, str) for cell in first]
    return list(zip(result.headings, words, strict=False))


def _lines(result: Result, *, leads: bool) -> list[list[tuple[Any, str]]]:
    """The rows, each cell with where it leads, for whom it leads anywhere."""
    links = result.links if leads else {}
    return [
        [(cell, links.get((y, x), "")) for x, cell in enumerate(row)]
        for y, row in enumerate(result.rows)
    ]


def _asked(request: HttpRequest) -> str:
    """What the address asks for, apart from a file; with a sign to go on."""
    said = request.GET.copy()
    said.pop("export", None)
    return f"{said.urlencode()}&" if said else ""


class ReportViewSet(ViewSet):
    name = "crm_report"
    url_prefix = "crm/reports"
    icon = "table"
    menu_label = gettext_lazy("Reports")
    menu_order = 500
    menu_hook = "register_crm_menu_item"
    menu_item_class = CrmMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        return [
            path("", ReportList.as_view(), name="index"),
            path("<slug:name>/", KpiView.as_view(), name="show"),
        ]

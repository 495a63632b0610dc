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

from crm_plugin import journal
from crm_plugin.ui.exports import csv_response, refused, xlsx_response

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


WRITERS = {"csv": csv_response, "xlsx": xlsx_response}


class KpiView(ReadersOnly, WagtailAdminTemplateMixin, View):
    template_name = "crm_plugin/reports/kpi.html"
    header_icon = "table"

    @cached_property
    def kpi(self) -> Kpi:
        try:
            return kpi.get(self.kwargs["name"])
        except KeyError as error:
            raise Http404 from error

    def get(self, request: HttpRequest, name: str) -> HttpResponseBase:
        result = self.kpi.result(request.user)
        wanted = request.GET.get("export", "")
        if wanted:
            return self.export(result, wanted)
        return self.render_to_response(
            self.get_context_data(
                kpi=self.kpi,
                result=result,
                columns=_columns(result),
                more_url=reverse(self.kpi.more) if self.kpi.more else "",
                may_export=request.user.has_perm("crm_plugin.export_contact"),
            )
        )

    def export(self, result: Result, wanted: str) -> HttpResponseBase:
        """The table as a file; its own permission, and an entry in the journal."""
        if not self.request.user.has_perm("crm_plugin.export_contact"):
            return refused(self.request)
        if wanted not in WRITERS:
            raise Http404
        about = {"rows": len(result.rows), "columns": [str(h) for h in result.headings]}
        journal.record(
            "export",
            [("report", 0, "export", None, about)],
            by=self.request.user,
            summary=f"{self.kpi.name} {wanted}",
        )
        return WRITERS[wanted](result.headings, result.rows, name=self.kpi.name)

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

"""Where a site sells to consumers only, organisations have no screens at all."""

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.menu import MenuItem

from crm_plugin.conf import CrmSettings


class OrganisationMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return (
            request.user.has_perm("crm_plugin.view_organisation")
            and not CrmSettings.load().consumers_only
        )


class ForOrganisations:
    """Put before a view of this folder: 404 for consumers only, and the way back."""

    header_icon = "group"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if CrmSettings.load().consumers_only:
            raise Http404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def trail(self, *rows: Any) -> list[dict[str, Any]]:
        """Breadcrumbs: the list, the given records, and this page."""
        items = [
            {"url": reverse("crm_organisation:index"), "label": _("Organisations")}
        ]
        items += [{"url": row.get_admin_url(), "label": str(row)} for row in rows]
        return [*self.breadcrumbs_items, *items, {"url": "", "label": self.here()}]  # type: ignore[attr-defined]

    def here(self) -> str:
        return str(self.get_page_title())  # type: ignore[attr-defined]

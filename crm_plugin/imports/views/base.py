"""What the wizard's pages share: who may see them, and the way back."""

from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from crm_plugin.imports.applying import NotReady
from crm_plugin.imports.models import ImportBatch
from crm_plugin.imports.steps import WrongState

PERMISSION = "crm_plugin.import_contact"
STEPS = [
    ("upload", gettext_lazy("File")),
    ("columns", gettext_lazy("Columns")),
    ("basis", gettext_lazy("Basis")),
    ("check", gettext_lazy("Check")),
    ("result", gettext_lazy("Result")),
]


def may_import(user: Any, noun: str = "") -> bool:
    """Importing is a right of its own; purchases also need the right to add them."""
    if not user.has_perm(PERMISSION):
        return False
    purchases = noun == ImportBatch.Noun.PURCHASES
    return not purchases or user.has_perm("crm_plugin.add_purchase")


class ImportView(WagtailAdminTemplateMixin, View):
    """A page of the wizard."""

    header_icon = "upload"
    page_title = gettext_lazy("Imports")
    step = "upload"

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not may_import(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("crm_import:index"), "label": _("Imports")},
            {"url": "", "label": self.get_page_subtitle() or _("New import")},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(steps=self._steps(), **kwargs)

    def _steps(self) -> list[dict[str, Any]]:
        names = [name for name, _label in STEPS]
        now = names.index(self.step)
        return [
            {"label": label, "done": place < now, "now": place == now}
            for place, (name, label) in enumerate(STEPS)
            if name != "basis" or not self._is_of_purchases()
        ]

    def _is_of_purchases(self) -> bool:
        return False


class BatchView(ImportView):
    """A page about one sheet; hidden sheets do not exist."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        except (WrongState, NotReady):
            messages.warning(request, _("This step is over. Here is where it stands."))
            return self.back()

    @cached_property
    def batch(self) -> ImportBatch:
        rows = ImportBatch.objects.visible_to(self.request.user).defer("file")
        batch = get_object_or_404(
            rows.select_related("topic", "by", "operation"),
            public_id=self.kwargs["public_id"],
        )
        if not may_import(self.request.user, batch.noun):
            raise PermissionDenied
        return batch

    def get_page_subtitle(self) -> str:
        return self.batch.file_name

    def url(self, name: str) -> str:
        return reverse(f"crm_import:{name}", args=[self.batch.public_id])

    def back(self) -> HttpResponseRedirect:
        return HttpResponseRedirect(self.url("batch"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(batch=self.batch, **kwargs)

    def _is_of_purchases(self) -> bool:
        return self.batch.noun == ImportBatch.Noun.PURCHASES

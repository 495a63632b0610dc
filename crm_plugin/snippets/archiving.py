"""Taking one record out of every list, finding it again, and bringing it back."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import Button

from crm_plugin.contacts import archiving
from crm_plugin.contacts.models import Contact, Organisation
from crm_plugin.snippets.desk import MomentColumn
from crm_plugin.ui.listing import EmptyStateMixin


class ArchiveView(View):
    """By POST; *do* is ``archive`` or ``bring_back``."""

    http_method_names = ["post"]
    model: type[Contact] | type[Organisation] = Contact

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.has_perm(
            f"crm_plugin.change_{self.model._meta.model_name}"
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = self.model.objects.visible_to(request.user)
        row: Any = get_object_or_404(rows, pk=kwargs["pk"])
        if request.POST.get("do") == "bring_back":
            archiving.bring_back(row, by=request.user)
            text = _("%(record)s is back in all lists.")
        else:
            archiving.archive(row, by=request.user)
            text = _("%(record)s is archived. Nothing was deleted.")
        messages.success(request, text % {"record": row})
        return redirect(row.get_admin_url())


class ArchivedView(EmptyStateMixin, generic.IndexView):
    """What was archived, the last one first; each leads to its record."""

    page_title = gettext_lazy("Archived records")
    empty_text = gettext_lazy(
        "Nothing is archived. A record is archived at the end of its own page, many by a"
        " bulk change of the list."
    )
    default_ordering = ("-archived_at", "-id")
    paginate_by = 50
    is_searchable = False
    list_export: list[str] = []

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.has_perm(f"crm_plugin.view_{self.model._meta.model_name}"):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_base_queryset(self) -> QuerySet:
        rows = self.model.objects.visible_to(self.request.user)
        return rows.filter(archived_at__isnull=False)

    @property
    def columns(self) -> list[Column]:
        return [
            TitleColumn(
                "name",
                label=_("Name"),
                accessor=str,
                get_url=lambda row: row.get_admin_url(),
            ),
            MomentColumn("archived_at", label=_("archived at")),
        ]

    def get_edit_url(self, instance: Any) -> None:
        return None

    @property
    def header_buttons(self) -> list[Any]:
        return []


def context(row: Contact | Organisation, user: Any) -> dict[str, Any]:
    """What ``archive.html`` shows at the end of a record, or on top of an archived one."""
    name = row._meta.model_name
    may = user.has_perm(f"crm_plugin.change_{name}")
    return {"archive_url": may and reverse(f"crm_{name}:archive", args=[row.pk])}


def button(model: type[Contact] | type[Organisation]) -> list[Button]:
    """The way from the list to what is archived."""
    url = reverse(f"crm_{model._meta.model_name}:archived")
    return [Button(_("Archived records"), url=url, icon_name="folder")]

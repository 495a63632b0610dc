"""Attribute definitions with their choices: fields that staff add without code."""

import copy
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from crm_plugin.conf import CrmSettings
from crm_plugin.contacts import definitions, usage
from crm_plugin.contacts.models import AttributeDefinition
from crm_plugin.ui import changes, meanwhile
from crm_plugin.ui.exports import ShownExportMixin
from crm_plugin.ui.listing import EmptyStateMixin, YesNoColumn

from .attribute_forms import DefinitionForm, choice_rows, in_order

TOLD = ("attributedefinition", "attributechoice")


class DefinitionListView(ShownExportMixin, EmptyStateMixin, generic.IndexView):
    empty_text = gettext_lazy(
        "There are no attributes yet. Add what you would like to know of your contacts,"
        " such as a favourite dish."
    )
    default_ordering = ("describes", "order", "label")
    page_title = gettext_lazy("Attributes")

    def get_base_queryset(self) -> QuerySet[AttributeDefinition]:
        rows = AttributeDefinition.objects.readable_by(self.request.user)
        if CrmSettings.load().consumers_only:
            return rows.describing("contact")
        return rows

    @cached_property
    def columns(self) -> list[Column]:
        return [
            TitleColumn(
                "label",
                label=_("Name"),
                accessor="display_label",
                get_url=lambda row: reverse("crm_attribute:edit", args=[row.pk]),
            ),
            Column("key", label=_("Key"), classname="crm-wide"),
            Column("type", label=_("Type"), accessor="get_type_display"),
            Column("describes", label=_("Describes"), accessor="get_describes_display"),
            Column("group", label=_("Group"), classname="crm-wide"),
            Column(
                "area",
                label=_("Data area"),
                accessor="get_area_display",
                classname="crm-wide",
            ),
            YesNoColumn("classifiable", label=_("Classifiable"), classname="crm-wide"),
            YesNoColumn("sensitive", label=_("Sensitive"), classname="crm-wide"),
            YesNoColumn("active", label=_("Active")),
        ]

    def get_edit_url(self, instance: AttributeDefinition) -> None:
        return None


class DefinitionView(
    generic.PermissionCheckedMixin, generic.WagtailAdminTemplateMixin, View
):
    """The form of one definition and the rows of its choices."""

    model = AttributeDefinition
    template_name = "crm_plugin/contacts/attribute_form.html"
    header_icon = "tag"
    row: AttributeDefinition | None = None
    now: AttributeDefinition | None = None

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.form = DefinitionForm(instance=self.row)
        self.rows = choice_rows(instance=self.row)
        return self.show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.form = DefinitionForm(request.POST, instance=self.row)
        self.rows = choice_rows(request.POST, instance=self.row)
        if not (self.form.is_valid() & self.rows.is_valid()) or self.lacks_choices():
            messages.error(request, _("Nothing was saved yet: please look below."))
            return self.show()
        with transaction.atomic():
            if theirs := self.told_since():
                messages.error(request, meanwhile.CHANGED)
                return self.show(theirs)
            definition = self.form.save()
            definitions.tell(self.form.was, definition, by=request.user)
            rows = in_order(self.rows)
            kept = definitions.save_choices(definition, rows, by=request.user)
        messages.success(request, _("Saved; forms and imports offer it at once."))
        if kept:
            messages.warning(
                request,
                _("In use, so only switched off: %s") % ", ".join(map(str, kept)),
            )
        return redirect("crm_attribute:index")

    def lacks_choices(self) -> bool:
        if "choice" not in self.form.cleaned_data["type"]:
            return False
        said = [f.cleaned_data for f in self.rows.forms if f.cleaned_data.get("label")]
        if said:
            return False
        self.form.add_error("type", _("Write at least one choice below."))
        return True

    def told_since(self) -> meanwhile.Facts:
        """What somebody else has saved since the form was opened; nothing of a new one."""
        if self.row is None:
            return []
        rows = AttributeDefinition.objects.select_for_update()
        self.now = rows.get(pk=self.row.pk)
        said = meanwhile.seen(self.request)
        return meanwhile.since(said, self.opened(), self.form)

    def opened(self) -> DefinitionForm:
        form = DefinitionForm(instance=copy.copy(self.now or self.row))
        form.told_rows = {"choices": choice_rows(instance=self.now or self.row)}
        return form

    def show(self, theirs: meanwhile.Facts | None = None) -> HttpResponse:
        return self.render_to_response(
            self.get_context_data(
                form=self.form,
                rows=self.rows,
                **meanwhile.carried(self.request, self.opened, theirs),
                **self.usage(),
                media=self.form.media,
                action_url=self.request.path,
                submit_button_label=_("Save"),
                has_unsaved_changes=self.form.is_bound,
            )
        )

    def usage(self) -> dict[str, Any]:
        """What would be touched by switching it off; nothing of a new one."""
        if self.row is None:
            return {}
        # A form that was refused has changed the row that it was made of.
        form = getattr(self, "form", None)
        row = form.was if form else self.row
        return {
            "definition": row,
            "used": definitions.held(row),
            "places": usage.places(row, user=self.request.user),
            "may_delete": self.user_has_permission("delete"),
            "told": changes.told(row, *TOLD, request=self.request),
        }

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("crm_attribute:index"), "label": _("Attributes")}
        here = {"url": "", "label": self.get_page_title()}
        return [*self.breadcrumbs_items, index, here]


class DefinitionAddView(DefinitionView):
    permission_required = "add"
    page_title = gettext_lazy("Add an attribute")


class DefinitionEditView(DefinitionView):
    permission_required = "change"

    @cached_property
    def row(self) -> AttributeDefinition:  # type: ignore[override]
        rows = AttributeDefinition.objects.readable_by(self.request.user)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        return self.row.display_label


class DefinitionDeleteView(DefinitionEditView):
    """Only for what nothing uses; the rest is switched off."""

    permission_required = "delete"
    template_name = "crm_plugin/contacts/attribute_delete.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.ask()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        name = self.row.display_label
        try:
            definitions.delete(self.row, by=request.user)
        except definitions.InUse:
            messages.error(request, _("It is in use, so nothing was deleted."))
            return self.ask()
        words = _("The attribute “%(name)s” was deleted.") % {"name": name}
        messages.success(request, words)
        return redirect("crm_attribute:index")

    def ask(self) -> HttpResponse:
        told = self.usage()
        free = not told["used"]["count"] and not told["places"]
        return self.render_to_response(self.get_context_data(free=free, **told))


class AttributeViewSet(ModelViewSet):
    model = AttributeDefinition
    name = "crm_attribute"
    url_namespace = "crm_attribute"
    url_prefix = "crm/attributes"
    icon = "tag"
    menu_label = gettext_lazy("Attributes")
    menu_order = 100
    menu_hook = "register_crm_settings_menu_item"
    add_to_admin_menu = True
    copy_view_enabled = False
    add_to_reference_index = False
    form_fields: list[str] = []
    index_view_class = DefinitionListView
    list_export = DefinitionListView.list_export
    add_view_class = DefinitionAddView
    edit_view_class = DefinitionEditView
    delete_view_class = DefinitionDeleteView

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        gone = {"history_url_name": None}
        return super().get_common_view_kwargs(
            **{**gone, "usage_url_name": None, **kwargs}
        )

    def get_urlpatterns(self) -> list:
        wanted = {"index", "index_results", "add", "edit", "delete"}
        return [entry for entry in super().get_urlpatterns() if entry.name in wanted]

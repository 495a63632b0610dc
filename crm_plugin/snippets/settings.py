"""The one row of settings that owners edit."""

import copy
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import (
    PermissionCheckedMixin,
    WagtailAdminTemplateMixin,
)
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin import journal
from crm_plugin.conf import CrmSettings, setting
from crm_plugin.ui import changes, meanwhile

# What stands in for a blank.
DEFAULTS = {
    "answer_hours": "CRM_ANSWER_HOURS",
    "dormant_days": "CRM_DORMANT_DAYS",
    "lost_days": "CRM_LOST_DAYS",
    "ltv_years": "CRM_LTV_YEARS",
    "margin_percent": "CRM_MARGIN_PERCENT",
    "provisional_days": "CRM_PROVISIONAL_DAYS",
}


class SettingsForm(forms.ModelForm):
    class Meta:
        model = CrmSettings
        fields = [
            "business_name",
            "phone",
            "answer_hours",
            "fiscal_year_start",
            "consumers_only",
            "dormant_days",
            "lost_days",
            "ltv_years",
            "margin_percent",
            "provisional_days",
            "notices_to",
            "purpose_of_use",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, default in DEFAULTS.items():
            self.fields[name].widget.attrs["placeholder"] = setting(default)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        dormant = data.get("dormant_days") or setting("CRM_DORMANT_DAYS")
        lost = data.get("lost_days") or setting("CRM_LOST_DAYS")
        if lost <= dormant:
            self.add_error("lost_days", _("Lost comes later than dormant."))
        return data


class SettingsView(PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    model = CrmSettings
    permission_required = "change"
    template_name = "crm_plugin/settings.html"
    page_title = gettext_lazy("CRM settings")
    header_icon = "cog"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(SettingsForm(instance=CrmSettings.load()))

    @transaction.atomic
    def post(self, request: HttpRequest) -> HttpResponse:
        row = CrmSettings.objects.select_for_update().first() or CrmSettings()
        form = SettingsForm(request.POST, instance=copy.copy(row))
        if not form.is_valid():
            messages.error(request, _("Nothing was saved yet: please look below."))
            return self.show(form)
        opened = SettingsForm(instance=row)
        theirs = meanwhile.since(meanwhile.seen(request), opened, form)
        if theirs:
            messages.error(request, meanwhile.CHANGED)
            return self.show(form, theirs)
        if row.pk is None:
            row.save()
        journal.edit(row, form.cleaned_data, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("crm_settings:edit")

    def show(
        self, form: SettingsForm, theirs: meanwhile.Facts | None = None
    ) -> HttpResponse:
        return self.render_to_response(
            self.get_context_data(
                form=form,
                **meanwhile.carried(self.request, self.opened, theirs),
                told=self.told(),
                media=form.media,
                action_url=self.request.path,
                submit_button_label=_("Save"),
                has_unsaved_changes=form.is_bound,
            )
        )

    def opened(self) -> SettingsForm:
        return SettingsForm(instance=CrmSettings.load())

    def told(self) -> journal.Page[changes.Told]:
        row = CrmSettings.load()
        return changes.told(row, "crmsettings", request=self.request)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]


class SettingsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm("crm_plugin.change_crmsettings")


class SettingsViewSet(ViewSet):
    name = "crm_settings"
    url_prefix = "crm/settings"
    icon = "cog"
    menu_label = gettext_lazy("Business and defaults")
    menu_order = 10
    menu_hook = "register_crm_settings_menu_item"
    menu_item_class = SettingsMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        return [path("", SettingsView.as_view(), name="edit")]

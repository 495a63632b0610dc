"""The stages of deals and the reasons for losing them, as the site keeps them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column

from crm_plugin.sales.models import DealStage, LostReason
from crm_plugin.ui.journalled import JournalledViewSet
from crm_plugin.ui.listing import ListView, YesNoColumn

FIELDS = ["name", "name_ja", "key", "order", "active"]


class StageForm(WagtailAdminModelForm):
    """A board without a way in, or without an end, is of no use."""

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        stage = self.instance
        if stage.pk is None:
            return said
        stored = DealStage.objects.get(pk=stage.pk)
        kind = said.get("kind", stored.kind)
        if kind != stored.kind and stored.deals.exists():
            text = _("Deals stand in this stage: its kind cannot change any more.")
            raise ValidationError({"kind": text})
        leaves = kind != stored.kind or not said.get("active", True)
        others = DealStage.objects.filter(kind=stored.kind, active=True)
        if leaves and not others.exclude(pk=stage.pk).exists():
            text = _("At least one active stage of this kind is needed.")
            raise ValidationError(text)
        return said


class StageListView(ListView):
    empty_text = gettext_lazy(
        "There are no stages yet. The command crm_setup makes a set to begin with."
    )


class ReasonListView(ListView):
    empty_text = gettext_lazy(
        "There are no reasons yet. They tell later why deals were lost."
    )


class DealStageViewSet(JournalledViewSet):
    model = DealStage
    name = "crm_deal_stage"
    url_prefix = "crm/deal-stages"
    icon = "pick"
    menu_label = gettext_lazy("Stages of deals")
    menu_hook = "register_crm_settings_menu_item"
    menu_order = 330
    add_to_admin_menu = True
    copy_view_enabled = False
    index_view_class = StageListView
    form_fields = [*FIELDS[:2], "kind", *FIELDS[2:]]
    list_display = [
        "name",
        Column("kind", label=gettext_lazy("Kind"), accessor="get_kind_display"),
        "order",
        YesNoColumn("active", label=gettext_lazy("Active")),
    ]
    search_fields = ["name", "name_ja"]
    search_backend_name = None
    ordering = ["order", "id"]

    def get_form_class(self, for_update: bool = False) -> Any:
        class Form(StageForm):
            class Meta:
                model = DealStage
                fields = DealStageViewSet.form_fields

        return Form


class LostReasonViewSet(JournalledViewSet):
    model = LostReason
    name = "crm_lost_reason"
    url_prefix = "crm/lost-reasons"
    icon = "cross"
    menu_label = gettext_lazy("Reasons for losing")
    menu_hook = "register_crm_settings_menu_item"
    menu_order = 340
    add_to_admin_menu = True
    copy_view_enabled = False
    index_view_class = ReasonListView
    form_fields = FIELDS
    list_display = [
        "name",
        "order",
        YesNoColumn("active", label=gettext_lazy("Active")),
    ]
    search_fields = ["name", "name_ja"]
    search_backend_name = None
    ordering = ["order", "id"]

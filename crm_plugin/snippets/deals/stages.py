"""The stages of deals and the reasons for losing them, as the site keeps them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column

from crm_plugin.sales.models import DealStage, LostReason
from crm_plugin.ui.journalled import KeptListView
from crm_plugin.ui.keys import KeyedViewSet, KeyForm
from crm_plugin.ui.listing import FigureColumn, YesNoColumn

FIELDS = ["name", "name_ja", "key", "order", "active"]


class StageForm(KeyForm):
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


class StageListView(KeptListView):
    empty_text = gettext_lazy(
        "There are no stages yet. The command crm_setup makes a set to begin with."
    )


class ReasonListView(KeptListView):
    empty_text = gettext_lazy(
        "There are no reasons yet. They tell later why deals were lost."
    )


class DealStageViewSet(KeyedViewSet):
    model = DealStage
    name = "crm_deal_stage"
    url_prefix = "crm/deal-stages"
    icon = "pick"
    menu_label = gettext_lazy("Stages of deals")
    menu_order = 330
    base_form_class = StageForm
    index_view_class = StageListView
    form_fields = [*FIELDS[:2], "kind", *FIELDS[2:]]
    list_display = [
        "name",
        Column("kind", label=gettext_lazy("Kind"), accessor="get_kind_display"),
        FigureColumn("order", label=gettext_lazy("Order"), sort_key="order"),
        YesNoColumn("active", label=gettext_lazy("Active")),
    ]
    ordering = ["order", "id"]


class LostReasonViewSet(KeyedViewSet):
    model = LostReason
    name = "crm_lost_reason"
    url_prefix = "crm/lost-reasons"
    icon = "cross"
    menu_label = gettext_lazy("Reasons for losing")
    menu_order = 340
    index_view_class = ReasonListView
    form_fields = FIELDS
    list_display = [
        "name",
        FigureColumn("order", label=gettext_lazy("Order"), sort_key="order"),
        YesNoColumn("active", label=gettext_lazy("Active")),
    ]
    ordering = ["order", "id"]

"""Purchases: the list, one sale with its lines, correcting it, giving things back."""

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.model import ModelViewSet

from crm_plugin.sales.models import Purchase
from crm_plugin.ui.journalled import ChangesView

from .editing import PurchaseCreateView, PurchaseDeleteView, PurchaseEditView
from .forms import NewPurchaseForm, PurchaseForm
from .give_back import GiveBackView
from .listing import (
    AmountColumn,
    ContactColumn,
    PurchaseFilterSet,
    PurchaseIndexView,
    items,
)


class PurchaseViewSet(ModelViewSet):
    model = Purchase
    name = "crm_purchase"
    url_prefix = "crm/purchases"
    icon = "tag"
    menu_label = _("Purchases")
    menu_hook = "register_crm_menu_item"
    menu_order = 230
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = False
    index_view_class = PurchaseIndexView
    add_view_class = PurchaseCreateView
    edit_view_class = PurchaseEditView
    delete_view_class = PurchaseDeleteView
    history_view_class = ChangesView
    filterset_class = PurchaseFilterSet
    ordering = ["-at", "-id"]
    list_per_page = 50
    search_fields = ["member_number"]
    list_export = ["at"]
    export_filename = "purchases"
    list_display = [
        "when",
        ContactColumn("contact", label=_("Who")),
        Column("items", label=_("Items"), accessor=items),
        AmountColumn("amount", label=_("Amount"), sort_key="amount"),
        Column(
            "payment",
            label=_("Payment"),
            accessor="get_payment_display",
            sort_key="payment",
            classname="crm-wide",
        ),
        Column(
            "channel",
            label=_("Channel"),
            accessor="get_channel_display",
            sort_key="channel",
            classname="crm-wide",
        ),
    ]

    def get_form_class(self, for_update: bool = False) -> type[PurchaseForm]:
        return PurchaseForm if for_update else NewPurchaseForm

    def get_history_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_history_view_kwargs(told_rows=("lines",), **kwargs)

    def get_urlpatterns(self) -> list:
        back = path("<int:pk>/give-back/", GiveBackView.as_view(), name="give_back")
        return [*super().get_urlpatterns(), back]

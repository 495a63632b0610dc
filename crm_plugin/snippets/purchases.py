"""Purchases: the list, one sale, and correcting it."""

from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from crm_plugin.contacts import match, points, search
from crm_plugin.contacts.models import Contact
from crm_plugin.sales.edit import correct_purchase, remove_purchase
from crm_plugin.sales.models import ProductCategory, Purchase
from crm_plugin.sales.record import Line, record_purchase
from crm_plugin.ui.exports import SafeExportMixin
from crm_plugin.ui.listing import EmptyStateMixin
from crm_plugin.ui.money import format_money


class PurchaseFilterSet(WagtailFilterSet):
    on = django_filters.DateFromToRangeFilter(
        label=_("Day"), widget=DateRangePickerWidget
    )
    category = django_filters.ModelChoiceFilter(
        field_name="lines__category",
        queryset=ProductCategory.objects.all(),
        label=_("Category"),
        distinct=True,
    )
    unknown = django_filters.BooleanFilter(
        method="filter_unknown",
        label=_("Without a contact"),
        widget=forms.Select(choices=[("", "---------"), ("true", _("Yes"))]),
    )

    class Meta:
        model = Purchase
        fields = ["on", "payment", "category"]

    def filter_unknown(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows.filter(contact=None) if value else rows


class AmountColumn(Column):
    """Money, aligned to the right, with the installation's currency."""

    cell_template_name = "crm_plugin/sales/amount_cell.html"


def items(purchase: Purchase) -> str:
    """What was bought, from lines that are fetched with the list."""
    return ", ".join(line.name for line in purchase.lines.all())


class ContactColumn(Column):
    """Who bought, with a link to the record, or the number that nobody knows."""

    cell_template_name = "crm_plugin/sales/contact_cell.html"


class VisibleMixin:
    """Every view of purchases starts from what the user may see."""

    def get_page_subtitle(self) -> str:
        return f"{self.object.when()} {format_money(self.object.amount)}"

    def _visible(self, rows: QuerySet) -> QuerySet:
        return rows.visible_to(self.request.user)

    def get_base_object_queryset(self) -> QuerySet:
        return self._visible(Purchase.objects.all())

    def get_queryset(self) -> QuerySet:
        return self._visible(super().get_queryset())


class PurchaseIndexView(EmptyStateMixin, SafeExportMixin, generic.IndexView):
    empty_text = _(
        "There are no purchases yet. Add one by hand, or import the file of your till."
    )
    is_searchable = True

    def get_base_queryset(self) -> QuerySet:
        rows = Purchase.objects.visible_to(self.request.user)
        return rows.select_related("contact").prefetch_related("lines")

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.is_searching:
            return queryset
        found = search.find(self.search_query, user=self.request.user)
        return queryset.filter(contact__in=found.values("pk"))

    def export_header(self, queryset: QuerySet) -> list[str]:
        return [
            str(label)
            for label in (
                _("Day"),
                _("Time"),
                _("Contact"),
                _("Member number"),
                _("Items"),
                _("Amount"),
                _("Payment"),
            )
        ]

    def export_rows(self, objects: list[Purchase]) -> Any:
        for row in objects:
            yield [
                row.on,
                row.at,
                str(row.contact or ""),
                row.member_number,
                items(row),
                row.amount,
                row.get_payment_display(),
            ]


LOOK_UPS = {"card": match.by_card, "email": match.by_email, "phone": match.by_phone}


class PurchaseForm(WagtailAdminModelForm):
    """Who bought, when and how it was paid; the person is found, never chosen blindly."""

    person = forms.CharField(
        label=_("Who"),
        required=False,
        max_length=254,
        help_text=_("Member number, e-mail address or phone number."),
    )

    class Meta:
        model = Purchase
        fields = ["at", "payment"]

    field_order = ["person", "at", "payment"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contact = self.instance.contact if self.instance.pk else None
        if contact:
            self.fields["person"].help_text = format_html(
                '{} <a href="{}">{}</a>. {}',
                _("Now:"),
                contact.get_admin_url(),
                contact,
                _("Fill in only to give the purchase to somebody else."),
            )

    def clean_person(self) -> Contact | None:
        typed = self.cleaned_data["person"]
        if not typed:
            return self.instance.contact if self.instance.pk else None
        for kind, look_up in LOOK_UPS.items():
            known = look_up([points.norm(kind, typed)])
            found = [pk for ids in known.values() for pk in ids]
            contact = Contact.objects.visible_to(self.for_user).filter(pk__in=found)
            if one := contact.order_by("pk").first():
                return one
        raise ValidationError(_("Nobody is known under this."))


class NewPurchaseForm(PurchaseForm):
    item = forms.CharField(label=_("Item"), max_length=120)
    category = forms.ModelChoiceField(
        ProductCategory.objects.all(), label=_("Category"), required=False
    )
    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=2)
    returned = forms.BooleanField(label=_("This is a return"), required=False)

    field_order = ["person", "at", "item", "category", "amount", "returned", "payment"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].initial = timezone.now

    def line(self) -> Line:
        data = self.cleaned_data
        amount: Decimal = abs(data["amount"]) if data["returned"] else data["amount"]
        category = data["category"].key if data["category"] else ""
        return Line(
            data["item"], -amount if data["returned"] else amount, category=category
        )


def known_under(contact: Contact) -> str:
    """A number or address that leads to *contact* and to nobody else, or ""."""
    for point in contact.points.filter(kind__in=LOOK_UPS).order_by("-preferred", "id"):
        found = LOOK_UPS[point.kind]([point.value_norm])
        if found.get(point.value_norm) == [contact.pk]:
            return point.value
    return ""


class PurchaseCreateView(generic.CreateView):
    def get_initial(self) -> dict[str, Any]:
        """``?contact=`` comes from the record: that person is filled in."""
        asked = self.request.GET.get("contact", "")
        visible = Contact.objects.visible_to(self.request.user)
        contact = visible.filter(pk=asked).first() if asked.isdecimal() else None
        person = known_under(contact) if contact else ""
        return {**super().get_initial(), "person": person}

    def save_instance(self) -> Purchase:
        data = self.form.cleaned_data
        return record_purchase(
            contact=data["person"],
            at=data["at"],
            payment=data["payment"],
            lines=[self.form.line()],
            by=self.request.user,
        )


class PurchaseEditView(VisibleMixin, generic.EditView):
    template_name = "crm_plugin/sales/purchase_edit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lines = self.object.lines.select_related("category").order_by("id")
        return super().get_context_data(lines=lines, **kwargs)

    def save_instance(self) -> Purchase:
        data = self.form.cleaned_data
        purchase = Purchase.objects.get(pk=self.object.pk)
        values = {
            "contact": data["person"],
            "at": data["at"],
            "payment": data["payment"],
        }
        correct_purchase(purchase, values, by=self.request.user)
        return purchase


class PurchaseDeleteView(VisibleMixin, generic.DeleteView):
    def delete_action(self) -> None:
        remove_purchase(self.object, by=self.request.user)


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
        "payment",
    ]

    def get_form_class(self, for_update: bool = False) -> type[PurchaseForm]:
        return PurchaseForm if for_update else NewPurchaseForm

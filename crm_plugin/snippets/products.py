"""Products, services and their categories: the catalogue that purchases name."""

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm_plugin.sales.models import Product, ProductCategory
from crm_plugin.snippets.purchases import AmountColumn
from crm_plugin.ui.exports import Columns, ColumnsExportMixin
from crm_plugin.ui.journalled import JournalledViewSet, KeptListView
from crm_plugin.ui.keys import KeyedViewSet
from crm_plugin.ui.listing import ListView, YesNoColumn


def active(row: Product) -> str:
    return gettext("yes") if row.active else gettext("no")


EXPORTED: Columns = {
    "name": (_("Name"), lambda row: row.name),
    "code": (_("Code"), lambda row: row.code),
    "category": (_("Category"), lambda row: str(row.category or "")),
    "price": (_("Price"), lambda row: row.price),
    "active": (_("Active"), active),
}


class ProductListView(ColumnsExportMixin, ListView):
    exported = EXPORTED
    empty_text = _(
        "There are no products yet. Add what you sell, so that purchases can name it."
    )

    def get_base_queryset(self) -> QuerySet[Product]:
        return super().get_base_queryset().select_related("category")


class CategoryListView(KeptListView):
    empty_text = _(
        "There are no categories yet. They group products, such as lunch and dinner."
    )


class ProductViewSet(JournalledViewSet):
    model = Product
    name = "crm_product"
    url_prefix = "crm/products"
    icon = "tag"
    menu_label = _("Products and services")
    menu_hook = "register_crm_settings_menu_item"
    menu_order = 310
    add_to_admin_menu = True
    copy_view_enabled = False
    form_fields = ["name", "code", "category", "price", "active"]
    index_view_class = ProductListView
    list_export = list(EXPORTED)
    export_filename = "products"
    list_display = [
        "name",
        "code",
        "category",
        AmountColumn("price", label=_("Price")),
        YesNoColumn("active", label=_("Active")),
    ]
    list_filter = ["category", "active"]
    search_fields = ["name", "code"]
    search_backend_name = None
    ordering = ["name"]


class ProductCategoryViewSet(KeyedViewSet):
    model = ProductCategory
    name = "crm_product_category"
    url_prefix = "crm/product-categories"
    icon = "folder-open-inverse"
    menu_label = _("Categories")
    menu_order = 320
    form_fields = ["name", "name_ja", "key"]
    index_view_class = CategoryListView
    list_display = ["name", "key"]
    ordering = ["name"]

"""Products, services and their categories: the catalogue that purchases name."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSet

from crm_plugin.sales.models import Product, ProductCategory
from crm_plugin.snippets.purchases import AmountColumn
from crm_plugin.ui.keys import KeyedViewSet
from crm_plugin.ui.listing import ListView, YesNoColumn
from crm_plugin.ui.told import ToldCreateView, ToldEditView


class ProductListView(ListView):
    empty_text = _(
        "There are no products yet. Add what you sell, so that purchases can name it."
    )


class CategoryListView(ListView):
    empty_text = _(
        "There are no categories yet. They group products, such as lunch and dinner."
    )


class ProductViewSet(ModelViewSet):
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
    add_view_class = ToldCreateView
    edit_view_class = ToldEditView
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

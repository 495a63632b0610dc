"""Short lists that a site keeps: a key that never changes, entries that stay in use."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminModelForm

from crm_plugin.contacts.definitions import free_key

from .journalled import JournalledViewSet


class KeyForm(WagtailAdminModelForm):
    """Rules know an entry by its key: made from the name, chosen once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        key = self.fields["key"]
        key.required = False
        key.help_text = _("Used by rules and sheets; blank: made from the name.")
        if self.instance.pk:
            key.disabled = True
            key.help_text = _("Used by rules and sheets; never changes.")

    def clean_key(self) -> str:
        key = self.cleaned_data["key"]
        if self.instance.pk:
            return self.instance.key
        if key and key != key.lower():
            raise ValidationError(_("Use small letters, digits and hyphens."))
        rows = type(self.instance)._default_manager
        name = self.cleaned_data.get("name", "")
        return key or free_key(name, taken=set(rows.values_list("key", flat=True)))


class KeyedViewSet(JournalledViewSet):
    """A short list with names in two languages; ``form_fields`` begin with the name."""

    base_form_class: type[KeyForm] = KeyForm
    add_to_admin_menu = True
    copy_view_enabled = False
    menu_hook = "register_crm_settings_menu_item"
    search_fields = ["name", "name_ja"]
    search_backend_name = None

    def get_form_class(self, for_update: bool = False) -> type[KeyForm]:
        meta = type("Meta", (), {"model": self.model, "fields": self.form_fields})
        return type(f"{self.name}_form", (self.base_form_class,), {"Meta": meta})

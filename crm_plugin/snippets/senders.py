"""Senders: in whose name messages go out."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column

from crm_plugin.delivery.models import Sender
from crm_plugin.ui.journalled import JournalledViewSet, KeptListView
from crm_plugin.ui.listing import YesNoColumn


class SenderListView(KeptListView):
    empty_text = _(
        "There are no senders yet. Add the name and address that your mail comes from."
    )


class SenderViewSet(JournalledViewSet):
    model = Sender
    name = "crm_sender"
    url_namespace = "crm_sender"
    url_prefix = "crm/senders"
    icon = "user"
    menu_label = _("Senders")
    menu_hook = "register_crm_settings_menu_item"
    menu_order = 390
    add_to_admin_menu = True
    copy_view_enabled = False
    form_fields = [
        "name",
        "from_name",
        "from_name_ja",
        "from_email",
        "reply_to",
        "organisation",
        "organisation_ja",
        "postal_address",
        "postal_address_ja",
        "contact",
        "site",
        "is_default",
    ]
    index_view_class = SenderListView
    list_display = [
        "name",
        Column("from_name", label=_("from name"), classname="crm-wide"),
        "from_email",
        YesNoColumn("is_default", label=_("Service messages")),
    ]
    search_fields = ["name", "from_email"]
    search_backend_name = None
    ordering = ["name"]

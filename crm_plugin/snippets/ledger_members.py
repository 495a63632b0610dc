"""The ledger of members' pages: who saw which, and when."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.personalisation.models import MemberView
from crm_plugin.ui.exports import Columns

from .ledgers import described, linked
from .ledgers_export import ExportLedger

EXPORTED: Columns = {
    "at": (gettext_lazy("at"), lambda row: row.at),
    "contact": (gettext_lazy("contact"), lambda row: str(row.contact)),
    "page": (gettext_lazy("page"), lambda row: row.page_title),
    "address": (gettext_lazy("Address"), lambda row: row.page_url),
}


class MemberViewLedger(ExportLedger):
    model = MemberView
    base_url_path = "crm/ledgers/member-views"
    menu_label = gettext_lazy("Members' pages seen")
    menu_icon = "view"
    menu_order = 600
    list_display = ("page_title", "person", "at")
    list_filter = ("at",)
    fetched = ("contact",)
    search_fields = ("page_title",)
    exported = EXPORTED
    export_filename = "members-pages-seen"

    @described(gettext_lazy("contact"))
    def person(self, row: MemberView) -> str:
        return linked(row.contact)

    def told(self, row: MemberView) -> list[tuple[str, Any]]:
        return [
            (_("page"), row.page_title),
            (_("contact"), linked(row.contact)),
            (_("at"), row.at),
            (_("Address"), row.page_url),
        ]

"""The ledger of members' pages: who saw which, and when."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.personalisation.models import MemberView

from .ledgers import Ledger, described, linked


class MemberViewLedger(Ledger):
    model = MemberView
    base_url_path = "crm/ledgers/member-views"
    menu_label = gettext_lazy("Members' pages seen")
    menu_icon = "view"
    menu_order = 600
    list_display = ("page_title", "person", "at")
    list_filter = ("at",)
    list_select_related = ("contact",)
    search_fields = ("page_title",)

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

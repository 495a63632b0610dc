"""The ledger of sensitive values: whose were shown to whom, where and when."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.contacts.models import SensitiveView

from .ledgers import Ledger, described, linked


class SensitiveViewLedger(Ledger):
    """Who saw whose sensitive values, when; it counts and compares nobody."""

    model = SensitiveView
    base_url_path = "crm/ledgers/sensitive-views"
    menu_label = gettext_lazy("Views of sensitive values")
    menu_icon = "view"
    menu_order = 500
    list_display = ("at", "whose", "keys", "screen", "by")
    list_filter = ("screen", "at")
    fetched = ("contact", "organisation", "by")

    @described(gettext_lazy("whose"))
    def whose(self, row: SensitiveView) -> str:
        return linked(row.contact or row.organisation)

    def told(self, row: SensitiveView) -> list[tuple[str, Any]]:
        return [
            (_("contact") if row.contact_id else _("organisation"), self.whose(row)),
            (_("at"), row.at),
            (_("by"), row.by),
            (_("attributes"), row.keys),
            (_("screen"), row.get_screen_display()),
        ]

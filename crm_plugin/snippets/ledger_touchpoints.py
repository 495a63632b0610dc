"""The ledger of touchpoints, and how it leaves as a file."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin import normalise
from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import Touchpoint
from crm_plugin.touchpoints.sorts import CHOSEN
from crm_plugin.ui.exports import Columns

from .ledgers import as_lines, described, linked
from .ledgers_export import ExportLedger


def unverified(row: Touchpoint) -> str:
    return _("yes") if row.unverified else _("no")


EXPORTED: Columns = {
    "at": (gettext_lazy("at"), lambda row: row.at),
    "contact": (gettext_lazy("contact"), lambda row: str(row.contact or "")),
    "kind": (gettext_lazy("kind"), Touchpoint.get_kind_display),
    "channel": (gettext_lazy("channel"), Touchpoint.get_channel_display),
    "direction": (gettext_lazy("direction"), Touchpoint.get_direction_display),
    "phase": (gettext_lazy("phase"), Touchpoint.get_phase_display),
    "summary": (gettext_lazy("summary"), lambda row: row.summary),
    "body": (gettext_lazy("what was said"), lambda row: row.body),
    "reason": (gettext_lazy("reason"), Touchpoint.get_reason_display),
    "result": (gettext_lazy("result"), Touchpoint.get_result_display),
    "tags": (gettext_lazy("tags"), lambda row: row.tags),
    "page": (gettext_lazy("page"), lambda row: row.page_title),
    "unverified": (gettext_lazy("unverified"), unverified),
    "by": (gettext_lazy("by"), lambda row: normalise.staff(row.by)),
}


class TouchpointLedger(ExportLedger):
    model = Touchpoint
    base_url_path = "crm/ledgers/touchpoints"
    menu_label = gettext_lazy("Touchpoints")
    menu_icon = "history"
    menu_order = 300
    # Many are written down days after they happened.
    ordering = ("-at",)
    list_display = ("at", "person", "kind", "channel", "direction", "summary", "who")
    list_filter = ("kind", "channel", "direction", "phase", "reason", "result", "at")
    search_fields = ("summary", "body", "tags")
    fetched = ("contact", "by")
    exported = EXPORTED
    export_filename = "touchpoints"

    def of_whom(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """With at least one of them, of what a person did and nothing unverified."""
        if not set(asked) <= set(CHOSEN):
            return []
        once = {"how": "at_least", "number": 1, "when": "ever"}
        return [condition("touchpoints", **asked, **once)]

    @described(gettext_lazy("contact"))
    def person(self, row: Touchpoint) -> str:
        return linked(row.contact)

    @described(gettext_lazy("by"), "by")
    def who(self, row: Touchpoint) -> str:
        return normalise.staff(row.by)

    def told(self, row: Touchpoint) -> list[tuple[str, Any]]:
        return [
            (_("contact"), linked(row.contact)),
            (_("at"), row.at),
            (_("kind"), row.get_kind_display()),
            (_("channel"), row.get_channel_display()),
            (_("direction"), row.get_direction_display()),
            (_("summary"), row.summary),
            (_("what was said"), as_lines(row.body)),
            (_("reason"), row.get_reason_display()),
            (_("result"), row.get_result_display()),
            (_("tags"), row.tags),
            (_("page"), row.page_title),
            (_("page address"), row.page_url),
            (_("revision"), row.revision),
            (_("unverified"), unverified(row)),
            (_("by"), normalise.staff(row.by)),
        ]

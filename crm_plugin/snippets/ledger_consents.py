"""The ledger of consents: every wish that was noted, on what it rests, how it came."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from crm_plugin.consents.models import ConsentEvent
from crm_plugin.consents.words import noted, wishes
from crm_plugin.ui.exports import Columns

from . import consent_words as words
from .ledgers import described
from .ledgers_export import ExportLedger, ExportListView


def details(row: ConsentEvent) -> list[tuple[str, str]]:
    """Which preferences changed, and what was noted beside it."""
    return [*wishes(row.evidence), *noted(row.evidence)]


# Of rows with their names added.
TOLD: Columns = {
    "action": (gettext_lazy("action"), ConsentEvent.get_action_display),
    "at": (gettext_lazy("at"), lambda row: row.at),
    "topic": (gettext_lazy("topic"), words.topic),
    "channel": (gettext_lazy("channel"), words.channel),
    "basis": (gettext_lazy("basis"), words.basis),
    "source": (gettext_lazy("came by"), words.source),
    "actor": (gettext_lazy("by"), lambda row: row.actor_name),
    "subject": (gettext_lazy("subject of the ledger"), lambda row: str(row.subject)),
    "address": (gettext_lazy("hash of the address"), lambda row: row.address_hash),
    "wording": (gettext_lazy("wording"), lambda row: row.wording_text),
    "page": (gettext_lazy("page"), lambda row: row.page),
    "revision": (gettext_lazy("revision"), lambda row: row.revision),
    "network": (gettext_lazy("network"), lambda row: row.ip_truncated),
}
EXPORTED: Columns = {
    **TOLD,
    "details": (
        gettext_lazy("Details"),
        lambda row: "; ".join(f"{label}: {text}" for label, text in details(row)),
    ),
}


class ConsentListView(ExportListView):
    def export_rows(self, objects: list[Any]) -> Iterable[Sequence[Any]]:
        return super().export_rows(words.add_names(objects))


class ConsentLedger(ExportLedger):
    model = ConsentEvent
    index_view_class = ConsentListView
    base_url_path = "crm/ledgers/consents"
    menu_label = gettext_lazy("Consent events")
    menu_icon = "check"
    menu_order = 200
    list_display = ("at", "action", "about", "sent_by", "ground", "came_by")
    list_filter = ("action", "at")
    rights = ("view", "export")
    exported = EXPORTED
    export_filename = "consent-events"

    def visible(self, rows: QuerySet, user: Any) -> QuerySet:
        allowed = user.has_perm("crm_plugin.view_consentevent")
        return rows if allowed else rows.none()

    def named(self, rows: Any) -> Any:
        return words.add_topics(rows)

    @described(gettext_lazy("topic"), "topic")
    def about(self, row: ConsentEvent) -> str:
        return words.topic(row)

    @described(gettext_lazy("channel"), "channel")
    def sent_by(self, row: ConsentEvent) -> str:
        return words.channel(row)

    @described(gettext_lazy("basis"), "basis")
    def ground(self, row: ConsentEvent) -> str:
        return words.basis(row)

    @described(gettext_lazy("came by"), "source")
    def came_by(self, row: ConsentEvent) -> str:
        return words.source(row)

    def told(self, row: ConsentEvent) -> list[tuple[str, Any]]:
        (named,) = words.add_names([row])
        lines = [(str(label), cell(named)) for label, cell in TOLD.values()]
        return [*lines, *details(row)]

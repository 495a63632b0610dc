"""The ledger of deliveries: each message, how it ended, and the text that was sent."""

from typing import Any

from django.db.models import Prefetch
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.delivery import replay, story
from crm_plugin.delivery.models import Delivery, Mailing, Rendering
from crm_plugin.segments.stored import condition
from crm_plugin.ui.exports import Columns

from .deliveries import WORDS, word_url
from .ledgers import NewestFilter, as_lines, described, linked
from .ledgers_export import ExportLedger


def without_tokens(text: str) -> str:
    """A sent text without its signed links: reading it gives nobody their power."""
    return replay.TOKEN.sub("…", text)


# Neither the text nor what opens doors.
EXPORTED: Columns = {
    "contact": (gettext_lazy("contact"), lambda row: str(row.contact or "")),
    "address": (gettext_lazy("address"), lambda row: row.address),
    "subject": (
        gettext_lazy("subject"),
        lambda row: without_tokens(story.subject_of(row)),
    ),
    "mailing": (gettext_lazy("mailing"), lambda row: str(row.mailing or "")),
    "state": (gettext_lazy("state"), Delivery.get_state_display),
    "reason": (gettext_lazy("reason"), Delivery.get_reason_display),
    "attempts": (gettext_lazy("tries"), lambda row: row.attempts),
    "handed_at": (gettext_lazy("handed over at"), lambda row: row.handed_at),
    "sent_at": (gettext_lazy("sent at"), lambda row: row.sent_at),
    "error": (
        gettext_lazy("what the mail server said"),
        lambda row: without_tokens(row.error),
    ),
}


class DeliveryLedger(ExportLedger):
    model = Delivery
    base_url_path = "crm/ledgers/deliveries"
    menu_label = gettext_lazy("Deliveries")
    menu_icon = "mail"
    menu_order = 100
    list_display = ("subject", "person", "address", "how_it_ended", "sent", "mailing")
    list_filter = ("state", "reason", ("mailing", NewestFilter))
    # One text went to many: of each, once, the line that the list shows.
    fetched = (
        "contact",
        Prefetch("mailing", Mailing.objects.only("name")),
        Prefetch("rendering", Rendering.objects.only("subject")),
    )
    search_fields = ("address_norm",)
    exported = EXPORTED
    export_filename = "deliveries"
    # To change is to say whether an uncertain one arrived.
    rights = ("view", "change")

    def of_whom(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """Whom one mailing reached; who was left out, and why, no rule knows."""
        if set(asked) != {"mailing", "state"} or asked["state"] != Delivery.State.SENT:
            return []
        said = {"mailing": str(asked["mailing"]), "kind": "sent", "when": "ever"}
        return [condition("mailing", **said)]

    @described(gettext_lazy("subject"))
    def subject(self, row: Delivery) -> str:
        return story.subject_of(row)

    @described(gettext_lazy("contact"))
    def person(self, row: Delivery) -> str:
        return linked(row.contact)

    @described(gettext_lazy("state"), "state")
    def how_it_ended(self, row: Delivery) -> str:
        if row.reason:
            return f"{row.get_state_display()}: {row.get_reason_display()}"
        return row.get_state_display()

    def to_decide(self, row: Delivery) -> list[tuple[str, Any]]:
        """What somebody may say about a message whose end is unknown."""
        if row.state != Delivery.State.UNCERTAIN:
            return []
        links = [(word_url(name, row), word.label) for name, word in WORDS.items()]
        pattern = '<a class="button button-small" href="{}">{}</a>'
        return [(_("Did it arrive?"), format_html_join(" ", pattern, links))]

    @described(gettext_lazy("sent at"), "sent_at")
    def sent(self, row: Delivery) -> Any:
        return row.sent_at

    def called(self, row: Delivery) -> str:
        return story.subject_of(row)

    def told(self, row: Delivery) -> list[tuple[str, Any]]:
        shown = replay.shown(row)
        return [
            (_("contact"), linked(row.contact)),
            (_("address"), row.address),
            (_("state"), self.how_it_ended(row)),
            *self.to_decide(row),
            (_("tries"), row.attempts),
            (_("handed over at"), row.handed_at),
            (_("sent at"), row.sent_at),
            (_("what the mail server said"), row.error),
            ("Message-ID", row.message_id),
            (_("subject"), shown.subject),
            (_("text"), as_lines(without_tokens(shown.text))),
        ]

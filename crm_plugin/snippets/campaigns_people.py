"""Whom a mailing went to, and what they did: each kind can become a segment."""

from django.utils.translation import gettext as _

from crm_plugin.campaigns.results import Results
from crm_plugin.delivery.models import Mailing
from crm_plugin.segments.ready_made import condition
from crm_plugin.ui.picking import Choice


def recipients(mailing: Mailing, outcome: Results) -> list[Choice]:
    """All of them, who clicked and who did not; and who did what it is for."""
    kinds: list[tuple[str, str, int | None]] = [
        ("sent", _("All who got it"), outcome.sent),
        ("clicked", _("Who clicked"), outcome.clicked),
        ("silent", _("Who did not click"), None),
    ]
    if mailing.campaign is not None:
        reached = outcome.of(mailing.campaign.goal).people
        kinds += [
            ("converted", _("Who did what it is for"), reached),
            ("unconverted", _("Who did not do what it is for"), None),
        ]
    if not outcome.sent:
        return []
    return [
        Choice(
            label,
            condition("mailing", mailing=str(mailing.pk), kind=kind, when="ever"),
            f"{mailing.name}: {label}",
            number,
        )
        for kind, label, number in kinds
    ]

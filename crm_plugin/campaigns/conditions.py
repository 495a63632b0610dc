"""What rules can ask about one campaign."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.delivery.conditions import human_clicks, sent

from .models import Campaign

KINDS = {
    "sent": gettext_lazy("was sent it"),
    "clicked": gettext_lazy("clicked in it"),
    "silent": gettext_lazy("was sent it and did not click"),
}


def campaigns() -> QuerySet[Campaign]:
    """The latest campaigns; a rule about an older one keeps working."""
    return Campaign.objects.order_by("-id")


@rules.register
class CampaignReaction(rules.Condition):
    name = "campaign"
    label = gettext_lazy("One campaign")
    icon = "mail"
    group = gettext_lazy("Messages")
    aspects = frozenset({"responses"})

    class Value(rules.PeriodBlock):
        campaign = rules.RecordChoiceBlock(
            campaigns, key="pk", label=gettext_lazy("campaign")
        )
        kind = blocks.ChoiceBlock(
            choices=list(KINDS.items()),
            default="sent",
            label=gettext_lazy("the person"),
        )
        when = rules.periods.when("ever", "last", "before", "dates")

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        period = rules.periods.resolve(value, at)
        any_time = rules.periods.Period()
        reached = sent(period).filter(mailing__campaign=value["campaign"])
        if value["kind"] == "sent":
            return reached.values("contact_id")
        clicks = human_clicks(period if value["kind"] == "clicked" else any_time)
        clicks = clicks.filter(delivery__mailing__campaign=value["campaign"])
        if value["kind"] == "clicked":
            return clicks.values("delivery__contact_id")
        clicked = clicks.values("delivery__contact_id")
        return reached.exclude(contact_id__in=clicked).values("contact_id")

    def sentence(self, value: Any) -> str:
        name = rules.find(Campaign, value["campaign"], field="pk")
        words = {"name": name or "…"}
        text = {
            "sent": _("campaign “%(name)s” sent"),
            "clicked": _("a click in campaign “%(name)s”"),
            "silent": _("campaign “%(name)s” sent and no click in it"),
        }[value["kind"]] % words
        return rules.periods.said(text, value)

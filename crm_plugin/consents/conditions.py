"""What rules can ask about consent."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules

from .models import Consent, Topic

STATES = {
    **dict(Consent.State.choices),
    "none": gettext_lazy("never asked for"),
}


def topics() -> Any:
    return Topic.objects.all()


@rules.register
class HasConsent(rules.Condition):
    """The state of a topic on at least one of the contact's points."""

    name = "consent"
    label = gettext_lazy("Consent")
    icon = "check"
    group = gettext_lazy("Messages")
    aspects = frozenset({"consents", "points"})

    class Value(rules.ConditionBlock):
        topic = rules.RecordChoiceBlock(topics, label=gettext_lazy("topic"))
        state = blocks.ChoiceBlock(
            choices=list(STATES.items()), default="granted", label=gettext_lazy("is")
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        topic = rules.find(Topic, value["topic"])
        if topic is None:
            raise rules.BrokenRule(
                [_("The topic “%(key)s” is gone.") % {"key": value["topic"]}]
            )
        rows = Consent.objects.filter(topic=topic)
        if value["state"] == "none":
            return rules.everyone_but(rows.values("point__contact_id"))
        return rows.filter(state=value["state"]).values("point__contact_id")

    def sentence(self, value: Any) -> str:
        topic = rules.find(Topic, value["topic"])
        words = {
            "topic": topic or value["topic"] or "…",
            "state": STATES.get(value["state"], "…"),
        }
        return _("consent for %(topic)s: %(state)s") % words

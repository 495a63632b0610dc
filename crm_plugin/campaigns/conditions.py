"""What rules can ask about campaigns: one of them, and the latest that were sent."""

import datetime as dt
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.delivery.conditions import human_clicks, sent

from .models import Campaign
from .reactions import ABOUT_ACTS, ACTS, ANY_TIME, by, reacted, told

MESSAGES = gettext_lazy("Messages")
KINDS = {
    "sent": gettext_lazy("was sent it"),
    "clicked": gettext_lazy("clicked in it"),
    "silent": gettext_lazy("was sent it and did not click"),
    "converted": gettext_lazy("was sent it and did this in time"),
    "unconverted": gettext_lazy("was sent it and did not do this in time"),
}


def campaigns() -> QuerySet[Campaign]:
    """The latest campaigns; a rule about an older one keeps working."""
    return Campaign.objects.order_by("-id")


class Reaction(rules.Condition):
    """What somebody did with letters: all of a campaign, or of one launch of it.

    The period is about the day of sending; of clicks, about the day of the click.
    Give ``model`` and ``field`` (of the value), ``letters`` (the filter of deliveries),
    ``gone`` and a sentence for each of ``KINDS``.
    """

    dated_by = gettext_lazy("the messages and what came back")
    icon = "mail"
    group = MESSAGES
    aspects = frozenset(
        {"responses", "bookings", "uses", "purchases", "touchpoints"},
    )
    model: Any = None
    field = ""
    letters = ""
    gone: Any = ""
    sentences: dict[str, Any] = {}

    def campaign(self, found: Any) -> Campaign | None:
        """The campaign whose goal counts."""
        raise NotImplementedError

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, at, None)

    def past(self, value: Any) -> rules.Past:
        self._found(value)
        return super().past(value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, at, at)

    def _of(self, value: Any, at: dt.datetime, until: dt.datetime | None) -> QuerySet:
        found = self._found(value)
        letters = {self.letters: found}
        return reacted(letters, self.campaign(found), value, at, until=until)

    def _found(self, value: Any) -> Any:
        found = self._named(value)
        if found is None:
            raise rules.BrokenRule([self.gone])
        return found

    def _named(self, value: Any) -> Any:
        return rules.find(self.model, value[self.field], field="pk")

    def sentence(self, value: Any) -> str:
        kind, name = value["kind"], {"name": self._named(value) or "…"}
        text = self.sentences[kind] % name
        if kind in ABOUT_ACTS and value["act"]:
            words = {"letter": self.sentences["sent"] % name}
            words["act"] = ACTS.get(value["act"], "…")
            done = _("%(letter)s, and then in time: %(act)s")
            text = (
                done if kind == "converted" else _("%(letter)s, and then not: %(act)s")
            ) % words
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        found = self._named(value)
        if found is None:
            return _("not sent")
        letters = {self.letters: found, "contact": contact_id}
        return told(letters, self.campaign(found), value, at)


def reaction_block(**named: Any) -> type[rules.PeriodBlock]:
    """The block that edits a value: what is *named*, what one did, and when."""
    fields = {
        **named,
        "kind": blocks.ChoiceBlock(
            choices=list(KINDS.items()),
            default="sent",
            label=gettext_lazy("the person"),
        ),
        "act": blocks.ChoiceBlock(
            choices=[("", gettext_lazy("what the campaign is for")), *ACTS.items()],
            required=False,
            label=gettext_lazy("namely"),
        ),
        "shown": {"act": {"kind": ABOUT_ACTS}},
        "optional": {"act"},
        "when": rules.periods.past("ever"),
    }
    return type("Value", (rules.PeriodBlock,), fields)


@rules.register
class CampaignReaction(Reaction):
    """What a campaign is for is its goal: bookings, uses, sales, answers or forms."""

    name = field = "campaign"
    label = gettext_lazy("One campaign")
    model = Campaign
    letters = "mailing__campaign"
    gone = gettext_lazy("The campaign is gone.")
    sentences = {
        "sent": gettext_lazy("campaign “%(name)s” sent"),
        "clicked": gettext_lazy("a click in campaign “%(name)s”"),
        "silent": gettext_lazy("campaign “%(name)s” sent and no click in it"),
        "converted": gettext_lazy(
            "campaign “%(name)s” sent and its goal reached in time"
        ),
        "unconverted": gettext_lazy(
            "campaign “%(name)s” sent and its goal not reached"
        ),
    }
    Value = reaction_block(
        campaign=rules.RecordChoiceBlock(
            campaigns, key="pk", label=gettext_lazy("campaign")
        )
    )

    def campaign(self, found: Campaign) -> Campaign:
        return found


@rules.register
class NoReaction(rules.Condition):
    """So many messages of mailings were sent to them since they last clicked in one.

    Who got fewer than so many is not meant. Clicks of suspected machines do not count.
    """

    name = "no_reaction"
    label = gettext_lazy("No reaction to the last campaigns")
    dated_by = gettext_lazy("the messages and what came back")
    icon = "mail"
    group = MESSAGES
    aspects = frozenset({"responses"})

    class Value(rules.ConditionBlock):
        number = blocks.IntegerBlock(
            default=3,
            min_value=1,
            max_value=100,
            label=gettext_lazy("no click in the last … messages"),
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, None)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, at)

    def _of(self, value: Any, until: dt.datetime | None) -> QuerySet:
        number = value["number"] or 1
        reacted = _clicked_lately(number, until).values("delivery__contact_id")
        rows = by(sent(ANY_TIME), "sent_at", until).filter(~Q(contact_id__in=reacted))
        grouped = rows.order_by().values("contact_id").annotate(crm_sent=Count("pk"))
        return grouped.filter(crm_sent__gte=number).values("contact_id")

    def sentence(self, value: Any) -> str:
        number = value["number"] or 1
        words = ngettext(
            "no click in the last message of a campaign",
            "no click in the last %(n)d messages of campaigns",
            number,
        )
        return words % {"n": number}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        theirs = sent(ANY_TIME).filter(contact=contact_id)
        clicks = human_clicks(ANY_TIME).filter(delivery__contact=contact_id)
        moments = clicks.order_by("-delivery__sent_at")
        last = moments.values_list("delivery__sent_at", flat=True).first()
        number = (theirs.filter(sent_at__gt=last) if last else theirs).count()
        words = ngettext(
            "%(n)d message since the last click",
            "%(n)d messages since the last click",
            number,
        )
        return words % {"n": number}


def _clicked_lately(number: int, until: dt.datetime | None) -> QuerySet:
    """Clicks in a message after which fewer than *number* were sent."""
    later = by(sent(ANY_TIME), "sent_at", until).filter(
        contact=OuterRef("delivery__contact"), sent_at__gt=OuterRef("delivery__sent_at")
    )
    counted = later.order_by().values("contact").annotate(n=Count("pk")).values("n")
    clicks = by(human_clicks(ANY_TIME), "at", until)
    clicks = clicks.alias(crm_later=Coalesce(Subquery(counted), 0))
    return clicks.filter(crm_later__lt=number)

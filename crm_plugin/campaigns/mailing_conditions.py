"""What rules can ask about one mailing: one launch of a campaign."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.delivery.conditions import human_clicks, sent
from crm_plugin.delivery.models import Mailing

from .conditions import ANY_TIME, KINDS, MESSAGES, reacted


def mailings() -> QuerySet[Mailing]:
    """The latest first, with the campaign whose goal counts."""
    return Mailing.objects.select_related("campaign").order_by("-id")


class MailingBlock(rules.RecordChoiceBlock):
    """A mailing by its name and day: a campaign may be launched more than once."""

    def describe(self, record: Mailing) -> str:
        day = date_format(localtime(record.launched_at), "SHORT_DATE_FORMAT")
        return f"{record} ({day})"


@rules.register
class MailingReaction(rules.Condition):
    """As ``campaign``, of one launch of it."""

    name = "mailing"
    label = gettext_lazy("One mailing")
    icon = "mail"
    group = MESSAGES
    aspects = frozenset(
        {"responses", "bookings", "uses", "purchases", "touchpoints"},
    )

    class Value(rules.PeriodBlock):
        mailing = MailingBlock(mailings, key="pk", label=gettext_lazy("mailing"))
        kind = blocks.ChoiceBlock(
            choices=list(KINDS.items()),
            default="sent",
            label=gettext_lazy("the person"),
        )
        when = rules.periods.when("ever", "last", "before", "dates")

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        mailing = _mailing(value)
        if mailing is None:
            raise rules.BrokenRule([_("The mailing is gone.")])
        return reacted({"mailing": mailing}, mailing.campaign, value, at)

    def sentence(self, value: Any) -> str:
        words = {"name": _mailing(value) or "…"}
        text = {
            "sent": _("mailing “%(name)s” sent"),
            "clicked": _("a click in mailing “%(name)s”"),
            "silent": _("mailing “%(name)s” sent and no click in it"),
            "converted": _("mailing “%(name)s” sent and its goal reached in time"),
            "unconverted": _("mailing “%(name)s” sent and its goal not reached"),
        }[value["kind"]] % words
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        about = {"mailing": _mailing(value), "contact": contact_id}
        letter = sent(ANY_TIME).filter(**about).first()
        if letter is None or letter.sent_at is None:
            return _("not sent")
        day = date_format(localtime(letter.sent_at), "SHORT_DATE_FORMAT")
        clicked = human_clicks(ANY_TIME).filter(delivery=letter.pk).exists()
        return ", ".join([day, _("clicked")] if clicked else [day])


def _mailing(value: Any) -> Mailing | None:
    return rules.find(Mailing, value["mailing"], field="pk")

"""What rules can ask about one mailing: one launch of a campaign."""

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy

from crm_plugin import rules
from crm_plugin.delivery.models import Mailing

from .conditions import Reaction, reaction_block
from .models import Campaign


def mailings() -> QuerySet[Mailing]:
    """The latest first, with the campaign whose goal counts."""
    return Mailing.objects.select_related("campaign").order_by("-id")


class MailingBlock(rules.RecordChoiceBlock):
    """A mailing by its name and day: a campaign may be launched more than once."""

    def describe(self, record: Mailing) -> str:
        day = date_format(localtime(record.launched_at), "SHORT_DATE_FORMAT")
        return f"{record} ({day})"


@rules.register
class MailingReaction(Reaction):
    """As ``campaign``, of one launch of it."""

    name = field = letters = "mailing"
    label = gettext_lazy("One mailing")
    model = Mailing
    gone = gettext_lazy("The mailing is gone.")
    sentences = {
        "sent": gettext_lazy("mailing “%(name)s” sent"),
        "clicked": gettext_lazy("a click in mailing “%(name)s”"),
        "silent": gettext_lazy("mailing “%(name)s” sent and no click in it"),
        "converted": gettext_lazy(
            "mailing “%(name)s” sent and its goal reached in time"
        ),
        "unconverted": gettext_lazy("mailing “%(name)s” sent and its goal not reached"),
    }
    Value = reaction_block(
        mailing=MailingBlock(mailings, key="pk", label=gettext_lazy("mailing"))
    )

    def campaign(self, found: Mailing) -> Campaign | None:
        return found.campaign

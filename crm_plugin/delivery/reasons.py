"""Why somebody does not get a mailing, as one sentence that staff can repeat."""

from django.utils.translation import gettext_lazy as _

from .models import Delivery

Reason = Delivery.Reason
SENTENCES = {
    Reason.NO_CONSENT: _("They have not agreed to this topic."),
    Reason.SUPPRESSED: _("They unsubscribed, or mail to their address comes back."),
    Reason.NO_ADDRESS: _("They have no e-mail address."),
    Reason.SAME_ADDRESS: _("It goes, or went, to the same address already."),
    Reason.OPEN_INQUIRY: _(
        "They have an open inquiry or complaint: campaigns wait for its answer."
    ),
    Reason.PAUSED: _("They asked for a pause."),
    Reason.DIGEST: _(
        "They asked to hear from us once a week or once a month, and did lately: held"
        " for the digest."
    ),
    Reason.CAP: _("They had enough messages lately, by our limit."),
    Reason.EXCLUDED: _("They are in a segment that is left out."),
    Reason.CANCELLED: _("It was taken back before it left."),
    Reason.HOLDOUT: _("They are in the comparison group."),
    Reason.ERASED: _("Their record is gone."),
}


def sentence(reason: str) -> str:
    return str(SENTENCES[Reason(reason)])

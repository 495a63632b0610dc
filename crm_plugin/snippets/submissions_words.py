"""Why a submission waits, and who wrote it, in words."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.intake import hoarding, quarantine, spam
from crm_plugin.intake.models import Submission

State = Submission.State


def sender(submission: Submission) -> str:
    """Who wrote: the contact, else the typed address; both are mere claims."""
    return str(
        submission.contact or submission.email_norm or submission.phone_norm or "–"
    )


def record_of(submission: Submission) -> str | None:
    """Where the contact's record opens, if there is one."""
    return submission.contact.get_admin_url() if submission.contact else None


REASONS = {
    spam.HONEYPOT: gettext_lazy("A field that people do not see was filled in."),
    spam.TOO_FAST: gettext_lazy("It was sent faster than people can type."),
    spam.NO_TOKEN: gettext_lazy("The form was not opened before it was sent."),
    spam.NO_WORK: gettext_lazy("The browser did not do the calculation asked for."),
    spam.REUSED: gettext_lazy("The same opened form was sent again and again."),
    spam.SAME_TEXT: gettext_lazy("The very same words came several times at once."),
    spam.RATE: gettext_lazy("Very many came from the same network at once."),
    spam.BROWSER_RATE: gettext_lazy("Very many came from the same browser at once."),
    spam.ADDRESS_RATE: gettext_lazy("Very many came with the same address at once."),
    hoarding.MANY_BOOKINGS: gettext_lazy(
        "Several bookings with the same address stand ahead already, and nobody has"
        " confirmed that the address is theirs."
    ),
}


def reason_words(code: str) -> str:
    """Why a post looked like spam, in a sentence."""
    return str(REASONS.get(code, code))


def reason(row: Submission) -> str:
    """Why a submission waits, in a sentence."""
    if row.state == State.HELD:
        return reason_words(row.spam_reason)
    if row.state == State.SPAM:
        return _("Somebody called it spam. It is deleted on %(day)s.") % {
            "day": date_format(quarantine.spam_expires_at(row), "SHORT_DATE_FORMAT")
        }
    if row.state == State.FAILED and row.error in ("SlotTaken", "NotBookable"):
        return _("The time was no longer free. Nothing was booked.")
    failed = {"count": row.attempts, "error": row.error}
    if row.state == State.FAILED and row.processed_at:
        return _("Only the automatic mail failed %(count)s times (%(error)s).") % failed
    if row.state == State.FAILED:
        return _("Taking it in failed %(count)s times (%(error)s).") % failed
    if row.state in Submission.OPEN and row.attempts:
        return _("It failed %(count)s times (%(error)s); we try again.") % failed
    if row.state == State.STORED:
        return _("It is stored and will be taken in within minutes.")
    return ""

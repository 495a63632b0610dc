"""Whether this browser's visits may be noted: the visitor's own choice, asked once.

Nothing is stored on the device before she has chosen; then one first-party cookie says
what she chose, when, and beside which wording. A browser that asks not to be tracked
(Do Not Track, Global Privacy Control) has chosen already, whatever a cookie says.
"""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_plugin.conf import setting

COOKIE = "crm_choice"
COOKIE_DAYS = 180
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Choice:
    """What a browser's cookie says; all blank where nobody chose yet."""

    said: str = ""
    at: dt.datetime | None = None
    wording: int | None = None

    @property
    def yes(self) -> bool:
        return self.said == YES


def words() -> str:
    """What the bar asks, in the active language: the wording that the ledger keeps."""
    days = {"days": setting("CRM_BEHAVIOUR_DAYS")}
    said = _(
        "We would like to note which pages you read here and what you search for, so"
        " that what we write to you suits you. We note it only in a browser in which"
        " you opened a link of our mails, keep it for %(days)d days, and give it to"
        " nobody. You can change your mind at any time."
    )
    return f"{question()}\n{said % days}"


def question() -> str:
    return _("May we note which of our pages you read?")


def of(request: HttpRequest) -> Choice:
    """The choice that this browser remembers; reading it makes no response private."""
    said, at, wording = [*request.COOKIES.get(COOKIE, "").split("."), "", ""][:3]
    if said not in (YES, NO):
        return Choice()
    if not (at.isdecimal() and wording.isdecimal() and len(at + wording) < 30):
        return Choice(NO)
    try:
        moment = dt.datetime.fromtimestamp(int(at), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return Choice(NO)
    return Choice(said, moment, int(wording))


def refuses(request: HttpRequest) -> bool:
    """The browser asks by itself not to be tracked."""
    headers = request.headers
    return headers.get("Sec-GPC") == "1" or headers.get("DNT") == "1"


def may_note(request: HttpRequest) -> bool:
    """Whether what this browser reads and looks for may be noted."""
    return of(request).yes and not refuses(request)


def may_recognise(request: HttpRequest) -> bool:
    """Whether a link in a message may make this browser a recognised one.

    ``CRM_RECOGNISE``: ``click`` (the click is enough) or ``consent``; empty follows the
    law named in ``CRM_LEGAL_PROFILE``. A press on a confirm button is a wish of its own
    and always does.
    """
    if refuses(request):
        return False
    wanted = setting("CRM_RECOGNISE")
    strict = setting("CRM_LEGAL_PROFILE") == "eu"
    needs_yes = wanted == "consent" or (not wanted and strict)
    return of(request).yes or not needs_yes


def keep(response: HttpResponse, said: str, *, wording: int) -> None:
    """Remember the choice; the bar reads it, so scripts may."""
    value = f"{said}.{int(timezone.now().timestamp())}.{wording}"
    response.set_cookie(
        COOKIE,
        value,
        max_age=dt.timedelta(days=COOKIE_DAYS),
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )

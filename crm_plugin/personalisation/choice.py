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
# Beside which words it was chosen: earlier ones did not speak of counting visits in the
# browser itself, so what was agreed to then does not cover it.
WORDS = "2"


@dataclass(frozen=True)
class Choice:
    """What a browser's cookie says; all blank where nobody chose yet."""

    said: str = ""
    at: dt.datetime | None = None
    wording: int | None = None
    words: str = ""

    @property
    def yes(self) -> bool:
        return self.said == YES

    @property
    def remembers(self) -> bool:
        """The browser may remember its visits by itself."""
        return self.yes and self.words == WORDS


def words() -> str:
    """What the bar asks, in the active language: the wording that the ledger keeps."""
    days = {"days": setting("CRM_BEHAVIOUR_DAYS")}
    said = _(
        "We would like to note which pages you read here and what you search for, so"
        " that what we show and write to you suits you. Your browser itself remembers"
        " how often you came and which pages you read in this visit. We note whose"
        " visit it was only in a browser in which you opened a link of our mails. All"
        " of it is kept for %(days)d days and given to nobody. You can change your mind"
        " at any time."
    )
    return f"{question()}\n{said % days}"


def question() -> str:
    return _("May we note which of our pages you read?")


def of(request: HttpRequest) -> Choice:
    """The choice that this browser remembers; reading it makes no response private."""
    parts = [*request.COOKIES.get(COOKIE, "").split("."), "", "", ""]
    said, at, wording, heard = parts[:4]
    if said not in (YES, NO):
        return Choice()
    if not (at.isdecimal() and wording.isdecimal() and len(at + wording) < 30):
        return Choice(NO)
    try:
        moment = dt.datetime.fromtimestamp(int(at), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return Choice(NO)
    return Choice(said, moment, int(wording), heard)


def refuses(request: HttpRequest) -> bool:
    """The browser asks by itself not to be tracked."""
    headers = request.headers
    return headers.get("Sec-GPC") == "1" or headers.get("DNT") == "1"


def may_note(request: HttpRequest) -> bool:
    """Whether what this browser reads and looks for may be noted."""
    return of(request).yes and not refuses(request)


def may_remember(request: HttpRequest) -> bool:
    """Whether this browser may remember how often and what its owner read here."""
    return of(request).remembers and not refuses(request)


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
    value = f"{said}.{int(timezone.now().timestamp())}.{wording}.{WORDS}"
    response.set_cookie(
        COOKIE,
        value,
        max_age=dt.timedelta(days=COOKIE_DAYS),
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )

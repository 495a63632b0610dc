"""A call, as it is noted while the receiver goes down: reason, result, words."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_plugin.contacts.models import Contact

from . import follow_ups, inquiries, notes
from .happened import Happened
from .models import Channel, Phase, Touchpoint

Reason, Result = Touchpoint.Reason, Touchpoint.Result
# What the call page offers; a search that found nothing has another of them.
RESULTS = [
    choice for choice in Touchpoint.Result.choices if choice[0] != Result.NOTHING
]
# Who is to be called back, or whom a colleague should see to, must not be forgotten.
UNDONE = {
    Result.CALL_BACK: lambda: _("Call back: %(what)s"),
    Result.PASSED_ON: lambda: _("Passed on: %(what)s"),
}


def note_call(
    contact: Contact,
    *,
    reason: str,
    result: str,
    said: str,
    by: Any,
    key: str,
    outgoing: bool = False,
    tags: str = "",
    next_what: str = "",
    next_on: dt.date | None = None,
    next_phase: str = "",
) -> Touchpoint:
    """Record a call once per *key*; a complaint that is not settled opens an inquiry.

    Without a next step of their own, calls to be returned or passed on plan one for
    today: the first for *by*, the other for whoever has time.
    """
    with transaction.atomic():
        touchpoint = notes.write_down(
            contact,
            _happened(reason, result, outgoing=outgoing),
            summary=said if reason == Reason.COMPLAINT else "",
            body=said,
            by=by,
            key=f"call:{key}",
            channel=Channel.PHONE,
            next_what=next_what,
            next_on=next_on,
            next_phase=next_phase,
            reason=reason,
            result=result,
            tags=tags,
            phase=Phase.SUPPORT if reason == Reason.COMPLAINT else "",
        )
        if not next_what and result in UNDONE:
            _plan(touchpoint, by, next_phase)
        inquiry = getattr(touchpoint, "inquiry", None)
        if inquiry and inquiry.is_open and result == Result.SETTLED:
            inquiries.close(inquiry, by=by)
    return touchpoint


def _happened(reason: str, result: str, *, outgoing: bool) -> str:
    if result == Result.NOT_REACHED:
        return Happened.MISSED
    if reason == Reason.COMPLAINT:
        return Happened.COMPLAINT
    return Happened.CALL_OUT if outgoing else Happened.CALL_IN


def _plan(touchpoint: Touchpoint, by: Any, phase: str) -> None:
    words = UNDONE[Result(touchpoint.result)]()
    what = touchpoint.body.strip().split("\n")[0] or touchpoint.title
    follow_ups.plan(
        touchpoint.contact,
        due_on=timezone.localdate(timezone=timezone.get_default_timezone()),
        what=words % {"what": what},
        channel=Channel.PHONE,
        owner=by if touchpoint.result == Result.CALL_BACK else None,
        inquiry=getattr(touchpoint, "inquiry", None),
        phase=phase or touchpoint.phase,
        by=by,
    )

"""The preference centre: topics, frequency and a pause, behind a fresh signed link.

GET changes nothing. The link was sent to the address itself, so whoever presses here
speaks for it; an old link only leads to a new one, sent to the same address.
"""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm_plugin import signing
from crm_plugin.consents import ledger
from crm_plugin.consents import preferences as domain
from crm_plugin.consents.models import Preference, Topic
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.delivery import links
from crm_plugin.delivery.post import default_sender, post

from .pages import not_valid, page

PAUSES, KEEP = (0, 30, 90), "keep"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    try:
        point = domain.point_of(token)
    except signing.ExpiredToken:
        return _expired(request, token)
    except signing.BadToken:
        return not_valid(request)
    if point is None:
        return not_valid(request)
    if request.method == "POST":
        _save(request, point)
    return _show(request, point, saved=request.method == "POST")


def _save(request: HttpRequest, point: ContactPoint) -> None:
    """Write what differs: each change of a topic is a line of the ledger."""
    if "nothing" in request.POST:
        ledger.withdraw(point, source="preferences")
        return
    wanted = set(request.POST.getlist("topic"))
    for topic, state in domain.standing(point):
        if topic.key in wanted and state != "granted":
            wording = ledger.wording_for(_wording(topic), get_language() or "")
            ledger.confirm(point, topic, wording=wording, source="preferences")
        elif topic.key not in wanted and state in ("granted", "pending"):
            ledger.withdraw(point, topic=topic, source="preferences")
    frequency = request.POST.get("frequency", "")
    current = _preference(point)
    domain.choose(
        point.contact,
        frequency=frequency if frequency in Preference.Frequency else None,
        paused_until=_pause(request.POST.get("pause", ""), current.paused_until),
    )


def _pause(chosen: str, current: dt.date | None) -> dt.date | None:
    """The day until which nothing is sent; the page offers a few lengths."""
    if chosen == KEEP:
        return current
    days = int(chosen) if chosen in {str(days) for days in PAUSES} else 0
    return timezone.localdate() + dt.timedelta(days=days) if days else None


def _preference(point: ContactPoint) -> Preference:
    known = Preference.objects.filter(contact=point.contact).first()
    return known or Preference(contact=point.contact)


def _wording(topic: Topic) -> str:
    return _("Yes, please send me: %(topic)s") % {"topic": topic}


def _show(request: HttpRequest, point: ContactPoint, *, saved: bool) -> HttpResponse:
    preference = _preference(point)
    until = preference.paused_until
    context = {
        "point": point,
        "masked": domain.masked(point.value),
        "topics": domain.standing(point),
        "preference": preference,
        "paused": until if until and until > timezone.localdate() else None,
        "frequencies": Preference.Frequency.choices,
        "saved": saved,
    }
    language = point.contact.language
    return page(request, "preferences.html", context, language=language)


def _expired(request: HttpRequest, token: str) -> HttpResponse:
    """An old link: offer a fresh one, sent to the address, at most one a day."""
    point = domain.point_of(token, fresh=False)
    if point is None:
        return not_valid(request)
    if request.method == "POST":
        path = links.absolute(
            links.base_url(default_sender()), "preferences", domain.link_token(point)
        )
        post(
            "preferences",
            contact=point.contact,
            address=point.value,
            point=point,
            context={"preferences_url": path},
            key=f"preferences-{point.pk}-{timezone.localdate()}",
            language=point.contact.language,
        )
    context = {"expired": True, "sent": request.method == "POST"}
    language = point.contact.language
    return page(request, "preferences.html", context, language=language, status=410)

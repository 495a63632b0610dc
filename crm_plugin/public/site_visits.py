"""Whether this browser's visits may be noted: the page behind the bar and its link.

GET changes nothing. There is no CSRF token, because its cookie would be stored before
anybody agreed to anything: a yes is believed only from one of our own pages, which the
browser itself tells; a no from anywhere.
"""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm_plugin.conf import setting
from crm_plugin.consents import behaviour, wordings
from crm_plugin.personalisation import choice, visit, visitor

from .pages import from_here, page, spoken


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def site_visits(request: HttpRequest) -> HttpResponse:
    said = request.POST.get("choice", "")
    if request.method != "POST" or said not in (choice.YES, choice.NO):
        return _show(request, choice.of(request).said)
    believed = said == choice.NO or (from_here(request) and not choice.refuses(request))
    if not believed:
        return _show(request, choice.of(request).said, refused=True)
    wording = _wording(request)
    _in_the_ledger(request, said, wording)
    if "json" in request.headers.get("Accept", ""):
        response = HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    else:
        response = _show(request, said, saved=True)
    choice.keep(response, said, wording=wording)
    if said == choice.NO and visit.COOKIE in request.COOKIES:
        visit.forget(response)
    return response


def language_of(request: HttpRequest) -> str:
    """The language of the page from which somebody came, else the browser's."""
    return spoken(request.GET.get("in", "")) or (get_language() or "")


def _wording(request: HttpRequest) -> int:
    """The id of the words that stood beside the buttons."""
    language = language_of(request)
    with override(language):
        return wordings.wording_for(choice.words(), language).pk


def _in_the_ledger(request: HttpRequest, said: str, wording: int) -> None:
    known = visitor.read_cookie(request)
    contact_id = known.contact_id
    if contact_id is None:
        return
    behaviour.note(
        [
            behaviour.Choice(
                contact_id,
                said == choice.YES,
                wording,
                timezone.now(),
                known.verified,
            )
        ]
    )


def _show(
    request: HttpRequest, said: str, *, saved: bool = False, refused: bool = False
) -> HttpResponse:
    context = {
        "said": said,
        "saved": saved,
        "refused": refused,
        "untracked": choice.refuses(request),
        "days": setting("CRM_BEHAVIOUR_DAYS"),
        "cookie_days": dt.timedelta(days=choice.COOKIE_DAYS).days,
    }
    language = language_of(request)
    response = page(request, "site_visits.html", context, language=language)
    # The address holds no token, and the answer must tell that it comes from here.
    response["Referrer-Policy"] = "same-origin"
    return response

"""The page behind the confirm button: it shows what was said, and asks to press.

GET changes nothing: scanners open links. The token in the address is the right to
press, so neither a cookie nor a CSRF token is needed; pressing again does nothing.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm_plugin import signing
from crm_plugin.consents import preferences
from crm_plugin.consents.models import Wording
from crm_plugin.intake import confirm as intake
from crm_plugin.intake.models import Confirmation
from crm_plugin.personalisation import visitor

from . import evidence
from .pages import from_elsewhere, page


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = intake.read(token)
        if request.method == "POST" and not from_elsewhere(request):
            return _press(request, found)
    except signing.ExpiredToken:
        return page(request, "confirm_refused.html", {"expired": True}, status=410)
    except signing.BadToken:
        return page(request, "confirm_refused.html", {"altered": True}, status=400)
    except intake.Gone:
        return page(request, "confirm_refused.html", {"gone": True}, status=410)
    return _show(request, found)


def _press(request: HttpRequest, found: Confirmation) -> HttpResponse:
    """Press once; only that press makes this browser a verified one."""
    contact, first = intake.press(found, **evidence.of(request))
    response = _show(request, found, done=True, first=first)
    if first and found.point is not None:
        visitor.verify(response, contact, found.point.value_norm)
    return response


def _show(
    request: HttpRequest,
    found: Confirmation,
    *,
    done: bool = False,
    first: bool = False,
) -> HttpResponse:
    """What was said, and the button; the way to her preferences only once."""
    submission = found.submission
    wordings = [entry["wording"] for entry in submission.consents]
    context = {
        "submission": submission,
        "answers": [answer for answer in submission.answers if answer["text"]],
        "wordings": Wording.objects.filter(pk__in=wordings),
        "done": done or found.confirmed_at is not None,
    }
    if first and found.point is not None:
        context["preferences"] = preferences.link_token(found.point)
    return page(request, "confirm.html", context, language=submission.language)

"""Views and beginnings of a form, counted after the page has been sent."""

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crm_plugin.delivery.clicks import AGENTS
from crm_plugin.intake import counting

from . import gate

# In a post: the beginning of this rendering was counted already.
STARTED = "crm_started"
DAY = 24 * 60 * 60


class CountsLater(HttpResponse):
    """A response that counts once it was sent, so that nobody waits for it."""

    count: Any = None

    def close(self) -> None:
        """The server calls this when the visitor has the page."""
        count, self.count = self.count, None
        if count is not None and self.status_code in (200, 302):
            count()
        super().close()


class FormResponse(CountsLater, TemplateResponse):
    """A page of a form."""


class ThanksRedirect(CountsLater, HttpResponseRedirect):
    """The way from a form that was sent to its thank-you page."""


def look(response: CountsLater, request: HttpRequest, stamp: gate.Stamp) -> None:
    """Let *response* count a view, or a beginning that no script has told of."""
    if stamp.page_id is None or not by_a_visitor(request):
        return
    page_id, source = stamp.page_id, counting.via(stamp.source)
    if request.method == "GET":
        response.count = lambda: counting.seen(page_id, source)
    elif request.method == "POST" and not request.POST.get(STARTED):
        response.count = lambda: counting.begun(page_id, source)


def by_a_visitor(request: HttpRequest) -> bool:
    """Not a known machine, not a page fetched ahead, not one of our staff."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        return False
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get(
        "Purpose", ""
    )
    agent = request.headers.get("User-Agent", "")[:400]
    ahead = "prefetch" in purpose or "preview" in purpose
    return bool(agent) and not ahead and AGENTS.search(agent) is None


@csrf_exempt
@require_POST
def started(request: HttpRequest) -> HttpResponse:
    """The script of a form says that somebody began; the stamp of the form proves it.

    One rendering counts once, whoever repeats it.
    """
    stamp = gate.read_any(request.POST.get(gate.TOKEN, ""))
    known = stamp.page_id is not None and by_a_visitor(request)
    if known and cache.add(f"crm-started-{stamp.nonce}", 1, timeout=DAY):
        counting.begun(stamp.page_id, counting.via(stamp.source))
    response = HttpResponse(status=204)
    response["Cache-Control"] = "private, no-store"
    return response

"""Keeps personalised responses out of every cache, the cookie fresh, and visits noted."""

from collections.abc import Callable
from contextlib import nullcontext

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from crm_plugin import once

from . import reading
from . import visit as visits
from . import visitor as visitors


class PersonalisationMiddleware:
    """Goes below any cache middleware, so that the cache sees what it decides.

    Three cases, and only the last may be stored by others:
    a recognised visitor was asked for, or what this visit tells (time, referrer,
    language …): ``private, no-store``;
    a stranger was asked for: the default, kept apart from others by ``Vary: Cookie``;
    nobody was asked for: the response is left as it is.
    A cache that ignores ``Vary`` can therefore serve the default to a member, but
    never a member's variant to anybody, because it was never allowed to store one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._answer(request)
        reading.note_page(request, response)
        self._stay_verified(request, response)
        visitor = visitors.consulted(request)
        if visits.consulted(request):
            patch_vary_headers(response, ["Cookie"])
            response["Cache-Control"] = "private, no-store"
        if visitor is None:
            return response
        patch_vary_headers(response, ["Cookie"])
        if visitor.recognised or visitor.reissue:
            response["Cache-Control"] = "private, no-store"
        if visitor.reissue and visitors.COOKIE not in response.cookies:
            visitors.keep(response, visitor)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        """To show something changes nothing: the settings are read once for it."""
        shows = request.method in ("GET", "HEAD")
        with once.reading() if shows else nullcontext():
            return self.get_response(request)

    def _stay_verified(self, request: HttpRequest, response: HttpResponse) -> None:
        public_id = getattr(response, "crm_recognised", None)
        if public_id is None:
            return
        before = visitors.read_cookie(request)
        if before.verified and before.public_id == public_id:
            visitors.keep(response, before)

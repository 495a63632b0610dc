"""A post to a form whose page was deleted or moved meanwhile: an answer, no bare 404."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from . import refused


class GoneFormMiddleware:
    """Goes to the end of ``MIDDLEWARE``, below whatever redirects from old addresses:
    a redirect asks the browser to open the new page, without what was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 404 and request.method == "POST":
            return refused.lost(request) or response
        return response

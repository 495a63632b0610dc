""" "Not you?": the browser forgets at once whom it was recognised as."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from crm_plugin.personalisation import visitor

from .pages import page


@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: HttpRequest) -> HttpResponse:
    """GET shows a button; only POST forgets. Both read the same for everybody."""
    done = request.method == "POST"
    response = page(request, "forget.html", {"done": done})
    if done:
        visitor.forget(response)
    return response

""" "Not you?": the browser forgets at once whom it was recognised as.

No CSRF token: these pages tell nobody where a visitor came from, so browsers send
``Origin: null``, which Django refuses; and being forgotten harms nobody.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm_plugin.personalisation import visit, visitor

from .pages import page


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: HttpRequest) -> HttpResponse:
    """GET shows a button; only POST forgets. Both read the same for everybody."""
    done = request.method == "POST"
    response = page(request, "forget.html", {"done": done})
    if done:
        visitor.forget(response)
        visit.forget(response)
    return response

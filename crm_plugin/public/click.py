"""A click in a message: kept, the browser recognised, on to the stored address."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from crm_plugin import signing
from crm_plugin.delivery import clicks, links
from crm_plugin.personalisation import choice, visitor

from .pages import not_valid
from .tokens import delivery_of


@require_safe
def click(request: HttpRequest, token: str, position: int) -> HttpResponse:
    """On to link number *position* of that message; never to any other address."""
    try:
        delivery = delivery_of(links.CLICK, token)
    except signing.BadToken:
        return not_valid(request)
    followed = delivery and clicks.follow(delivery, position, _visit(request))
    if not delivery or not followed:
        return not_valid(request)
    link, human = followed
    response = HttpResponseRedirect(links.personal(link.url, delivery))
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    known = delivery.contact is not None and not delivery.contact.archived_at
    if human and known and choice.may_recognise(request):
        visitor.recognise(response, delivery.contact)
    return response


def _visit(request: HttpRequest) -> clicks.Visit:
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get(
        "Purpose", ""
    )
    return clicks.Visit(
        method=request.method or "",
        agent=request.headers.get("User-Agent", "")[:400],
        ahead="prefetch" in purpose or "preview" in purpose,
    )

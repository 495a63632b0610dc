"""The door of a members' page: a fresh link for whoever owns the address, and its button.

The answer is the same for every address. GET changes nothing; pressing the button makes
this browser a verified one, which is what a members' page asks for.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.models import Page

from crm_plugin import normalise, signing
from crm_plugin.intake import limits, spam, submissions
from crm_plugin.personalisation import member_links, members, visitor
from crm_plugin.personalisation.members_pages import door

from .pages import from_elsewhere, not_valid, page, spoken

# Links asked for in ten minutes, from one network and for one address.
FROM_ONE_NETWORK, FOR_ONE_ADDRESS = 20, 3
MOST = 2**63 - 1


@csrf_exempt
@require_POST
def ask(request: HttpRequest, page_id: int) -> HttpResponse:
    """Send a fresh link to the typed address, if it is anybody's; say so either way."""
    if not members.guards(Page.objects.live().filter(pk=min(page_id, MOST)).first()):
        return not_valid(request)
    language = spoken(request.POST.get("in", ""))
    typed = request.POST.get("address", "")
    address = normalise.email(typed)
    with override(language or None):
        if not address:
            problem = _("Please type your e-mail address, such as hanako@example.jp.")
            return door(request, page_id, problem=problem, typed=typed[:320])
        if _within_reason(request, address):
            member_links.ask(address, page_id=page_id, language=language)
        return door(request, page_id, sent=True)


def _within_reason(request: HttpRequest, address: str) -> bool:
    ip = spam.client_address(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("x-forwarded-for", "")
    )
    network = limits.key_of("link_network", submissions.network_of(ip))
    owner = limits.key_of("link_address", address)
    found = limits.count([network, owner])
    return found[network] <= FROM_ONE_NETWORK and found[owner] <= FOR_ONE_ADDRESS


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link: one button, then on to the members' page."""
    try:
        point, page_id = member_links.read(token)
    except signing.ExpiredToken:
        return page(request, "members_enter.html", {"expired": True}, status=410)
    except signing.BadToken:
        return not_valid(request)
    language = point.contact.language
    if request.method != "POST" or from_elsewhere(request):
        hours = member_links.HOURS
        return page(request, "members_enter.html", {"hours": hours}, language=language)
    wanted = Page.objects.live().filter(pk=page_id).first()
    to = (wanted.specific.get_url(request) if wanted else "") or "/"
    response = HttpResponseRedirect(to)
    response["Cache-Control"] = "private, no-store"
    visitor.verify(response, point.contact, point.value_norm)
    return response

"""The preference centre behind a fresh signed link, and asking for such a link.

GET changes nothing. The link was sent to the address itself, so whoever presses here
speaks for it; an old link only leads to a new one, sent to the same address.
"""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm_plugin import signing
from crm_plugin.consents import ledger
from crm_plugin.consents import preferences as domain
from crm_plugin.consents.models import Topic
from crm_plugin.contacts import points
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.delivery import preference_links

from . import evidence
from .pages import language_for, not_valid, page
from .preferences_form import PreferenceForm

SOURCE = "preferences"


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
    if request.method != "POST":
        return _show(request, point, _form(point))
    if "nothing" in request.POST:
        ledger.withdraw(point, source=SOURCE)
        return _show(request, point, _form(point), saved=True)
    form = _form(point, request.POST)
    if not form.is_valid():
        return _show(request, point, form)
    _save(form, point, request)
    point.contact.refresh_from_db()
    return _show(request, point, _form(point), saved=True)


def _form(point: ContactPoint, data: dict | None = None) -> PreferenceForm:
    return PreferenceForm(
        data,
        point=point,
        preference=domain.current(point.contact),
        topics=domain.standing(point),
    )


def _save(form: PreferenceForm, point: ContactPoint, request: HttpRequest) -> None:
    """Write what differs: each change is a line of the ledger."""
    wanted = set(form.cleaned_data["topic"])
    language = language_for(point.contact.language)
    for topic, state in form.standing:
        if topic.key in wanted and state != "granted":
            wording = ledger.wording_for(_wording(topic, language), language)
            said = {"wording": wording, "source": SOURCE, **evidence.of(request)}
            ledger.confirm(point, topic, **said)
        elif topic.key not in wanted and state in ("granted", "pending"):
            ledger.withdraw(point, topic=topic, source=SOURCE)
    domain.choose(point.contact, point=point, source=SOURCE, **form.wanted())
    points.verify(point)


def _wording(topic: Topic, language: str) -> str:
    """What stands beside the tick, and is kept when somebody sets it."""
    with override(language):
        lines = [_("Yes, please send me: %(topic)s") % {"topic": topic}, topic.words]
    return "\n".join(filter(None, lines))


def _show(
    request: HttpRequest,
    point: ContactPoint,
    form: PreferenceForm,
    *,
    saved: bool = False,
) -> HttpResponse:
    language = point.contact.language
    shown = language_for(language)
    context = {
        "form": form,
        "masked": domain.masked(point.value),
        "topics": [(t, _wording(t, shown), state) for t, state in form.standing],
        "chosen": form["topic"].value() or [],
        "paused": form.paused,
        "saved": saved,
    }
    return page(request, "preferences.html", context, language=language)


def _expired(request: HttpRequest, token: str) -> HttpResponse:
    """An old link: offer a fresh one, sent to the address, at most one a day."""
    point = domain.point_of(token, fresh=False)
    if point is None:
        return not_valid(request)
    sent = request.method == "POST"
    if sent:
        preference_links.send(point, language=point.contact.language)
    context = {"expired": True, "sent": sent}
    language = point.contact.language
    return page(request, "preferences.html", context, language=language, status=410)

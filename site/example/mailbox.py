"""``/mailbox/``: what the demo's mails look like; for development only."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.test import Client
from django.urls import path
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from . import sink

SHOWN = 50


def only_in_development(
    view: Callable[..., HttpResponse],
) -> Callable[..., HttpResponse]:
    """On a real server the mailbox does not exist: setting and DEBUG must agree."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        testing = getattr(settings, "EXAMPLE_TESTING", False)
        if not (settings.EXAMPLE_MAILBOX and (settings.DEBUG or testing)):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _mail_or_404(name: str) -> sink.Mail:
    mail = sink.read(name)
    if mail is None:
        raise Http404
    return mail


@only_in_development
def mailbox(request: HttpRequest) -> HttpResponse:
    wanted = request.GET.get("to", "")
    zone = timezone.get_current_timezone()
    found = [
        {"mail": mail, "at": dt.datetime.fromtimestamp(mail.at, tz=zone)}
        for mail in islice(sink.mails(wanted), SHOWN + 1)
    ]
    context = {"mails": found[:SHOWN], "older": len(found) > SHOWN, "to": wanted}
    return render(request, "example/mailbox.html", context)


@only_in_development
def message(request: HttpRequest, name: str) -> HttpResponse:
    mail = _mail_or_404(name)
    headers = [(key, str(value)) for key, value in mail.message.items()]
    context = {
        "mail": mail,
        "headers": headers,
        "told": [pair for pair in headers if pair[0].startswith("List-")],
        "text": mail.part("plain"),
        "html": bool(mail.part("html")),
        "status": request.GET.get("unsubscribed", ""),
    }
    return render(request, "example/mailbox_message.html", context)


@only_in_development
@xframe_options_sameorigin
def body(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part, for a sandboxed frame: no script, no form, nothing from outside.

    Its links open in a window of their own, as they would from a mail client.
    """
    mail = _mail_or_404(name)
    elsewhere = '<head><base target="_blank">'
    response = HttpResponse(mail.part("html").replace("<head>", elsewhere, 1))
    response["Content-Security-Policy"] = (
        "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline';"
        " sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    return response


@only_in_development
@require_POST
def one_click(request: HttpRequest, name: str) -> HttpResponse:
    """Do what a mail client does: POST without cookies to the header's address."""
    mail = _mail_or_404(name)
    address = mail.one_click
    if not address:
        raise Http404
    parts = urlsplit(address)
    visitor = Client(enforce_csrf_checks=True, headers={"host": request.get_host()})
    answer = visitor.post(parts.path, {"List-Unsubscribe": "One-Click"})
    return redirect(f"/mailbox/{name}/?unsubscribed={answer.status_code}")


urlpatterns = [
    path("", mailbox, name="mailbox"),
    path("<str:name>/", message, name="mailbox_message"),
    path("<str:name>/body/", body, name="mailbox_body"),
    path("<str:name>/one-click/", one_click, name="mailbox_one_click"),
]

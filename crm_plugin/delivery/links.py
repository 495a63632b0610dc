"""Addresses in messages: the site they lead to, and the tokens of one delivery."""

from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.urls import reverse
from wagtail.models import Site

from crm_plugin import signing

from .models import Delivery, Sender

UNSUBSCRIBE, CLICK, VIEW, FORM = "unsub", "click", "view", "form-for"
# In the address of a link: filled in, when somebody follows it, with whom it was for.
FOR = "crm_for"
UNSUBSCRIBE_URL, VIEW_URL, LINK = "unsubscribe_url", "web_view_url", "link."
OWN = (UNSUBSCRIBE_URL, VIEW_URL)


def base_url(sender: Sender | None) -> str:
    """Scheme and host of the sender's site, else of the default site."""
    if sender is not None and sender.site is not None:
        return sender.site.root_url
    site = Site.objects.filter(is_default_site=True).first()
    own = getattr(settings, "WAGTAILADMIN_BASE_URL", "")
    return site.root_url if site else own.rstrip("/")


def absolute(base: str, name: str, *args: Any) -> str:
    return base + reverse(f"crm:{name}", args=args)


def in_admin(path: str) -> str:
    """The whole address of a screen of the admin."""
    own = getattr(settings, "WAGTAILADMIN_BASE_URL", "")
    return (own.rstrip("/") or base_url(None)) + path


@cache
def _path(name: str) -> str:
    """The route's path with ``TOKEN`` in it: asked once, not for every message."""
    return reverse(f"crm:{name}", args=["TOKEN", 0] if name == "click" else ["TOKEN"])


def with_token(base: str, name: str, purpose: str, delivery: Delivery) -> str:
    token = signing.make(purpose, delivery.public_id.hex)
    return base + _path(name).replace("TOKEN", token)


def for_delivery(delivery: Delivery, base: str, wanted: list[str]) -> dict[str, str]:
    """The addresses with this delivery's tokens that its rendering has places for."""
    found: dict[str, str] = {}
    click = ""
    for name in wanted:
        if name.startswith(LINK):
            click = click or with_token(base, "click", CLICK, delivery)
            found[name] = click.removesuffix("0") + name.removeprefix(LINK)
        elif name == UNSUBSCRIBE_URL:
            found[name] = unsubscribe(delivery, base)
        elif name == VIEW_URL:
            found[name] = with_token(base, "view", VIEW, delivery)
    return found


def unsubscribe(delivery: Delivery, base: str) -> str:
    return with_token(base, "unsubscribe", UNSUBSCRIBE, delivery)


def is_personal(url: str) -> bool:
    """Whether *url* wants to know whom the message was for."""
    return any(name == FOR for name, _value in parse_qsl(urlsplit(url).query, True))


def personal(url: str, delivery: Delivery) -> str:
    """*url* with a token of this delivery, where it has a place for one.

    The token alone shows nothing: it says which message led to the page.
    """
    if not is_personal(url):
        return url
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query, True) if pair[0] != FOR]
    token = signing.make(FORM, delivery.public_id.hex)
    return urlunsplit(parts._replace(query=urlencode([*kept, (FOR, token)])))


def with_place(url: str, **query: Any) -> str:
    """*url* with *query* and a place for whom the message is for."""
    parts = urlsplit(url)
    pairs = [*parse_qsl(parts.query, True), *query.items(), (FOR, "")]
    return urlunsplit(parts._replace(query=urlencode(pairs)))

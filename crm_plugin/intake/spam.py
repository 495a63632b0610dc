"""Suspicion of spam: never a refusal, only a reason to wait for a person's look."""

import datetime as dt
import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from crm_plugin import normalise
from crm_plugin.conf import setting

from . import limits

HONEYPOT, TOO_FAST, NO_TOKEN, NO_WORK = "honeypot", "too_fast", "no_token", "no_work"
REUSED, SAME_TEXT = "reused", "same_text"
RATE, BROWSER_RATE, ADDRESS_RATE = "rate", "browser_rate", "address_rate"
# One rendering of a form: a few corrections and second thoughts, no more.
POSTS_PER_RENDERING = 5
# Who says the very same thing, in so many words, and how often, is reading it off.
SAME_TEXTS = 3
LONG_ENOUGH = 20


@dataclass(frozen=True)
class Signs:
    """What one post tells about its sender; blanks where it tells nothing.

    *honeypot* is what stood in the field that people never see; *rendered_at* when the
    form was shown (None: its stamp was missing or forged) and *rendering* which one it
    was; *worked*: the browser did the work that the form asked for. *network*,
    *browser* and *address* (the typed one) are what is counted, *text* the message.
    """

    honeypot: str = ""
    rendered_at: dt.datetime | None = None
    rendering: str = ""
    worked: bool = True
    network: str = ""
    browser: str = ""
    address: str = ""
    text: str = ""


def suspicion(signs: Signs) -> str:
    """Why this post looks like a machine's, or ""; the post is counted.

    What is certain to be a machine's does not count against the address that it gave:
    that may belong to somebody who is about to write.
    """
    plain = _plain_sign(signs)
    counted = dict(_counted(signs, certain=bool(plain)))
    keys = {
        reason: limits.key_of(reason, value) for reason, (value, _) in counted.items()
    }
    found = limits.count(keys.values())
    if plain:
        return plain
    for reason, (_value, most) in counted.items():
        if found[keys[reason]] > most:
            return reason
    return ""


def _plain_sign(signs: Signs) -> str:
    if signs.honeypot:
        return HONEYPOT
    if signs.rendered_at is None:
        return NO_TOKEN
    least = dt.timedelta(seconds=setting("CRM_FORM_MIN_SECONDS"))
    if timezone.now() - signs.rendered_at < least:
        return TOO_FAST
    return "" if signs.worked else NO_WORK


def _counted(signs: Signs, *, certain: bool) -> Iterator[tuple[str, tuple[str, int]]]:
    """(reason, (what is counted, how many are still plausible in ten minutes))."""
    text = normalise.fold(signs.text)
    rows: list[tuple[str, str, Callable[[], Any]]] = [
        (REUSED, signs.rendering, lambda: POSTS_PER_RENDERING),
        (RATE, signs.network, lambda: setting("CRM_RATE_LIMIT_POSTS")),
        (BROWSER_RATE, signs.browser, lambda: setting("CRM_RATE_LIMIT_BROWSER")),
    ]
    if not certain:
        rows += [
            (ADDRESS_RATE, signs.address, lambda: setting("CRM_RATE_LIMIT_ADDRESS")),
            (SAME_TEXT, text if len(text) >= LONG_ENOUGH else "", lambda: SAME_TEXTS),
        ]
    for reason, value, most in rows:
        if value:
            yield reason, (value, most())


def client_address(remote: str, forwarded_for: str) -> str:
    """The visitor's address: the socket's, unless trusted proxies stand in front.

    ``CRM_TRUSTED_PROXIES`` says how many; what a visitor writes into the header
    himself stands further left and is never believed.
    """
    proxies = setting("CRM_TRUSTED_PROXIES")
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    if not proxies or len(hops) < proxies:
        return remote
    return _without_port(hops[-proxies]) or remote


def _without_port(hop: str) -> str:
    """The address that some proxies write with a port; "" when it is none at all."""
    for candidate in (hop, hop.rpartition(":")[0].strip("[]")):
        try:
            return str(ipaddress.ip_address(candidate))
        except ValueError:
            continue
    return ""

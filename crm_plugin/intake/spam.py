"""Suspicion of spam: never a refusal, only a reason to wait for a person's look."""

import datetime as dt

from django.core.cache import cache
from django.utils import timezone

from crm_plugin.conf import setting

WINDOW_SECONDS = 600
HONEYPOT, TOO_FAST, NO_TOKEN, RATE = "honeypot", "too_fast", "no_token", "rate"


def suspicion(*, honeypot: str, rendered_at: dt.datetime | None, network: str) -> str:
    """Why this post looks like a machine's, or "".

    *honeypot* is what stood in the field that people never see; *rendered_at* when
    the form was shown (None: its stamp was missing or forged).
    """
    limit_reached = count_post(network) > setting("CRM_RATE_LIMIT_POSTS")
    if honeypot:
        return HONEYPOT
    if rendered_at is None:
        return NO_TOKEN
    least = dt.timedelta(seconds=setting("CRM_FORM_MIN_SECONDS"))
    if timezone.now() - rendered_at < least:
        return TOO_FAST
    return RATE if limit_reached else ""


def count_post(network: str, *, what: str = "posts") -> int:
    """Count this post for its network; how many there were in the running window."""
    if not network:
        return 0
    window = int(timezone.now().timestamp()) // WINDOW_SECONDS
    key = f"crm-{what}-{network.replace('/', '-')}-{window}"
    cache.add(key, 0, timeout=WINDOW_SECONDS)
    try:
        return cache.incr(key)
    except ValueError:
        # Evicted between the two calls: count this one.
        cache.set(key, 1, timeout=WINDOW_SECONDS)
        return 1


def client_address(remote: str, forwarded_for: str) -> str:
    """The visitor's address: the socket's, unless trusted proxies stand in front.

    ``CRM_TRUSTED_PROXIES`` says how many; what a visitor writes into the header
    himself stands further left and is never believed.
    """
    proxies = setting("CRM_TRUSTED_PROXIES")
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    if not proxies or len(hops) < proxies:
        return remote
    return hops[-proxies]

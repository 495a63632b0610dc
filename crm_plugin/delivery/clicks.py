"""Clicks: kept raw, with a flag for those that no person made."""

import datetime as dt
import re
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from crm_plugin.conf import setting
from crm_plugin.contacts import changes

from .models import Delivery, Link, Response

# Nobody reads a message and clicks this soon after it was handed over.
TOO_SOON = dt.timedelta(seconds=3)
# Whoever opens all links of a message within this time is a scanner.
SWEEP = dt.timedelta(seconds=20)
SWEEP_LINKS = 3
AGENTS = re.compile(
    r"bot\b|crawl|spider|scan|preview|proxy|python|curl|wget|httpclient|okhttp|java/"
    r"|go-http|headless|phantom|barracuda|proofpoint|mimecast|safelinks|forcepoint"
    r"|symantec|trend ?micro|fireeye|cisco|sophos|ms-?office|facebookexternalhit"
    r"|slackbot|whatsapp|line-poker|skypeuripreview",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Visit:
    """What the request told: method, agent, and whether it came ahead of a person."""

    method: str = "GET"
    agent: str = ""
    ahead: bool = False


def follow(delivery: Delivery, position: int, visit: Visit) -> tuple[Link, bool] | None:
    """The stored link number *position*, and whether a person followed it.

    Writes one response per link and minute; none for a test message, nor where clicks
    are not counted. ``None`` when
    no such link stood in the message.
    """
    link = Link.objects.filter(
        rendering=delivery.rendering_id, position=position
    ).first()
    if link is None or not link.url.startswith(("http://", "https://")):
        return None
    if delivery.kind == "test" or not setting("CRM_TRACK_CLICKS"):
        return link, False
    now = timezone.now()
    with transaction.atomic():
        machine = is_machine(delivery, visit, now) or _sweeps(delivery, link, now)
        Response.objects.bulk_create(
            [
                Response(
                    delivery=delivery,
                    kind=Response.Kind.CLICK,
                    link=link,
                    machine=machine,
                    at=now,
                    key=f"click:{delivery.pk}:{link.pk}:{machine:d}:{now:%Y%m%d%H%M}",
                )
            ],
            ignore_conflicts=True,
        )
        if delivery.contact_id and not machine:
            changes.note([delivery.contact_id], "responses")
    return link, not machine


def is_machine(delivery: Delivery, visit: Visit, now: dt.datetime) -> bool:
    """Whether this one request already shows that no person made it."""
    soon = delivery.handed_at is not None and now - delivery.handed_at < TOO_SOON
    return (
        visit.method != "GET"
        or visit.ahead
        or soon
        or not visit.agent
        or AGENTS.search(visit.agent) is not None
    )


def _sweeps(delivery: Delivery, link: Link, now: dt.datetime) -> bool:
    """Every link of the message within seconds: then the earlier ones count no more."""
    stored = Link.objects.filter(rendering=delivery.rendering_id).count()
    if stored < SWEEP_LINKS:
        return False
    lately = delivery.responses.filter(kind=Response.Kind.CLICK, at__gt=now - SWEEP)
    opened = set(lately.values_list("link_id", flat=True)) | {link.pk}
    if len(opened) < max(SWEEP_LINKS, stored):
        return False
    lately.update(machine=True)
    return True

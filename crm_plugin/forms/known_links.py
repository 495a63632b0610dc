"""A fresh link that opens one form with what is known, sent to the address itself.

A link in a newsletter may have been passed on, with its page and its button. Whoever
reads the mails of the address has this one, too; nobody else does.
"""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from crm_plugin import signing
from crm_plugin.contacts import points
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.delivery import links
from crm_plugin.delivery.models import Delivery
from crm_plugin.delivery.post import post

PURPOSE, KIND = "form-known", "form_link"
# So long its button makes a browser a verified one.
FRESH = dt.timedelta(hours=1)
# So many a day go to an address; of one form none again before so long.
A_DAY, AGAIN = 3, dt.timedelta(minutes=10)


def send(point: ContactPoint, url: str, *, page_id: int, language: str) -> None:
    """Mail a link to the form at *url*; nothing when too many were sent lately."""
    now, same = timezone.now(), f"{KIND}-{point.pk}-{page_id}-"
    lately = Delivery.objects.filter(
        kind=KIND,
        address_norm=point.value_norm,
        created_at__gt=now - dt.timedelta(days=1),
    )
    just_now = lately.filter(key__startswith=same, created_at__gt=now - AGAIN)
    if lately.count() >= A_DAY or just_now.exists():
        return
    post(
        KIND,
        contact=point.contact,
        address=point.value,
        point=point,
        context={"form_url": f"{url}?{urlencode({links.FOR: make(point)})}"},
        key=f"{same}{now:%Y%m%d%H%M}",
        language=language or point.contact.language,
    )


def make(point: ContactPoint) -> str:
    return signing.make(
        PURPOSE, point.contact.public_id, p=point.pk, h=points.mark(point)
    )


def read(token: str, *, opened: dt.timedelta) -> tuple[ContactPoint | None, bool]:
    """(the point that *token* was sent to, whether it is still fresh).

    A link that is no longer fresh still says whom it was for, while *opened* lasts.
    """
    payload = _payload(token, FRESH)
    fresh = payload is not None
    payload = payload or _payload(token, opened)
    if payload is None:
        return None, False
    rows = ContactPoint.objects.select_related("contact").filter(
        pk=payload.get("p") or 0,
        kind=ContactPoint.Kind.EMAIL,
        contact__archived_at=None,
        contact__public_id=payload["id"],
    )
    point = rows.first()
    if point is None or not points.bears(point, payload.get("h")):
        return None, False
    return point, fresh


def _payload(token: str, max_age: dt.timedelta) -> dict[str, Any] | None:
    try:
        return signing.read(PURPOSE, token, max_age=max_age)
    except signing.BadToken:
        return None

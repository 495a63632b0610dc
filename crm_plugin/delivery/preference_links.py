"""A fresh link to the preference centre, sent to the address that it is for."""

import datetime as dt
from typing import Any

from django.db.models import F
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.consents import preferences
from crm_plugin.contacts.models import ContactPoint

from . import links
from .models import Delivery, LinkRequest
from .post import default_sender, post

KIND = "preferences"
DAY = dt.timedelta(hours=24)
PORTION = 100


def ask(address_norm: str, *, language: str) -> None:
    """Somebody typed this address: one insert, whether we know it or not."""
    LinkRequest.objects.bulk_create(
        [LinkRequest(address_norm=address_norm, language=language)],
        ignore_conflicts=True,
    )
    queue.wake("preference-links")


def send(point: ContactPoint, *, language: str, by: Any = None) -> Delivery | None:
    """Mail the link to *point*; None when it got one within 24 hours."""
    lately = Delivery.objects.filter(
        kind=KIND,
        address_norm=point.value_norm,
        created_at__gt=timezone.now() - DAY,
    )
    if lately.exists():
        return None
    sender = default_sender()
    token = preferences.link_token(point)
    url = links.absolute(links.base_url(sender), "preferences", token)
    return post(
        KIND,
        contact=point.contact,
        address=point.value,
        point=point,
        context={"preferences_url": url},
        key=f"preferences-{point.pk}-{timezone.now():%Y%m%d%H%M%S}",
        language=language or point.contact.language,
        sender=sender,
        by=by,
    )


@queue.chore("preference-links", every=60)
def answer_requests() -> bool:
    """Answer a portion of the requests and forget them; true while it was a full one.

    An address that stands on several records gets one link: to the record whose
    owner confirmed it, else to the oldest.
    """
    rows = list(LinkRequest.objects.order_by("pk")[:PORTION])
    for row in rows:
        points = ContactPoint.objects.filter(
            kind=ContactPoint.Kind.EMAIL,
            value_norm=row.address_norm,
            contact__archived_at=None,
        ).select_related("contact")
        first = points.order_by(F("verified_at").asc(nulls_last=True), "pk").first()
        if first is not None:
            send(first, language=row.language)
        row.delete()
    return len(rows) == PORTION

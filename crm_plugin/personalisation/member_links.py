"""A fresh link to a members' page, sent to the address itself.

What was typed is stored, known or not; a worker looks whose it is. So the answer to the
visitor, and the time it takes, are the same for every address.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from crm_plugin import queue, signing
from crm_plugin.contacts import points as addresses
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.delivery import links
from crm_plugin.delivery.models import Delivery
from crm_plugin.delivery.post import default_sender, post

from .models import MembersOnly, PageLinkRequest

PURPOSE, KIND = "members", "members_link"
HOURS = 24
# So many links a day go to an address.
A_DAY = 5
PORTION = 50


def ask(address: str, *, page_id: int, language: str) -> PageLinkRequest:
    """Somebody at *address* (normalised) would like to see a members' page."""
    row = PageLinkRequest.objects.create(
        address=address, page_id=page_id, language=language, at=timezone.now()
    )
    queue.wake("members-links")
    return row


@queue.chore("members-links", every=60)
def send() -> bool:
    """Write to those who are known; forget all requests, and what is an hour old."""
    with transaction.atomic():
        rows = PageLinkRequest.objects.select_for_update(skip_locked=True)
        asked = list(rows.order_by("pk")[:PORTION])
        points = _points({row.address for row in asked})
        fresh = timezone.now() - dt.timedelta(hours=1)
        for row in asked:
            if row.at > fresh:
                _send(row, points.get(row.address, []))
        PageLinkRequest.objects.filter(pk__in=[row.pk for row in asked]).delete()
    return len(asked) == PORTION


def _points(addresses: Iterable[str]) -> dict[str, list[ContactPoint]]:
    """Whose the addresses are, the oldest verified first; one query."""
    rows = ContactPoint.objects.filter(
        kind=ContactPoint.Kind.EMAIL,
        value_norm__in=addresses,
        contact__archived_at=None,
    ).select_related("contact")
    found: dict[str, list[ContactPoint]] = {}
    for row in sorted(rows, key=lambda row: (row.verified_at is None, row.pk)):
        found.setdefault(row.value_norm, []).append(row)
    return found


def _send(asked: PageLinkRequest, points: list[ContactPoint]) -> None:
    """One mail an hour and ``A_DAY`` to an address: to the member among those who share
    it, if any.
    """
    if not points or _had_enough(asked.address):
        return
    point = points[0]
    if len(points) > 1:
        point = next((p for p in points if _admitted(asked, p)), point)
    sender = default_sender()
    token = make(point, asked.page_id)
    post(
        KIND,
        contact=point.contact,
        address=point.value,
        point=point,
        context={
            "members_url": links.absolute(
                links.base_url(sender), "members_enter", token
            )
        },
        key=f"{KIND}-{point.pk}-{asked.at:%Y%m%d%H}",
        language=asked.language or point.contact.language,
        sender=sender,
    )


def _had_enough(address: str) -> bool:
    """Whoever types somebody else's address again and again fills no mailbox."""
    lately = timezone.now() - dt.timedelta(days=1)
    sent = Delivery.objects.filter(
        kind=KIND, address_norm=address, created_at__gt=lately
    )
    return sent.count() >= A_DAY


def _admitted(asked: PageLinkRequest, point: ContactPoint) -> bool:
    rules = MembersOnly.objects.filter(restriction__page_id=asked.page_id)
    rule = rules.first()
    return rule is not None and rule.admits(point.contact_id)


def make(point: ContactPoint, page_id: int) -> str:
    said = {"p": point.pk, "to": page_id, "h": addresses.mark(point)}
    return signing.make(PURPOSE, point.contact.public_id, **said)


def read(token: str) -> tuple[ContactPoint, int]:
    """The point that *token* was sent to, and the page it leads to.

    Raises ``signing.BadToken``, also when the point or its contact is gone, or the
    address was corrected since.
    """
    payload = signing.read(PURPOSE, token, max_age=dt.timedelta(hours=HOURS))
    rows = ContactPoint.objects.select_related("contact").filter(
        pk=payload.get("p") or 0,
        contact__archived_at=None,
        contact__public_id=payload["id"],
    )
    point = rows.first()
    if point is None:
        raise signing.BadToken
    # Links that were mailed before there were marks bear none; they run out.
    if "h" in payload and not addresses.bears(point, payload["h"]):
        raise signing.BadToken
    return point, int(payload.get("to") or 0)

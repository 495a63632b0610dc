"""The nightly seal: one hash over all lines of the ledger since the last one."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from crm_plugin import queue

from .ledger import PORTION, expire_unconfirmed
from .models import ConsentEvent, ConsentSeal

# A transaction may commit its lines after a later one's: young lines wait a while.
SETTLED = timedelta(minutes=30)
FIELDS = [field.attname for field in ConsentEvent._meta.concrete_fields]


def seal() -> ConsentSeal | None:
    """Seal what was written since the last seal; None when there is nothing new."""
    with transaction.atomic():
        last = ConsentSeal.objects.order_by("-up_to").first()
        after = last.up_to if last else 0
        settled = ConsentEvent.objects.filter(id__gt=after).exclude(
            at__gt=timezone.now() - SETTLED
        )
        newest = settled.order_by("-id").values_list("id", flat=True).first()
        if newest is None:
            return None
        digest = _digest(last.sha256 if last else "", after, newest)
        return ConsentSeal.objects.create(up_to=newest, sha256=digest)


def verify_seals() -> list[int]:
    """The seals (by ``up_to``) whose lines are not as they were sealed.

    Each seal includes the one before, so that a seal cannot be made anew alone.
    """
    broken, before, after = [], "", 0
    for each in ConsentSeal.objects.order_by("up_to"):
        if _digest(before, after, each.up_to) != each.sha256:
            broken.append(each.up_to)
        before, after = each.sha256, each.up_to
    return broken


def _digest(before: str, after: int, up_to: int) -> str:
    total = hashlib.sha256(before.encode())
    for line in _lines(after, up_to):
        total.update(line)
    return total.hexdigest()


def _lines(after: int, up_to: int) -> Iterator[bytes]:
    rows = ConsentEvent.objects.filter(id__gt=after, id__lte=up_to).order_by("id")
    for row in rows.iterator(2_000):
        said = {name: getattr(row, name) for name in FIELDS}
        yield json.dumps(said, sort_keys=True, default=str).encode() + b"\n"


@queue.chore("seal", every=86_400)
def seal_nightly() -> bool:
    """Seal once a day; never more to do."""
    seal()
    return False


@queue.chore("consent-expiry", every=86_400)
def expire_daily() -> bool:
    """Forget unconfirmed sign-ups; true while a full portion was found."""
    return expire_unconfirmed() >= PORTION

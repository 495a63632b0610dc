"""What somebody rated us: stars and recommendation, as numbers to count with."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from crm_plugin.contacts.models import Contact

from .models import Rating, Touchpoint


def rate(
    contact: Contact | None,
    touchpoint: Touchpoint | None,
    scores: Mapping[str, int],
    *,
    key: str,
    at: dt.datetime | None = None,
    page_id: int | None = None,
    page_title: str = "",
    unverified: bool = False,
) -> list[Rating]:
    """Keep *scores* ``{scale: score}``; the same *key* and scale are kept once."""
    rows = [
        Rating(
            contact=contact,
            touchpoint=touchpoint,
            scale=scale,
            score=score,
            at=at or timezone.now(),
            page_id=page_id,
            page_title=page_title[:255],
            unverified=unverified,
            key=f"{key}:{scale}",
        )
        for scale, score in scores.items()
    ]
    return Rating.objects.bulk_create(rows, ignore_conflicts=True)


def latest(contact_id: int, *, user: Any) -> QuerySet[Rating]:
    """The ratings of one contact, the newest first."""
    rows = Rating.objects.visible_to(user).filter(contact_id=contact_id)
    return rows.order_by("-at", "-pk")

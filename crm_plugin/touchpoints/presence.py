"""Who has an answer screen open just now: a courtesy, not a lock."""

import time
from typing import Any

from django.core.cache import cache

from crm_plugin import normalise

SECONDS = 120


def here(inquiry_id: int, user: Any) -> None:
    """Note that *user* is writing; forgotten two minutes after the last call."""
    present = _present(inquiry_id)
    present[user.pk] = (normalise.staff(user), time.time())
    cache.set(_key(inquiry_id), present, SECONDS)


def others(inquiry_id: int, user: Any) -> list[str]:
    """The names of the others who have it open."""
    present = _present(inquiry_id)
    return sorted(name for pk, (name, _at) in present.items() if pk != user.pk)


def gone(inquiry_id: int, user: Any) -> None:
    present = _present(inquiry_id)
    if present.pop(user.pk, None):
        cache.set(_key(inquiry_id), present, SECONDS)


def _present(inquiry_id: int) -> dict[int, tuple[str, float]]:
    known = cache.get(_key(inquiry_id)) or {}
    oldest = time.time() - SECONDS
    return {pk: (name, at) for pk, (name, at) in known.items() if at > oldest}


def _key(inquiry_id: int) -> str:
    return f"crm-answering-{inquiry_id}"

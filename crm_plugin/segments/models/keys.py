"""The keys of segments, by which rules name them."""

from typing import Any

from django.utils.text import slugify


def key_for(segment: Any) -> str:
    """A key from the name that no other segment has; names may be Japanese."""
    base = slugify(segment.name)[:48] or "segment"
    others = type(segment).objects.filter(key__startswith=base).exclude(pk=segment.pk)
    taken = set(others.values_list("key", flat=True))
    if base not in taken and base != "segment":
        return base
    return f"{base}-{segment.uuid.hex[:8]}"

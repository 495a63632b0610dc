"""Tags of a touchpoint: somebody's own words to find it by, in one spelling."""

import re

from crm_plugin import normalise

LONGEST = 200
_BETWEEN = re.compile(r"[,、，;；\n]+")


def clean(typed: str) -> str:
    """Each tag once, with ", " between them; half and full width are the same."""
    found: dict[str, str] = {}
    for part in _BETWEEN.split(typed or ""):
        word = normalise.text(part).lstrip("#").strip()
        if word:
            found.setdefault(normalise.fold(word), word)
    return ", ".join(found.values())[:LONGEST].rstrip(", ")

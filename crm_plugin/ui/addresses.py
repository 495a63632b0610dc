"""Where a figure leads: lists and acts that ask for permission again."""

import json
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


def contact_list(**filters: str) -> str:
    """The contact list with *filters*, or nothing where a host site has none."""
    return _address("crm_contact:index", filters)


def people(*conditions: dict[str, Any]) -> str:
    """The list of whom these conditions choose: to save, to change or to export."""
    return contact_list(rule=_said(conditions))


def picking(name: str, *conditions: dict[str, Any]) -> str:
    """The page that puts whom these conditions choose into a new hand-picked segment.

    It says first how many they are; *name* is what it proposes to call them.
    """
    asked = {"rule": _said(conditions), "do": "pick", "name": name}
    return _address("crm_contact:bulk", asked)


def _said(conditions: tuple[dict[str, Any], ...]) -> str:
    return json.dumps(conditions, ensure_ascii=False, separators=(",", ":"))


def _address(view: str, asked: dict[str, str]) -> str:
    try:
        address = reverse(view)
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(asked)}" if asked else address

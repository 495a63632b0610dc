"""Addresses of screens that an installation may have taken out."""

from typing import Any

from django.urls import NoReverseMatch, reverse


def address(name: str, *args: Any) -> str:
    """The URL called *name*, or "" where that screen is not installed."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""

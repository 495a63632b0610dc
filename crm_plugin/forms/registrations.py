"""What this door tells the registries: which pages name an attribute."""

from . import attribute_usage

__all__ = ["attribute_usage"]

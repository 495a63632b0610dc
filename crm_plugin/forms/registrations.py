"""What this door tells the registries, and what follows when a form is published."""

from . import attribute_usage, messages, publishing

__all__ = ["attribute_usage", "messages", "publishing"]

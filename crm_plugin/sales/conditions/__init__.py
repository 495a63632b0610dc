"""What rules can ask about purchases and deals."""

from . import deals, purchases  # noqa: F401

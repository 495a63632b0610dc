"""What rules can ask about purchases and deals."""

from . import best, deals, purchases  # noqa: F401

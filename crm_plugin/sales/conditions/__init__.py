"""What rules can ask about purchases, plans and deals."""

from . import best, deals, plans, purchases  # noqa: F401

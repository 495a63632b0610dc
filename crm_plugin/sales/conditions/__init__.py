"""What rules can ask about purchases, plans and deals."""

from . import best, deals, plans, purchase_days, purchases, rfm  # noqa: F401

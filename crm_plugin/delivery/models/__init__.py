from .mailing import Link, Mailing, Rendering, Sender, ServiceMessage
from .outbox import Delivery, Pace, Response

__all__ = [
    "Delivery",
    "Link",
    "Mailing",
    "Pace",
    "Rendering",
    "Response",
    "Sender",
    "ServiceMessage",
]

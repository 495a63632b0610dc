from .mailing import Link, Mailing, Rendering, Sender, ServiceMessage
from .outbox import Delivery, Response

__all__ = [
    "Delivery",
    "Link",
    "Mailing",
    "Rendering",
    "Response",
    "Sender",
    "ServiceMessage",
]

from .link_request import LinkRequest
from .mailing import Link, Mailing, Rendering, ServiceMessage
from .outbox import Delivery, Pace, Response
from .sender import Sender

__all__ = [
    "Delivery",
    "Link",
    "LinkRequest",
    "Mailing",
    "Pace",
    "Rendering",
    "Response",
    "Sender",
    "ServiceMessage",
]

"""In whose name a message goes out: in its header and on its envelope."""

from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings

from .headers import address
from .models import Sender


@dataclass(frozen=True)
class Origin:
    """Name, address and where replies go."""

    name: str
    email: str
    reply_to: str = ""

    @property
    def envelope(self) -> str:
        """The address on the envelope. Raises ``headers.BadAddress``."""
        return address(self.email)

    @property
    def domain(self) -> str:
        return self.envelope.rpartition("@")[2]


def origin_of(sender: Sender | None, language: str) -> Origin:
    """The sender's name in *language*, else the site's default one."""
    if sender is not None:
        name = sender.said("from_name", language)
        return Origin(name, sender.from_email, sender.reply_to)
    return Origin(*parseaddr(settings.DEFAULT_FROM_EMAIL))

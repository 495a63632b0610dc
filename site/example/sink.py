"""A local mail server for the demo: it takes every message and delivers none."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings


class KeepMessages:
    """An aiosmtpd handler that writes each message into the mailbox folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        name = uuid.uuid4().hex
        part = self.folder / f"{name}.part"
        recipients = ", ".join(envelope.rcpt_tos).encode()
        part.write_bytes(b"X-Envelope-To: " + recipients + b"\r\n" + envelope.content)
        part.rename(self.folder / f"{name}.eml")
        return "250 OK"


@dataclass(frozen=True)
class Mail:
    """One message of the mailbox, newest first in ``mails()``."""

    name: str
    at: float
    message: EmailMessage

    @property
    def recipient(self) -> str:
        return str(self.message["X-Envelope-To"] or self.message["To"] or "")

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def one_click(self) -> str:
        """The address that a mail client posts to for RFC 8058, if there is one."""
        if not self.message["List-Unsubscribe-Post"]:
            return ""
        listed = str(self.message["List-Unsubscribe"] or "")
        found = [part.strip(" <>\r\n\t") for part in listed.split(",")]
        return next((part for part in found if part.startswith("http")), "")

    def part(self, kind: str) -> str:
        """The text of the message's part ``plain`` or ``html``."""
        body = self.message.get_body((kind,))
        return body.get_content() if body else ""


def mails(recipient: str = "") -> Iterable[Mail]:
    """Every message in the mailbox, newest first, perhaps of one recipient only."""
    files = sorted(
        Path(settings.MAILBOX_DIR).glob("*.eml"),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for path in files:
        mail = read(path.stem)
        if mail and recipient.casefold() in mail.recipient.casefold():
            yield mail


def read(name: str) -> Mail | None:
    """The message called *name*, or None."""
    path = Path(settings.MAILBOX_DIR) / f"{name}.eml"
    if not name.isalnum() or not path.exists():
        return None
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Mail(name, path.stat().st_mtime, message)  # type: ignore[arg-type]

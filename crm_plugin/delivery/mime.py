"""Bytes of a message: what never changes is prepared once per rendering.

Django's message classes cost twenty times the rest of a mailing; this writes the
same headers and parts by joining prepared pieces. Bodies go as base64, so that no
line is too long and no dot or ``From`` needs care.
"""

import secrets
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from crm_plugin import merge_tags

from .headers import address, phrase, words
from .models import Rendering
from .origin import Origin

LINE = 76


@dataclass(frozen=True)
class Attachment:
    """A small file that goes with a message; ``content_type`` with its parameters."""

    name: str
    content_type: str
    content: bytes


class Skeleton:
    """One rendering in one sender's name; ``message`` fills in one recipient."""

    def __init__(
        self, rendering: Rendering, origin: Origin, *, automatic: bool = False
    ) -> None:
        self.subject = merge_tags.scan(rendering.subject)
        self.text = merge_tags.scan(rendering.text)
        self.html = merge_tags.scan(rendering.html, markup=True)
        self.names = list(
            dict.fromkeys(
                merge_tags.names([*self.subject, *self.text, *self.html]),
            )
        )
        self.fallbacks = merge_tags.fallbacks(self.names, rendering.language)
        self.origin = origin
        self._head = self._always(automatic)
        self._open, self._between, self._close = self._frame()

    def message(
        self,
        to: str,
        *,
        values: Mapping[str, str],
        message_id: str,
        at: datetime,
        unsubscribe: str = "",
        attachment: Attachment | None = None,
    ) -> bytes:
        """The whole message for one recipient. Raises ``BadAddress``."""
        headers = [
            f"To: {address(to)}",
            f"Subject: {words(self.headline(values))}",
            f"Message-ID: {message_id}",
            f"Date: {format_datetime(at)}",
        ]
        if unsubscribe:
            headers.append(f"List-Unsubscribe: <{unsubscribe}>")
            headers.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        body = [self._open, _lines(self.plain(values))]
        if self.html:
            body += [self._between, _lines(self.markup(values))]
        body.append(self._close)
        if attachment is not None:
            body = _with_file(body, attachment)
        return b"".join(["\r\n".join(headers).encode("ascii"), self._head, *body])

    def headline(self, values: Mapping[str, str]) -> str:
        return merge_tags.fill(self.subject, values, fallbacks=self.fallbacks)

    def plain(self, values: Mapping[str, str]) -> str:
        return merge_tags.fill(self.text, values, fallbacks=self.fallbacks)

    def markup(self, values: Mapping[str, str]) -> str:
        return merge_tags.fill(self.html, values, markup=True, fallbacks=self.fallbacks)

    def _always(self, automatic: bool) -> bytes:
        """The headers that are the same for everybody."""
        origin = self.origin
        headers = ["", f"From: {phrase(origin.name)} <{origin.envelope}>"]
        if origin.reply_to:
            headers.append(f"Reply-To: {address(origin.reply_to)}")
        if automatic:
            headers.append("Auto-Submitted: auto-generated")
            headers.append("X-Auto-Response-Suppress: OOF, AutoReply")
        return "\r\n".join([*headers, "MIME-Version: 1.0", ""]).encode("ascii")

    def _frame(self) -> tuple[bytes, bytes, bytes]:
        """Everything before, between and after the two bodies."""
        if not self.html:
            return _joined(_part("plain"), "", ""), b"", b""
        mark = _boundary()
        kind = f'Content-Type: multipart/alternative; boundary="{mark}"'
        opening = _joined(kind, "", f"--{mark}", _part("plain"), "", "")
        between = _joined(f"--{mark}", _part("html"), "", "")
        return opening, between, _joined(f"--{mark}--", "")


def _boundary() -> str:
    return f"=_{secrets.token_hex(12)}"


def _joined(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("ascii")


def _with_file(body: list[bytes], file: Attachment) -> list[bytes]:
    """*body* as the first part of a message, the file as its second one."""
    mark = _boundary()
    kind = f'Content-Type: multipart/mixed; boundary="{mark}"'
    part = _joined(
        f"--{mark}",
        f"Content-Type: {file.content_type}",
        f'Content-Disposition: attachment; filename="{file.name}"',
        "Content-Transfer-Encoding: base64",
        "",
        "",
    )
    opening = _joined(kind, "", f"--{mark}", "")
    end = _joined(f"--{mark}--", "")
    return [opening, *body, part, _encoded(file.content), end]


def _part(subtype: str) -> str:
    return (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: base64"
    )


def _lines(body: str) -> bytes:
    """*body* as base64 lines of 76 characters."""
    text = body.replace("\r\n", "\n").replace("\n", "\r\n")
    return _encoded(text.encode("utf-8", "replace"))


def _encoded(raw: bytes) -> bytes:
    encoded = b2a_base64(raw, newline=False)
    lines = [encoded[at : at + LINE] for at in range(0, len(encoded), LINE)]
    return b"\r\n".join([*lines, b""])

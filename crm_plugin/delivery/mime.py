"""Bytes of a message: what never changes is prepared once per rendering.

Django's message classes cost twenty times the rest of a mailing; this writes the
same headers and parts by joining prepared pieces. Bodies go as base64, so that no
line is too long and no dot or ``From`` needs care.
"""

import secrets
from binascii import b2a_base64
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from crm_plugin import merge_tags

from .headers import address, phrase, words
from .models import Rendering
from .origin import Origin

LINE = 76


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
        self._open, self._between, self._close = self._frame(automatic)

    def message(
        self,
        to: str,
        *,
        values: Mapping[str, str],
        message_id: str,
        at: datetime,
        unsubscribe: str = "",
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
        pieces = ["\r\n".join(headers).encode("ascii"), self._open]
        pieces.append(_lines(self.plain(values)))
        if self.html:
            pieces += [self._between, _lines(self.markup(values))]
        return b"".join([*pieces, self._close])

    def headline(self, values: Mapping[str, str]) -> str:
        return merge_tags.fill(self.subject, values, fallbacks=self.fallbacks)

    def plain(self, values: Mapping[str, str]) -> str:
        return merge_tags.fill(self.text, values, fallbacks=self.fallbacks)

    def markup(self, values: Mapping[str, str]) -> str:
        return merge_tags.fill(self.html, values, markup=True, fallbacks=self.fallbacks)

    def _frame(self, automatic: bool) -> tuple[bytes, bytes, bytes]:
        """Everything before, between and after the two bodies."""
        origin = self.origin
        headers = ["", f"From: {phrase(origin.name)} <{origin.envelope}>"]
        if origin.reply_to:
            headers.append(f"Reply-To: {address(origin.reply_to)}")
        if automatic:
            headers.append("Auto-Submitted: auto-generated")
            headers.append("X-Auto-Response-Suppress: OOF, AutoReply")
        headers.append("MIME-Version: 1.0")
        if not self.html:
            head = "\r\n".join([*headers, _part("plain"), "", ""])
            return head.encode("ascii"), b"", b""
        mark = f"=_{secrets.token_hex(12)}"
        headers.append(f'Content-Type: multipart/alternative; boundary="{mark}"')
        opening = "\r\n".join([*headers, "", f"--{mark}", _part("plain"), "", ""])
        between = "\r\n".join([f"--{mark}", _part("html"), "", ""])
        closing = f"--{mark}--\r\n"
        return opening.encode("ascii"), between.encode("ascii"), closing.encode()


def _part(subtype: str) -> str:
    return (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: base64"
    )


def _lines(body: str) -> bytes:
    """*body* as base64 lines of 76 characters."""
    raw = body.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    encoded = b2a_base64(raw, newline=False)
    lines = [encoded[at : at + LINE] for at in range(0, len(encoded), LINE)]
    return b"\r\n".join([*lines, b""])

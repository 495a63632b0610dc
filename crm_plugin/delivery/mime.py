"""Bytes of a message: what never changes is prepared once per rendering.

Django's message classes cost twenty times the rest of a mailing; this writes the
same headers and parts by joining prepared pieces. Bodies go as base64, so that no
line is too long and no dot or ``From`` needs care.
"""

import re
import secrets
from base64 import b64encode
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr

from django.conf import settings

from crm_plugin import merge_tags

from .models import Rendering, Sender

LINE = 57
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ATOM = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)
_LOCAL = re.compile(r"[!-~]+")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


class BadAddress(ValueError):
    """No mail server would take this address."""


def address(text: str) -> str:
    """*text* as it stands in an envelope or header.

    Japanese mobile addresses such as ``a..b@docomo.ne.jp`` are quoted. Raises
    ``BadAddress``.
    """
    local, at, domain = text.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        raise BadAddress from None
    if not (at and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise BadAddress
    if not _ATOM.fullmatch(local):
        local = _quoted(local.strip('"'))
    return f"{local}@{domain}"


def phrase(text: str) -> str:
    """A display name: quoted when plain, encoded when not, never two lines."""
    text = one_line(text)
    return _quoted(text) if text.isascii() and len(text) < 200 else words(text)


def words(text: str) -> str:
    """Header text: as it stands when short and plain, else in encoded words."""
    text = one_line(text)
    if text.isascii() and len(text) < 200 and "=?" not in text:
        return text
    chunks, chunk = [], b""
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(chunk) + len(encoded) > 45:
            chunks.append(chunk)
            chunk = b""
        chunk += encoded
    chunks.append(chunk)
    return "\r\n ".join(f"=?utf-8?b?{b64encode(c).decode()}?=" for c in chunks)


def one_line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()[:2_000]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@dataclass(frozen=True)
class From:
    """In whose name: header and envelope."""

    name: str
    email: str
    reply_to: str = ""

    @classmethod
    def sender(cls, sender: Sender) -> "From":
        return cls(sender.from_name, sender.from_email, sender.reply_to)

    @classmethod
    def default(cls) -> "From":
        name, email = parseaddr(settings.DEFAULT_FROM_EMAIL)
        return cls(name, email)

    @property
    def domain(self) -> str:
        return self.envelope.rpartition("@")[2]

    @property
    def envelope(self) -> str:
        return address(self.email)


class Skeleton:
    """One rendering in one sender's name; ``message`` fills in one recipient."""

    def __init__(
        self, rendering: Rendering, origin: From, *, automatic: bool = False
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
        said = merge_tags.fill(self.subject, values, fallbacks=self.fallbacks)
        headers = [
            f"To: {address(to)}",
            f"Subject: {words(said)}",
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
    return b"".join(
        b2a_base64(raw[start : start + LINE], newline=False) + b"\r\n"
        for start in range(0, len(raw), LINE)
    )

"""Header lines that stay one line and stay plain ASCII, whatever people are called."""

import re
from base64 import b64encode

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

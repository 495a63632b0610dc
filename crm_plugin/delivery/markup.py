"""The HTML of a message: its links found and replaced, its addresses absolute."""

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from urllib.parse import urljoin

from django.utils.translation import gettext as _

URL_TAG = re.compile(r"\s*\{\{\s*[a-z_]+_url\s*\}\}\s*")
SCHEMES = ("http", "https", "mailto", "tel", "sms")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
# Browsers read over these, also in the middle of "java script:".
_IGNORED = re.compile(r"[\x00-\x20\x7f]+")
_PLAIN_URL = re.compile(r"https?://[^\s<>()\[\]{}\"'\x80-\U0010ffff]+(?<![.,;:!?])")


class BadLink(ValueError):
    """A link that no mail of ours may hold; the message says which."""


Replace = Callable[[str], str]


class _Links(HTMLParser):
    """Copies HTML as it stands, but for the addresses in ``href`` and ``src``."""

    def __init__(self, base: str, replace: Replace) -> None:
        super().__init__(convert_charrefs=False)
        self.base, self.replace = base, replace
        self.out: list[str] = []
        self.labels: dict[str, str] = {}
        self.open_link = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        raw = self.get_starttag_text() or ""
        for name, value in attrs:
            if not value or (name, tag) not in ADDRESSES:
                continue
            new = self._address(name, value)
            raw = _with_attribute(raw, name, new)
        self.out.append(raw)

    handle_startendtag = handle_starttag

    def _address(self, name: str, value: str) -> str:
        if URL_TAG.fullmatch(value) or value.startswith("#"):
            return value
        absolute = checked(value, self.base)
        if name == "src" or not absolute.startswith(("http:", "https:")):
            return absolute
        new = self.replace(absolute)
        self.labels.setdefault(new, "")
        self.open_link = new
        return new

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.open_link = ""
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.open_link:
            self.labels[self.open_link] += data
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        if data.lstrip().lower().startswith(("[if", "<![endif")):
            self.out.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.out.append(f"<!{decl}>")


ADDRESSES = {("href", "a"), ("href", "area"), ("src", "img")}


def replace_links(
    html: str, *, base: str, replace: Replace
) -> tuple[str, dict[str, str]]:
    """*html* with every web address put through ``replace``; and the links' words.

    Relative addresses become absolute first. Raises ``BadLink``.
    """
    parser = _Links(base, replace)
    parser.feed(html)
    parser.close()
    return "".join(parser.out), {
        address: " ".join(label.split()) for address, label in parser.labels.items()
    }


def replace_plain(text: str, replace: Replace) -> str:
    """Plain *text* with every web address put through ``replace``."""
    return _PLAIN_URL.sub(lambda match: replace(match[0]), text)


def checked(address: str, base: str) -> str:
    """*address* made absolute. Raises ``BadLink`` for scripts, tags and the like."""
    address = _IGNORED.sub("", address)
    scheme = _SCHEME.match(address)
    if "{{" in address or (scheme and scheme[1].lower() not in SCHEMES):
        message = _("A link may not lead to “%(address)s”.")
        raise BadLink(message % {"address": address[:80]})
    return urljoin(base + "/", address)


def _with_attribute(raw: str, name: str, value: str) -> str:
    pattern = re.compile(
        rf"""(\s{name}\s*=\s*)("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE
    )
    return pattern.sub(lambda m: f'{m[1]}"{escape(value, quote=True)}"', raw, count=1)

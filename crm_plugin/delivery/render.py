"""A message compiled once: literal text with places for values and tokens.

``compile_message`` does everything that is the same for all recipients: merge tags
checked, styles inlined, links stored, plain text made, the footer that the law asks
for added. Per recipient only ``mime.Skeleton`` works.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from html import escape

import css_inline
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import override
from inscriptis import get_text
from inscriptis.model.config import ParserConfig

from crm_plugin import merge_tags
from crm_plugin.conf import setting
from crm_plugin.consents.models import Topic

from . import links, markup
from .models import Link, Mailing, Rendering, Sender

_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


@dataclass(frozen=True)
class Compiled:
    """What ``store`` keeps: texts in ``merge_tags.write`` form, and their links."""

    subject: str
    html: str
    text: str
    language: str
    links: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> list[str]:
        """The merge tags that need a value of the contact."""
        parts = [merge_tags.scan(self.subject), merge_tags.scan(self.text)]
        parts.append(merge_tags.scan(self.html, markup=True))
        found = dict.fromkeys(name for part in parts for name in merge_tags.names(part))
        return [
            name
            for name in found
            if name not in links.OWN and not name.startswith(links.LINK)
        ]


def compile_message(
    html: str,
    text: str,
    subject: str,
    *,
    language: str,
    sender: Sender | None,
    topic: Topic | None = None,
    extra: Collection[str] = (),
) -> Compiled:
    """Compile one message for one arm, language and choice of variants.

    ``html`` is a whole document or empty; an empty ``text`` is made from it. With a
    ``topic`` the message is marketing: links are counted and the footer holds the
    way out. ``extra`` are merge tags that the caller fills itself.

    Raises ``merge_tags.MergeTagError`` and ``markup.BadLink``.
    """
    allowed = [*extra, *links.OWN]
    merge_tags.parse(subject, extra=extra)
    merge_tags.parse(html, extra=allowed, markup=True)
    if html:
        html = _inliner.inline(html)
    if not text:
        text = plain(html)
    merge_tags.parse(text, extra=allowed)
    base, found = links.base_url(sender), _Links(topic is not None)
    if html:
        html, labels = markup.replace_links(html, base=base, replace=found.place)
        found.labels = labels
    text = markup.replace_plain(text, found.place)
    with override(language):
        html = (
            _before_end(html, _footer("html", sender, topic, language, base))
            if html
            else ""
        )
        end = _footer("txt", sender, topic, language, base)
        text = text.rstrip() + "\n\n" + end
    return Compiled(
        subject=merge_tags.write(merge_tags.scan(" ".join(subject.split()))),
        html=merge_tags.write(merge_tags.scan(html, markup=True)),
        text=merge_tags.write(merge_tags.scan(text)),
        language=language,
        links=found.stored(),
    )


def plain(html: str) -> str:
    """The plain text of *html*, with the addresses of its links."""
    return get_text(html, ParserConfig(display_links=True)).strip()


def paragraphs(body: str, *, language: str, buttons: dict[str, str]) -> str:
    """A service message's plain *body* as an HTML document.

    A line that holds nothing but ``{{ name_url }}`` becomes a button with the words
    ``buttons[name_url]``.
    """
    blocks = [
        mark_safe("<br>\n".join(_line(line, buttons) for line in block.split("\n")))  # noqa: S308
        for block in body.replace("\r\n", "\n").split("\n\n")
        if block.strip()
    ]
    return render_to_string(
        "crm_plugin/delivery/message.html",
        {"paragraphs": blocks, "language": language},
    )


def store(
    compiled: Compiled,
    *,
    mailing: Mailing | None = None,
    kind: str = "",
    arm: str = "",
    variant: str = "",
) -> Rendering:
    """Keep *compiled* with its links; the same message is kept once."""
    said = {"m": mailing and mailing.pk, "k": kind, "a": arm, "v": variant}
    said |= asdict(compiled)
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    rendering, created = Rendering.objects.get_or_create(
        digest=digest,
        defaults={
            "mailing": mailing,
            "kind": kind,
            "arm": arm,
            "variant": variant,
            "language": compiled.language,
            "subject": compiled.subject,
            "html": compiled.html,
            "text": compiled.text,
        },
    )
    if created:
        Link.objects.bulk_create(
            Link(rendering=rendering, position=position, url=url, label=label[:200])
            for position, (url, label) in enumerate(compiled.links)
        )
    return rendering


class _Links:
    """Gives each web address of a message its number."""

    def __init__(self, counted: bool) -> None:
        self.counted = counted and setting("CRM_TRACK_CLICKS")
        self.positions: dict[str, int] = {}
        self.labels: dict[str, str] = {}

    def place(self, url: str) -> str:
        if not self.counted and not links.is_personal(url):
            return url
        position = self.positions.setdefault(url, len(self.positions))
        return _place(f"{links.LINK}{position}")

    def stored(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (url, self.labels.get(_place(f"{links.LINK}{position}"), ""))
            for url, position in self.positions.items()
        )


def _place(name: str) -> str:
    return "{{ " + name + " }}"


def _line(line: str, buttons: dict[str, str]) -> str:
    if markup.URL_TAG.fullmatch(line):
        name = line.strip("{} ")
        label = merge_tags.write([str(buttons.get(name, ""))])
        return f'<a class="button" href="{_place(name)}">{escape(label)}</a>'
    return escape(line, quote=False)


def _footer(
    suffix: str, sender: Sender | None, topic: Topic | None, language: str, base: str
) -> str:
    way_out = topic is not None
    shown = {
        "sender": sender and _literal_sender(sender, language),
        "topic": merge_tags.write([str(topic)]) if topic is not None else "",
        "unsubscribe_url": _place(links.UNSUBSCRIBE_URL) if way_out else "",
        "web_view_url": _place(links.VIEW_URL) if way_out else "",
        "preferences_url": links.absolute(base, "ask_preferences"),
    }
    return render_to_string(f"crm_plugin/delivery/footer.{suffix}", shown)


def _literal_sender(sender: Sender, language: str) -> dict[str, str]:
    names = ("organisation", "postal_address", "contact")
    return {name: merge_tags.write([sender.said(name, language)]) for name in names}


def _before_end(html: str, addition: str) -> str:
    start = html.lower().rfind("</body>")
    return html[:start] + addition + html[start:] if start >= 0 else html + addition

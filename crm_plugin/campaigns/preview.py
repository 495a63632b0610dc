"""What a campaign looks like to everyone else, to a segment, to one named contact.

Nothing here is sent, stored or counted: links lead straight to where they point, and
the way to unsubscribe leads nowhere.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.html import escape
from django.utils.translation import gettext as _

from crm_plugin import merge_tags, normalise
from crm_plugin.consents.models import Topic
from crm_plugin.delivery import links
from crm_plugin.delivery.models import Sender
from crm_plugin.delivery.render import Compiled
from crm_plugin.personalisation.pages import PREFIX, preview_modes_for, reader_for
from crm_plugin.personalisation.variants import STRANGER, Member, Reader
from crm_plugin.segments.models import Segment, SegmentMembership

from . import compose

HTML, TEXT = "html", "text"
INERT = {"unsubscribe_url": "#", "web_view_url": "#"}


@dataclass(frozen=True)
class Letter:
    """One mail as somebody reads it."""

    subject: str = ""
    html: str = ""
    text: str = ""


@dataclass(frozen=True)
class Mode:
    """One way to look: which version, as whom, as HTML or as plain text."""

    version: int = 0
    medium: str = HTML
    reader: str = ""

    @property
    def name(self) -> str:
        plain = (self.version, self.medium, self.reader) == (0, HTML, "")
        return "" if plain else f"{self.version}/{self.medium}/{self.reader}"

    @classmethod
    def named(cls, name: str) -> "Mode":
        """The mode that Wagtail hands back; anything unknown is the plain view."""
        version, _slash, rest = name.partition("/")
        medium, _slash, reader = rest.partition("/")
        number = normalise.whole(version)
        if number is None or medium not in (HTML, TEXT):
            return cls()
        return cls(number, medium, reader)


def modes(campaign: Any) -> list[tuple[str, str]]:
    """Every way to look at *campaign*, with its label."""
    versions = list(campaign.versions.all())
    segments = {pk for version in versions for pk in compose.segments_in(version.body)}
    readers = [("", _("Everyone else")), *preview_modes_for(segments, visits=False)]
    found = []
    for medium in (HTML, TEXT):
        for number, version in enumerate(versions or [None]):
            for reader, label in readers:
                if len(versions) > 1:
                    label = f"{label} ({version.language})"
                if medium == TEXT:
                    label = _("%(reader)s, plain text") % {"reader": label}
                found.append((Mode(number, medium, reader).name, label))
    return found


def letter_in_mode(campaign: Any, mode: Mode) -> Letter:
    """The campaign's letter as *mode* shows it, with fallbacks in its places."""
    versions = list(campaign.versions.all())
    if not versions:
        return Letter()
    version = versions[mode.version if mode.version < len(versions) else 0]
    return letter_for(
        compose.content_of(version),
        reader_for(mode.reader) if mode.reader.startswith(PREFIX) else STRANGER,
        campaign=campaign,
    )


def reader_of(contact: Any, *, user: Any) -> Reader:
    """What *contact* would be shown now; an exclusion segment leaves nothing.

    To a *user* who may not know of a segment nobody is in it.
    """
    inside = SegmentMembership.objects.filter(contact=contact, left_at=None)
    live = inside.filter(segment__in=Segment.objects.visible_to(user).live())
    rows = list(live.values_list("segment_id", "segment__excludes_always"))
    held = any(always for _pk, always in rows)
    return Member(frozenset() if held else frozenset(pk for pk, _always in rows))


def letter_for(
    content: dict[str, Any], reader: Reader, *, campaign: Any, contact: Any = None
) -> Letter:
    """Compose and fill in one go; without a contact the fallbacks show."""
    picks = compose.picks_for(compose.body_of(content), reader)
    compiled = compose.letter(
        content, picks, sender=sender_of(campaign), topic=topic_of(campaign)
    )
    return filled(compiled, values_of(compiled, contact))


def own_values(compiled: Compiled) -> dict[str, str]:
    """Plain links for the places that a delivery would fill with tokens."""
    own = {**INERT}
    for position, (url, _label) in enumerate(compiled.links):
        own[f"{links.LINK}{position}"] = url
    return own


def values_of(compiled: Compiled, contact: Any = None) -> dict[str, str]:
    """What to put into the places of a letter that is looked at, not sent."""
    own = own_values(compiled)
    if contact is None:
        return own
    found = merge_tags.values_for(
        [contact.pk], compiled.names, language=compiled.language
    )
    return {**found[contact.pk], **own}


def filled(compiled: Compiled, values: dict[str, str]) -> Letter:
    rest = merge_tags.fallbacks(compiled.names, compiled.language)
    page = merge_tags.scan(compiled.html, markup=True)
    return Letter(
        subject=merge_tags.fill(
            merge_tags.scan(compiled.subject), values, fallbacks=rest
        ),
        html=merge_tags.fill(page, values, fallbacks=rest, markup=True),
        text=merge_tags.fill(merge_tags.scan(compiled.text), values, fallbacks=rest),
    )


def document(letter: Letter, medium: str) -> str:
    """The letter as a page of its own; plain text in a monospaced sheet."""
    if medium == HTML:
        return letter.html
    return (
        '<!doctype html><meta charset="utf-8"><meta name="color-scheme" '
        'content="light dark"><pre style="white-space:pre-wrap;overflow-wrap:anywhere;max-width:72ch;'
        'margin:24px auto;padding:0 16px;font-size:15px;line-height:1.6">'
        f"<b>{escape(letter.subject)}</b>\n\n{escape(letter.text)}</pre>"
    )


def sender_of(campaign: Any) -> Any:
    """The campaign's sender, or an empty one while none is chosen."""
    if campaign.sender_id is None:
        return Sender()
    return campaign.sender


def topic_of(campaign: Any) -> Any:
    return Topic() if campaign.topic_id is None else campaign.topic


def inert(response: HttpResponse) -> HttpResponse:
    """A message shown in the admin: no scripts, no forms, framed by us only."""
    response["Content-Security-Policy"] = (
        "default-src 'none'; img-src 'self' data: http: https:; "
        "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'self'"
    )
    return response

"""Links of a single message that are the same for everybody who gets its text.

They are compiled into it, so that they are counted and can be personal; a value that is
filled in for one person cannot.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Lead:
    """Where a tag leads; "" leaves its paragraph out.

    ``choices`` are (words, address) of the links that stand in a row in its place,
    where the tag stands alone on a line: one tap each.
    """

    address: str
    choices: tuple[tuple[str, str], ...] = ()


Leads = Mapping[str, Lead]


def spelt(body: str, leads: Leads) -> str:
    """*body* with the tags of *leads* in one spelling, without a fallback."""
    for name in leads:
        tag = re.compile(rf"\{{\{{\s*{re.escape(name)}\s*(?:\|[^{{}}]*)?\}}\}}")
        body = tag.sub(_place(name), body)
    return body


def in_html(html: str, leads: Leads) -> str:
    """The message's own markup (``render.paragraphs``) with its links."""
    for name, lead in leads.items():
        tag, address = _place(name), escape(lead.address)
        if lead.choices:
            button = re.compile(rf'<a class="button" href="{re.escape(tag)}">[^<]*</a>')
            html = _row(lead).join(button.split(html))
        html = html.replace(f'href="{tag}"', f'href="{address}"')
        html = html.replace(tag, f'<a href="{address}">{escape(_seen(lead))}</a>')
    return html


def in_text(text: str, leads: Leads) -> str:
    """The plain text with its addresses; a row of links is a line for each."""
    for name, lead in leads.items():
        tag = _place(name)
        lines = [f"{words}: {address}" for words, address in lead.choices]
        alone = re.compile(rf"^[ \t]*{re.escape(tag)}[ \t]*$", re.MULTILINE)
        text = ("\n".join(lines) or lead.address).join(alone.split(text))
        text = text.replace(tag, lead.address)
    return text


def _row(lead: Lead) -> str:
    return " ".join(
        f'<a class="choice" href="{escape(address)}">{escape(words)}</a>'
        for words, address in lead.choices
    )


def _seen(lead: Lead) -> str:
    """The address as a reader sees it in the middle of a sentence."""
    return lead.address.split("?")[0]


def _place(name: str) -> str:
    return "{{ " + name + " }}"

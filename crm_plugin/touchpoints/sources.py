"""Where a first record came from, in words."""

from django.utils.translation import gettext as _

from crm_plugin.contacts.sources import Source

from .models import Channel


def channel_words(code: str) -> str:
    """The channel called *code*; one that is no longer in the list keeps its code."""
    known = {
        **dict(Source.choices),
        **dict(Channel.choices),
        "import": _("spreadsheet"),
    }
    return str(known.get(code, code))


def source_words(channel: str, source: str) -> str:
    """A channel and, where a link said so, its source: "web · instagram"."""
    return " · ".join(filter(None, [channel_words(channel), source]))

"""Where a first record came from, in words."""

from crm_plugin.contacts.sources import WORDS

from .models import Channel

WORDS.update(Channel.choices)


def channel_words(code: str) -> str:
    """The channel called *code*; one that is no longer in the list keeps its code."""
    return str(WORDS.get(code, code))


def source_words(channel: str, source: str) -> str:
    """A channel and, where a link said so, its source: "web · instagram"."""
    return " · ".join(filter(None, [channel_words(channel), source]))

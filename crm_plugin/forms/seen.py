"""The words of consent that stood on a form as it was shown; its stamp tells them.

What the ledger keeps must be what she read. A page may be published with other words
while a form of it is open.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from .topics import TopicsField
from .visitor_form import CONSENT

LENGTH = 12


def offered(form: Any) -> Iterator[tuple[str, str, str]]:
    """(field, topic, words) of all that the form asks for; no query after a post."""
    for name, field in form.fields.items():
        if isinstance(field, TopicsField):
            for key, words in field.wordings.items():
                yield name, key, words
    if form.page.asks_topic:
        yield CONSENT, form.page.consent_topic.key, form.page.consent_wording


def shown(form: Any, before: dict[str, str] | None) -> dict[str, str]:
    """A short hash of the words beside each tick, for the stamp of this rendering.

    What another step showed stays as it was shown there, and so does what was shown
    *before* until ``changed.tell`` has compared it. None: a stamp without words.
    """
    found = dict(before or {})
    for name, key, words in offered(form):
        label = _label(name, key)
        new = form.compared or label not in found
        if before is None or (new and form.drawn(name)):
            found[label] = _hash(words)
    return found


def unread(form: Any, words: dict[str, str] | None) -> dict[str, list[str]]:
    """{field: topics} that a post asks for under other words than those shown."""
    found: dict[str, list[str]] = {}
    if words is None:
        return found
    for name, key, text in offered(form):
        if words.get(_label(name, key)) != _hash(text) and _asked(form, name, key):
            found.setdefault(name, []).append(key)
    return found


def _asked(form: Any, name: str, key: str) -> bool:
    if name == CONSENT:
        return bool(form.data.get(CONSENT)) or CONSENT not in form.fields
    return name not in form.idle and key in form.data.getlist(name)


def _label(name: str, key: str) -> str:
    return f"{name} {key}"


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:LENGTH]

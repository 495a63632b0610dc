"""The exact words somebody agreed to, stored once and never changed."""

import hashlib
from collections.abc import Iterable

from .models import Wording


def wording_for(text: str, locale: str) -> Wording:
    """The stored row of *text* in *locale*; the same words give the same row."""
    return wordings_for([text], locale)[text]


def wordings_for(texts: Iterable[str], locale: str) -> dict[str, Wording]:
    """The stored row of each of *texts*; one query, three where words are new.

    Line ends are made equal first (browsers send CRLF); nothing else is touched, for
    the row is evidence of what stood on the screen.
    """
    made = {text: _row(text, locale) for text in texts}
    rows = Wording.objects.filter(sha256__in={row.sha256 for row in made.values()})
    known = {row.sha256: row for row in rows}
    new = {row.sha256: row for row in made.values() if row.sha256 not in known}
    if new:
        # Somebody else may store the same words at this instant.
        Wording.objects.bulk_create(new.values(), ignore_conflicts=True)
        known |= {row.sha256: row for row in rows.filter(sha256__in=new)}
    return {text: known[row.sha256] for text, row in made.items()}


def _row(text: str, locale: str) -> Wording:
    words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    digest = hashlib.sha256(f"{locale}\n{words}".encode()).hexdigest()
    return Wording(text=words, locale=locale[:10], sha256=digest)

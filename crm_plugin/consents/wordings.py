"""The exact words somebody agreed to, stored once and never changed."""

import hashlib

from .models import Wording


def wording_for(text: str, locale: str) -> Wording:
    """The stored row of *text* in *locale*; the same words give the same row.

    Line ends are made equal first (browsers send CRLF); nothing else is touched, for
    the row is evidence of what stood on the screen.
    """
    words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    digest = hashlib.sha256(f"{locale}\n{words}".encode()).hexdigest()
    row, _created = Wording.objects.get_or_create(
        sha256=digest, defaults={"text": words, "locale": locale[:10]}
    )
    return row

"""How often a form is seen and begun: numbers by page, day and source, about nobody.

Nothing is stored on the visitor's device, no address and no browser is looked at beyond
"is this a machine". A number that cannot be written at once is given up: it is never
worth that a visitor waits.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.db import OperationalError, connection
from django.db.models import F
from django.utils import timezone

from crm_plugin import normalise

from .models import FormCount

VIA_LENGTH = 60
# So many sources of one form and day have a row of their own; whoever makes up more in
# the addresses only adds to the others.
MOST_SOURCES = 40
OTHERS = "…"
PATIENCE_MS = 1_000
_ODD = re.compile(r"[^\w.\-:/ ]+")


def via(source: dict[str, str]) -> str:
    """The name under which a source is counted: utm_source, else the referring host."""
    named = source.get("utm_source") or urlsplit(source.get("referrer", "")).hostname
    plain = _ODD.sub("", normalise.text(named).lower())
    return plain.removeprefix("www.")[:VIA_LENGTH].strip()


def seen(page_id: int, source: str) -> None:
    """A person opened the form."""
    _add(page_id, source, "views")


def begun(page_id: int, source: str) -> None:
    """A person began to fill it in."""
    _add(page_id, source, "starts")


def _add(page_id: int, source: str, column: str) -> None:
    """One statement, but for the first of a day and source."""
    try:
        with _impatient():
            if not _increment(page_id, source, column):
                _begin(page_id, source, column)
    except OperationalError:
        return


def _increment(page_id: int, source: str, column: str) -> bool:
    today = timezone.localdate()
    rows = FormCount.objects.filter(page_id=page_id, day=today, source=source)
    return bool(rows.update(**{column: F(column) + 1}))


def _begin(page_id: int, source: str, column: str) -> None:
    today = FormCount.objects.filter(page_id=page_id, day=timezone.localdate())
    if source and today.count() >= MOST_SOURCES:
        source = OTHERS
    row = FormCount(page_id=page_id, day=timezone.localdate(), source=source)
    FormCount.objects.bulk_create([row], ignore_conflicts=True)
    _increment(page_id, source, column)


@contextmanager
def _impatient() -> Iterator[None]:
    """Wait only shortly for another writer of an SQLite file."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    usual = int(connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000)
    _wait(PATIENCE_MS)
    try:
        yield
    finally:
        _wait(usual)


def _wait(milliseconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {int(milliseconds)}")

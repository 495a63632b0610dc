"""How long somebody waits for an answer: statements are ended when the time is over.

PostgreSQL ends a statement by itself; SQLite asks now and then whether to go on.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction

# SQLite asks after so many steps of its machine: some tenths of a millisecond.
STEPS = 10_000
CANCELLED = "57014"
ENDED = "interrupted"


class TookTooLong(Exception):
    """A statement was ended because nobody waits any longer."""


class Patience:
    """So many *seconds* in all, from now on, whatever they are spent on."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self._ends - time.monotonic()

    @contextmanager
    def share(self, part: float = 1.0) -> Iterator[None]:
        """No statement inside runs longer than *part* of what is left by now."""
        with within(self.left * part):
            yield


@contextmanager
def within(seconds: float, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """End what is read inside after *seconds*; raises ``TookTooLong`` then.

    For reading only. What was read before stays usable, and so does the transaction
    around it. Querysets must be evaluated inside.
    """
    if seconds <= 0:
        raise TookTooLong
    connection = connections[using]
    limit = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    try:
        with limit(connection, seconds):
            yield
    except OperationalError as error:
        if not _was_ended(error):
            raise
        raise TookTooLong from error


@contextmanager
def _on_postgresql(connection: Any, seconds: float) -> Iterator[None]:
    """The limit lasts to the end of the transaction, so it is taken back by hand.

    To compile a statement of many questions takes longer than to answer it for a page,
    and is not ended by the limit.
    """
    with transaction.atomic(using=connection.alias):
        before = _set(connection, str(max(int(seconds * 1000), 1)), "off")
        yield
        _set(connection, *before)


def _set(connection: Any, timeout: str, jit: str) -> tuple[str, str]:
    """How long a statement may run, and whether it is compiled; what was set before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('statement_timeout'), current_setting('jit'),"
            " set_config('statement_timeout', %s, true), set_config('jit', %s, true)",
            [timeout, jit],
        )
        return cursor.fetchone()[:2]


@contextmanager
def _on_sqlite(connection: Any, seconds: float) -> Iterator[None]:
    ends = time.monotonic() + seconds
    connection.ensure_connection()
    database = connection.connection
    database.set_progress_handler(lambda: time.monotonic() > ends, STEPS)
    try:
        yield
    finally:
        database.set_progress_handler(None, 0)


def _was_ended(error: OperationalError) -> bool:
    cause = error.__cause__
    return getattr(cause, "sqlstate", "") == CANCELLED or str(cause) == ENDED

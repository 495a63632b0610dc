"""Again after a deadlock: the worker may be recomputing the very same people."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

DEADLOCK = "40P01"
TRIES = 3
P = ParamSpec("P")
R = TypeVar("R")


def after_deadlock(verb: Callable[P, R]) -> Callable[P, R]:
    """Begin *verb*, one transaction, anew when the database chose it as a victim."""

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for _attempt in range(TRIES - 1):
            try:
                return verb(*args, **kwargs)
            except OperationalError as error:
                state = getattr(error.__cause__, "sqlstate", "")
                if state != DEADLOCK or connection.in_atomic_block:
                    raise
        return verb(*args, **kwargs)

    return run

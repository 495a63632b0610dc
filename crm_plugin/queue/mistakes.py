"""What may be written of an error: its class and its place, never its words.

A message may hold what somebody typed (trust: no personal data in a log).
"""

import traceback


class Failed(Exception):
    """Stands for an error in a worker's task; says where it arose."""


def place_of(error: BaseException) -> str:
    """The class of *error* and the line where it arose."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    file = frame.filename.rpartition("/")[2]
    return f"{type(error).__name__} ({file}:{frame.lineno})"


def trace_of(error: BaseException) -> str:
    """The class of *error* and the way to it, for a log."""
    way = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__name__}\n{way}"

"""What a part of the examination says; no finding names a person."""

from typing import NamedTuple


class Finding(NamedTuple):
    level: str  # ok, warning or error
    what: str
    do: str = ""


def ok(what: str) -> Finding:
    return Finding("ok", what)


def warning(what: str, do: str) -> Finding:
    return Finding("warning", what, do)


def error(what: str, do: str) -> Finding:
    return Finding("error", what, do)

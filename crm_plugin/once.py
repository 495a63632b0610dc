"""Inside one block, what hardly ever changes is read once, however many ask for it.

A post and a submission ask for the same settings, attributes and topics from room to
room. Outside such a block every reading is a new one.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Value = TypeVar("Value")
_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("kept", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """What ``one`` and ``many`` read inside is read once; blocks may be nested.

    For a block that does not itself change what it reads so.
    """
    if _kept.get() is not None:
        yield
        return
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def one(name: str, read: Callable[[], Value]) -> Value:
    """What *read* gives, or gave before in this block under the same *name*."""
    kept = _kept.get()
    if kept is None:
        return read()
    if name not in kept:
        kept[name] = read()
    return kept[name]


def many(
    name: str, keys: Iterable[str], read: Callable[[set[str]], dict[str, Value]]
) -> dict[str, Value]:
    """``{key: value}`` of those *keys* that there are; *read* is asked for new ones."""
    wanted = set(keys)
    kept = _kept.get()
    if kept is None:
        return read(wanted) if wanted else {}
    new = {key for key in wanted if (name, key) not in kept}
    if new:
        found = read(new)
        kept.update({(name, key): found.get(key) for key in new})
    return {key: kept[name, key] for key in wanted if kept[name, key] is not None}

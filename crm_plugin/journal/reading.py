"""The changes of a record in pages, the newest first."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db.models import QuerySet

from .models import Change

MOST = 30
Entry = TypeVar("Entry")


class Page(list[Entry]):
    """What some operations changed; ``older`` asks for those before them.

    ``later`` is true where newer ones stand on a page before this one.
    """

    older: int | None = None
    later: bool = False

    def __bool__(self) -> bool:
        return len(self) > 0 or self.older is not None or self.later


def page(
    about: QuerySet[Change],
    tell: Callable[[list[int]], Iterable[Entry]],
    *,
    before: int | None = None,
    limit: int = MOST,
) -> Page[Entry]:
    """The operations in *about* older than the operation *before*, as *tell* says them.

    Where there are none, the newest are told. One query beside those of *tell*.
    """
    ids = _operations(about.filter(operation_id__lt=before), limit) if before else []
    later = bool(ids)
    ids = ids or _operations(about, limit)
    found = Page(tell(ids[:limit]))
    found.older = ids[limit - 1] if len(ids) > limit else None
    found.later = later
    return found


def _operations(about: QuerySet[Change], limit: int) -> list[int]:
    """One more than a page holds, to know whether there is another."""
    ids = about.order_by("-operation_id").values_list("operation_id", flat=True)
    return list(ids.distinct()[: limit + 1])

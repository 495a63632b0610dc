"""Who is among the first: the value that opens the top so many per cent."""

import math
from typing import Any

from django.db.models import QuerySet


def floor_of_top(rows: QuerySet, column: str, percent: int) -> Any | None:
    """The value of *column* from which on a row is among the top *percent*.

    Of the rows in which it is above 0; equal ones count, so that a few more than the
    share may have it. None when there are no such rows. Two queries on an index.
    """
    return floor_of_rows(rows.filter(**{f"{column}__gt": 0}), column, percent)


def floor_of_rows(rows: QuerySet, column: str, percent: int) -> Any | None:
    """The same of all *rows*, for columns in which none is empty."""
    number = math.ceil(rows.count() * percent / 100)
    if not number:
        return None
    best = rows.order_by(f"-{column}").values_list(column, flat=True)
    return best[number - 1]

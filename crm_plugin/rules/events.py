"""What a condition counts: one row for each time that something happened."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import DateTimeField, QuerySet

from . import periods


@dataclass(frozen=True)
class Events:
    """The rows, the column of their contact, and the column of their time or day."""

    rows: QuerySet
    by: str = "contact_id"
    at: str = "at"

    @property
    def dated(self) -> bool:
        """Whether the column tells only the day."""
        field: Any = self.rows.model._meta.get_field(self.at)
        return not isinstance(field, DateTimeField)

    def until(self, at: dt.datetime) -> "Events":
        """Those of them that had happened at *at*."""
        last = periods.today(at) if self.dated else at
        return replace(self, rows=self.rows.filter(**{f"{self.at}__lte": last}))

"""What a condition counts: one row for each time that something happened."""

from dataclasses import dataclass
from typing import Any

from django.db.models import DateTimeField, QuerySet


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

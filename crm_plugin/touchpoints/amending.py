"""Change an inquiry or a next step that still stands as it was read, with its history."""

from typing import Any

from django.db import models, transaction

from crm_plugin import journal

# Operations whose result the history tells anyway: the answer, the step that was done.
CLOSED, DONE = "closed", "done"


def amend(
    row: models.Model,
    values: dict[str, Any],
    *,
    by: Any,
    when: dict[str, Any] | None = None,
    kind: str = "",
) -> bool:
    """Write *values* if the row is still as *when* says; keep the object in step.

    False, and nothing written, when somebody else was faster: the object is read
    anew. What changes stands in the journal with old and new value, about the contact.
    """
    model = type(row)
    with transaction.atomic():
        rows = model._default_manager.select_for_update()
        before = rows.filter(pk=row.pk, **(when or {})).first()
        if before is None:
            row.refresh_from_db()
            return False
        for name, value in values.items():
            setattr(row, name, value)
        entries = list(_entries(before, row, values))
        model._default_manager.filter(pk=row.pk).update(**values)
        if entries:
            name = str(model._meta.model_name)
            journal.record(kind or name, entries, by=by, summary=str(row))
    return True


def _entries(before: models.Model, row: models.Model, names: Any) -> Any:
    label = str(row._meta.model_name)
    about: int = row.contact_id  # type: ignore[attr-defined]
    for name in names:
        column = row._meta.get_field(name).attname  # type: ignore[union-attr]
        old, new = getattr(before, column), getattr(row, column)
        if old != new:
            yield (label, row.pk, column, old, new, about)

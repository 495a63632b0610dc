"""Values of dated attributes: a figure for each year of somebody's record."""

from typing import Any

from django.db import transaction

from crm_plugin import journal

from . import values

Figures = dict[str, dict[str, Any]]


def save(
    owner: Any, figures: Figures, *, noun: str, by: Any
) -> journal.Operation | None:
    """Store cleaned ``{key: {period: value}}`` of one record; None removes a value.

    Periods that are not named stay. Returns None when nothing differs.
    """
    with transaction.atomic():
        entries = values.write({owner.pk: figures}, noun=noun, by=by)
        if not entries:
            return None
        return journal.record("edit", entries, by=by, summary=str(owner))

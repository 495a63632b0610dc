"""Scores in the list of contacts: narrowed by points, which then stand in a column."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import django_filters
from wagtail.admin.ui.tables import Column

from crm_plugin.scoring.models import ContactScore, Score
from crm_plugin.segments.ready_made import condition
from crm_plugin.snippets.ranges import Number, numbers

PREFIX = "s_"


def filters(user: Any) -> Iterable[tuple[str, django_filters.Filter, Any]]:
    """``(name, filter, says)`` of each score that *user* may ask for."""
    for score in Score.objects.visible_to(user).in_force():
        yield (
            f"{PREFIX}{score.key}",
            Number(label=str(score)),
            partial(_says, score.key),
        )


def _says(key: str, span: slice) -> list[dict[str, Any]]:
    ask = partial(condition, "score", score=key)
    said = numbers(span, exactly="between")
    if len(said) == 2 or said[0][0] == "between":
        ends = {"number": int(span.start), "number_to": int(span.stop)}
        return [ask(how="between", **ends)]
    return [ask(how=how, number=int(number)) for how, number in said]


def columns(chosen: Any) -> list[Column]:
    """One for each score that the filters *chosen* ask for: name → filter."""
    return [
        Column(
            name,
            label=filter_.label,
            accessor=partial(_points, name.removeprefix(PREFIX)),
            classname="crm-figure",
        )
        for name, filter_ in chosen.items()
        if name.startswith(PREFIX)
    ]


def _points(key: str, contact: Any) -> int:
    return contact.points_in.get(key, 0)


def load(contacts: Sequence[Any], chosen: Any) -> None:
    """Give each contact its points in the scores that are asked for; one query."""
    keys = [name.removeprefix(PREFIX) for name in chosen if name.startswith(PREFIX)]
    by_id: dict[int, dict[str, int]] = {contact.pk: {} for contact in contacts}
    if keys:
        rows = ContactScore.objects.filter(score__key__in=keys, contact_id__in=by_id)
        for pk, key, value in rows.values_list("contact_id", "score__key", "value"):
            by_id[pk][key] = value
    for contact in contacts:
        contact.points_in = by_id[contact.pk]

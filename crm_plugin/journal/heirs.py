"""Keys of rows that came back: what they named may be gone, or merged, meanwhile."""

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Exists, Field, Model, OuterRef, QuerySet

Heirs = Callable[[Collection[Any]], dict[Any, Any]]
# Which rows of which model came back, or were changed back.
Back = dict[type[Model], set[Any]]
PORTION = 5_000
Settle = Callable[[QuerySet], None]
_heirs: dict[type[Model], Heirs] = {}
_needed: set[tuple[type[Model], str]] = set()
_settle: dict[type[Model], Settle] = {}


def register(model: type[Model], heirs: Heirs) -> None:
    """Let *heirs* tell who took the place of rows that are gone: ``{old key: new}``."""
    _heirs[model] = heirs


def need(model: type[Model], *names: str) -> None:
    """Rows of *model* are nothing without what these keys name, though they are null
    in other rows: they go as well where it is gone."""
    _needed.update((model, name) for name in names)


def settle(model: type[Model], function: Settle) -> None:
    """Let *function* bring rows that came back to how rows of *model* are kept now."""
    _settle[model] = function


def mend(back: Back) -> None:
    """Let none of these rows name what is not there; last of all, in a transaction.

    An optional key names the heir, or nobody; a row that needs what is gone goes as
    well. One query per foreign key and 5,000 rows.
    """
    for model, keys in back.items():
        named = [field for field in model._meta.concrete_fields if field.related_model]
        todo = sorted(keys)
        for start in range(0, len(todo), PORTION) if named or model in _settle else ():
            rows = model._default_manager.filter(pk__in=todo[start : start + PORTION])
            for field in named:
                _mend(rows, field)
            if model in _settle:
                _settle[model](rows)


def _mend(rows: QuerySet, field: Field) -> None:
    there = field.related_model._base_manager.filter(  # type: ignore[union-attr]
        **{field.target_field.name: OuterRef(field.attname)}  # type: ignore[attr-defined]
    )
    lost = rows.exclude(**{field.name: None}).filter(~Exists(there))
    gone = dict(lost.values_list("pk", field.attname))
    if not gone:
        return
    found = rows.model._default_manager.filter(pk__in=list(gone))
    if not field.null or (rows.model, field.name) in _needed:
        found.delete()
        return
    heirs = _heirs.get(field.related_model, _nobody)(set(gone.values()))  # type: ignore[arg-type]
    for old in set(gone.values()):
        found.filter(**{field.attname: old}).update(**{field.attname: heirs.get(old)})


def _nobody(_keys: Collection[Any]) -> dict[Any, Any]:
    return {}

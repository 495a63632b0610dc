"""How often: at least, at most, exactly, never."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from wagtail import blocks

from .periods import FIELDS
from .spans import Span

CHOICES = {
    "at_least": gettext_lazy("at least"),
    "at_most": gettext_lazy("at most"),
    "exactly": gettext_lazy("exactly"),
    "none": gettext_lazy("none"),
}
SHOWN = {"number": {"how": {"at_least", "at_most", "exactly"}}}


def how(*names: str, label: Any = None) -> blocks.ChoiceBlock:
    names = names or tuple(CHOICES)
    return blocks.ChoiceBlock(
        choices=[(name, CHOICES[name]) for name in names],
        default=names[0],
        label=label or gettext_lazy("how often"),
    )


def number_block(default: int | None = 1) -> blocks.IntegerBlock:
    return blocks.IntegerBlock(
        required=False,
        default=default,
        min_value=0,
        max_value=1_000_000,
        label=gettext_lazy("times"),
    )


def matching(
    rows: QuerySet, value: Mapping[str, Any], *, by: str = "contact_id"
) -> "tuple[bool, QuerySet]":
    """``(among these, contact ids)``: whose number of *rows* is as *value* says.

    The flag is false when the answer is everybody else ("none", "at most").
    """
    kind, number = value.get("how") or "at_least", value.get("number") or 0
    if kind == "none" or (kind in {"exactly", "at_most"} and number == 0):
        return False, rows.values(by)
    if kind == "at_least" and number <= 1:
        return (True, rows.values(by)) if number else (False, rows.none().values(by))
    grouped = rows.order_by().values(by).annotate(crm_count=Count("*"))
    if kind == "at_most":
        return False, grouped.filter(crm_count__gt=number).values(by)
    lookup = "crm_count" if kind == "exactly" else "crm_count__gte"
    return True, grouped.filter(**{lookup: number}).values(by)


def enough(number: int, value: Mapping[str, Any]) -> bool:
    """Whether *number* is as often as *value* says."""
    kind, wanted = value.get("how") or "at_least", number_of(value)
    return {
        "at_least": number >= wanted,
        "at_most": number <= wanted,
        "exactly": number == wanted,
        "none": number == 0,
    }[kind]


def phrase(value: Mapping[str, Any], *, things: str, nothing: str) -> str:
    """ "at least 3 uses": *things* is the counted noun, *nothing* stands for none."""
    kind, number = value.get("how") or "at_least", value.get("number") or 0
    if kind == "none" or (kind in {"exactly", "at_most"} and number == 0):
        return nothing
    if kind == "at_least":
        return _("at least %(things)s") % {"things": things}
    if kind == "at_most":
        return _("at most %(things)s") % {"things": things}
    return _("exactly %(things)s") % {"things": things}


def of(what: str, name: Any) -> str:
    """*what*, such as "at least 3 uses", of the category, service … called *name*."""
    both = {"what": what, "name": name}
    return (
        pgettext("what was counted, and of which sort", "%(what)s of %(name)s") % both
    )


def number_of(value: Mapping[str, Any]) -> int:
    return value.get("number") or 0


def span(name: str, value: Mapping[str, Any], *, grows: bool = True) -> Span:
    """The number that the condition *name* counts by all the other fields of *value*.

    *grows*: never less in more days; what returns are taken from does not.
    """
    number = value.get("number")
    least, most = {
        "at_least": (number, None),
        "at_most": (None, number),
        "exactly": (number, number),
        "none": (0, 0),
    }[value.get("how") or "at_least"]
    apart = {"how", "number", *(FIELDS if grows else ())}
    figure = tuple(
        (field, _plain(said)) for field, said in value.items() if field not in apart
    )
    return Span((name, figure), least, most, days=value if grows else None)


def _plain(said: Any) -> Any:
    if isinstance(said, list):
        return tuple(sorted(map(str, said)))
    return said.pk if isinstance(said, Model) else said or ""

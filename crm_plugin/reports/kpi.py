"""What a KPI is: a name, a formula in words, and one computation in SQL."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from crm_plugin.touchpoints.models import Phase
from crm_plugin.ui.charts import Chart, Item


@dataclass(frozen=True)
class Result:
    """The figures of one KPI: a table, and charts of the same numbers.

    ``links``: where a cell leads, by its row and column. ``everybody``: the list of all
    whom it is about. ``notes``: what is to be known about these figures.
    """

    headings: Sequence[Any]
    rows: Sequence[Sequence[Any]]
    charts: Sequence[Chart] = ()
    figures: dict[str, Any] = field(default_factory=dict)
    links: Mapping[tuple[int, int], str] = field(default_factory=dict)
    everybody: str = ""
    notes: Sequence[str] = ()


def leading(items: Sequence[Item], column: int) -> dict[tuple[int, int], str]:
    """The links of a table whose rows are *items*, in the *column* of their figure."""
    return {
        (row, column): item.url
        for row, item in enumerate(items)
        if item.url and item.value
    }


@dataclass(frozen=True)
class Kpi:
    """One entry of the reports menu.

    ``formula`` says base, numerator and customer unit in one sentence; totals are for
    everybody who may open the reports, drill-downs lead to lists that ask again:
    ``more`` is the URL name of one. ``phase`` is marketing, sales, support or success.
    ``asks`` is the form of what a reader may choose, such as a period.
    """

    name: str
    title: Promise | str
    formula: Promise | str
    compute: Callable[..., Result]
    more: str = ""
    personal: bool = False
    phase: str = ""
    asks: Callable[..., Any] | None = None

    def result(
        self, user: Any = None, asked: Mapping[str, Any] | None = None
    ) -> Result:
        """The figures; one that names people names those whom *user* may see.

        *asked* is what its form, where it has one, said.
        """
        said: dict[str, Any] = {"user": user} if self.personal else {}
        if self.asks is not None:
            said["asked"] = asked or {}
        return self.compute(**said)

    @property
    def phase_label(self) -> str:
        return str(Phase(self.phase).label) if self.phase else ""


_kpis: dict[str, Kpi] = {}


def register(
    name: str,
    *,
    title: Promise | str,
    formula: Promise | str,
    more: str = "",
    personal: bool = False,
    phase: str = "",
    asks: Callable[..., Any] | None = None,
) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Make the decorated ``fn() -> Result`` the KPI *name*.

    A *personal* one names people: it is called with ``user=``, None for nobody. One
    that *asks* is called with ``asked=``, the cleaned data of ``asks(data, user=)`` or
    nothing.
    """

    def add(function: Callable[..., Result]) -> Callable[..., Result]:
        _kpis[name] = Kpi(name, title, formula, function, more, personal, phase, asks)
        return function

    return add


def get(name: str) -> Kpi:
    """The KPI *name*; raises ``KeyError`` for an unknown one."""
    return _kpis[name]


def all_kpis() -> list[Kpi]:
    return list(_kpis.values())

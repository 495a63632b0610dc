"""What a KPI is: a name, a formula in words, and one computation in SQL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from crm_plugin.touchpoints.models import Phase
from crm_plugin.ui.charts import Chart


@dataclass(frozen=True)
class Result:
    """The figures of one KPI: a table, and charts of the same numbers."""

    headings: Sequence[Any]
    rows: Sequence[Sequence[Any]]
    charts: Sequence[Chart] = ()
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kpi:
    """One entry of the reports menu.

    ``formula`` says base, numerator and customer unit in one sentence; totals are for
    everybody who may open the reports, drill-downs lead to lists that ask again:
    ``more`` is the URL name of one. ``phase`` is marketing, sales, support or success.
    """

    name: str
    title: Promise | str
    formula: Promise | str
    compute: Callable[..., Result]
    more: str = ""
    personal: bool = False
    phase: str = ""

    def result(self, user: Any = None) -> Result:
        """The figures; one that names people names those whom *user* may see."""
        return self.compute(user=user) if self.personal else self.compute()

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
) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Make the decorated ``fn() -> Result`` the KPI *name*.

    A *personal* one names people: it is called with ``user=``, None for nobody.
    """

    def add(function: Callable[..., Result]) -> Callable[..., Result]:
        _kpis[name] = Kpi(name, title, formula, function, more, personal, phase)
        return function

    return add


def get(name: str) -> Kpi:
    """The KPI *name*; raises ``KeyError`` for an unknown one."""
    return _kpis[name]


def all_kpis() -> list[Kpi]:
    return list(_kpis.values())

"""The figures of a movement as a table: each cell leads to the people whom it counts."""

from decimal import Decimal
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crm_plugin.segments.movement import NOWHERE, Between, Moved, Pair, Standing
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Chart, Item, grid

NOBODY = Moved()


class MovementTable:
    """Rows are where people stood at the start, columns where at the end."""

    def __init__(
        self,
        standing: Standing,
        days: Between,
        counted: dict[Pair, Moved],
        net: dict[str, Decimal],
    ) -> None:
        self.standing, self.days = standing, days
        self.counted, self.net = counted, net
        self.classes = standing.classes()

    @cached_property
    def origins(self) -> dict[str, str]:
        """The classes, and "not yet known" where that was anybody."""
        entered = any(at == NOWHERE for at, _to in self.counted)
        return self.classes | ({NOWHERE: _("not yet known")} if entered else {})

    @cached_property
    def columns(self) -> dict[str, str]:
        """The classes, and "archived" where that is anybody."""
        left = any(to == NOWHERE for _at, to in self.counted)
        return self.classes | ({NOWHERE: _("archived since")} if left else {})

    @property
    def sums(self) -> list[str]:
        return [_("At the start"), _("Left")]

    @property
    def total(self) -> int:
        return sum(found.number for found in self.counted.values())

    @property
    def moved(self) -> int:
        """How many stood in another class at the end, or in none."""
        return sum(found.number for (at, to), found in self.counted.items() if at != to)

    def number(self, at: str, to: str) -> int:
        return self.counted.get((at, to), NOBODY).number

    def _in_row(self, at: str) -> int:
        return sum(self.number(at, to) for to in self.columns)

    def _in_column(self, to: str) -> int:
        return sum(self.number(at, to) for at in self.origins)

    @cached_property
    def rows(self) -> list[list[Any]]:
        found: list[list[Any]] = []
        for at, label in self.origins.items():
            cells = [self.number(at, to) for to in self.columns]
            left = "" if at == NOWHERE else sum(cells) - self.number(at, at)
            found.append([label, *cells, "" if at == NOWHERE else sum(cells), left])
        return [*found, *self._below()]

    def _below(self) -> list[list[Any]]:
        """Per column: how many at the end, who entered, who never changed, sales."""
        ends = [self._in_column(to) for to in self.columns]
        same = [self.number(to, to) for to in self.columns]
        stayed = [self.counted.get((to, to), NOBODY).throughout for to in self.columns]
        entered = [end - stay for end, stay in zip(ends, same, strict=True)]
        net = [self.net.get(to, Decimal(0)) for to in self.columns]
        if NOWHERE not in self.columns:
            rest = self.net.get(NOWHERE, Decimal(0))
        else:
            rest = Decimal(0)
        starts = self.total - sum(self.number(NOWHERE, to) for to in self.columns)
        lefts = sum(self._in_row(at) - self.number(at, at) for at in self.classes)
        return [
            [_("At the end"), *ends, starts, lefts],
            [_("Came in"), *entered, "", ""],
            [_("Never changed"), *stayed, sum(stayed), ""],
            [_("Net sales"), *net, sum(net, rest), ""],
        ]

    @cached_property
    def links(self) -> dict[tuple[int, int], str]:
        """Who was archived since is in no list: that column leads nowhere."""
        found: dict[tuple[int, int], str] = {}
        for y, at in enumerate(self.origins):
            for x, to in enumerate(self.classes, 1):
                if self.number(at, to):
                    found[y, x] = self._people(at, to)
        last, width = len(self.origins), len(self.columns)
        for y, key in enumerate(self.classes):
            found[y, width + 1] = self._people(key, "")
            found[y, width + 2] = people(self._moved(key, ""), self._not_both(key))
        for x, key in enumerate(self.classes, 1):
            found[last, x] = self._people("", key)
            found[last + 1, x] = people(self._moved("", key), self._not_both(key))
            found[last + 2, x] = people(self._moved(key, key, throughout=True))
        return {place: url for place, url in found.items() if self._cell(*place)}

    def _cell(self, y: int, x: int) -> Any:
        return self.rows[y][x]

    def _people(self, at: str, to: str) -> str:
        return people(self._moved(at, to))

    def _not_both(self, key: str) -> dict[str, Any]:
        return group("none", self._moved(key, key))

    def _moved(self, at: str, to: str, *, throughout: bool = False) -> dict[str, Any]:
        return condition(
            "moved",
            before=at,
            after=to,
            throughout=throughout,
            when="dates",
            from_on=self.days.first.isoformat(),
            to_on=self.days.last.isoformat(),
        )

    def drawing(self) -> Chart:
        cells = [
            [
                Item(
                    f"{label} → {name}",
                    self.number(at, to),
                    url=self.links.get((y, x), ""),
                )
                for x, (to, name) in enumerate(self.columns.items(), 1)
            ]
            for y, (at, label) in enumerate(self.origins.items())
        ]
        return grid(
            _("From (rows) to (columns)"),
            [*self.origins.values()],
            [*self.columns.values()],
            cells,
            label_heading=_("From and to"),
            value_heading=_("Contacts"),
        )

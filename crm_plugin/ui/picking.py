"""From the people behind a figure to a hand-picked segment: one button for each kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm_plugin.segments import picks

from .addresses import picking


@dataclass(frozen=True)
class Choice:
    """People whom *condition* chooses; ``number`` of them where that is known."""

    label: str
    condition: dict[str, Any]
    name: str
    number: int | None = None

    @property
    def url(self) -> str:
        """The page that says how many they are, and puts them into a segment."""
        return picking(self.name, self.condition)


def offered(choices: Sequence[Choice], user: Any) -> list[Choice]:
    """Those of *choices* that hold anybody, for whom may pick people at all."""
    if not user.has_perms(("crm_plugin.view_contact", picks.RIGHT)):
        return []
    return [one for one in choices if one.number != 0]

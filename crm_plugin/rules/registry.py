"""What a rule can ask: conditions, each taught by the room that knows the noun."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from . import periods
from .spans import Span

if TYPE_CHECKING:
    from .blocks import ConditionBlock
    from .compiling import EveryoneBut

Values = Mapping[str, Any]


class BrokenRule(ValueError):
    """A rule that cannot be evaluated; ``problems`` says why, in plain language."""

    def __init__(self, problems: Iterable[Any]) -> None:
        self.problems = [str(problem) for problem in problems]
        super().__init__(" ".join(self.problems))


class Condition:
    """One thing that a rule can ask about a contact. A host site overrides this.

    Give ``name`` (never changes: it stands in stored rules), ``label``, ``icon``,
    ``group`` (a heading in the editor), ``aspects`` (which entries of the change feed
    make a contact's answer doubtful), an inner class ``Value`` (the ``ConditionBlock``
    that edits the value) and ``contacts`` and ``sentence``; then put ``@register``
    over the class.
    """

    name = ""
    label: Any = ""
    icon = "tag"
    group: Any = ""
    aspects: frozenset[str] | set[str] = frozenset()
    Value: "type[ConditionBlock]"
    matches: Callable[[Values, Any], bool] | None = None

    def block(self, *, sensitive: bool = True) -> "ConditionBlock":
        """The block that edits a value; *sensitive*: offer what only some may read."""
        return self.Value(label=self.label, icon=self.icon, group=self.group)

    def offered(self) -> bool:
        """Whether the editor offers it now; rules that hold it already keep working."""
        return True

    def contacts(self, value: Values, at: dt.datetime) -> "QuerySet | EveryoneBut":
        """The ids of the contacts for whom it is true at *at*.

        A QuerySet of one column, ``.values("contact_id")``, without NULLs and without a
        join onto Contact, or ``everyone_but`` of one. Raises ``BrokenRule`` when
        something that the value names is gone.
        """
        raise NotImplementedError

    def sentence(self, value: Values) -> str:
        """The condition in words that follow "People with …"."""
        raise NotImplementedError

    def explain(self, value: Values, contact_id: int, at: dt.datetime) -> str:
        """The fact that decided for this contact, in words; may be empty."""
        return ""

    def next_change(self, value: Values, at: dt.datetime) -> dt.datetime | None:
        """When the answer may change although nothing happens; None for never."""
        return periods.next_change(value, at)

    def problems(self, value: Values, user: Any) -> list[str]:
        """What is wrong with the value beyond its fields, for *user* (None: nobody)."""
        return periods.problems(value)

    def span(self, value: Values) -> Span | None:
        """The one figure of a contact that it is about, and its limits; None: no such.

        Two spans of a figure without anything in common are named to the author.
        """
        return None

    def reads_sensitive(self, value: Values) -> bool:
        """Whether the answer tells something that only some roles may know."""
        return False

    def segments_read(self, value: Values) -> set[str]:
        """The keys of the segments whose membership the answer rests on."""
        return set()


_conditions: dict[str, Condition] = {}
_universe: list[Callable[[], QuerySet]] = []


def register(cls: type[Condition]) -> type[Condition]:
    """Class decorator: offer this condition in every rule editor."""
    _conditions[cls.name] = cls()
    return cls


def unregister(name: str) -> None:
    """Take a condition away again (tests, and host sites that replace one)."""
    _conditions.pop(name, None)


def condition(name: str) -> Condition:
    """The registered condition; ``KeyError`` when nobody teaches it."""
    return _conditions[name]


def registered() -> dict[str, Condition]:
    return _conditions


def universe(function: Callable[[], QuerySet]) -> Callable[[], QuerySet]:
    """Function decorator: this QuerySet is everybody whom rules can speak of."""
    _universe[:] = [function]
    return function


def everyone() -> QuerySet:
    """All contacts that rules choose from (neither archived nor erased)."""
    return _universe[0]()

"""What a rule can ask: conditions, each taught by the room that knows the noun."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from . import periods
from .events import Events
from .spans import Span

if TYPE_CHECKING:
    from .blocks import ConditionBlock
    from .clauses import EveryoneBut

Values = Mapping[str, Any]


class BrokenRule(ValueError):
    """A rule that cannot be evaluated; ``problems`` says why, in plain language."""

    def __init__(self, problems: Iterable[Any]) -> None:
        self.problems = [str(problem) for problem in problems]
        super().__init__(" ".join(self.problems))


@dataclass(frozen=True)
class Past:
    """Whether past days can be asked about: from which rows, since when, or why not."""

    source: Any = ""
    since: dt.date | None = None
    why_not: Any = ""


class Condition:
    """One thing that a rule can ask about a contact. A host site overrides this.

    Give ``name`` (never changes: it stands in stored rules), ``label``, ``icon``,
    ``group`` (a heading in the editor), ``aspects`` (which entries of the change feed
    make a contact's answer doubtful), an inner class ``Value`` (the ``ConditionBlock``
    that edits the value) and ``contacts`` (or ``own``) and ``sentence``; then put
    ``@register`` over the class.

    ``rests_on`` names things of the data map (noun and name), whatever the value: of how
    many they are known is told beside a count. Override ``things`` where it depends.

    A condition that rests on dated rows says so in ``dated_by`` and teaches ``as_of``;
    another says in ``undated`` why past days cannot be asked about.
    """

    name = ""
    label: Any = ""
    icon = "tag"
    group: Any = ""
    aspects: frozenset[str] | set[str] = frozenset()
    rests_on: frozenset[tuple[str, str]] = frozenset()
    dated_by: Any = ""
    undated: Any = ""
    Value: "type[ConditionBlock]"
    matches: Callable[[Values, Any], bool | None] | None = None

    @property
    def about_visit(self) -> bool:
        """Whether it is asked of a visit in memory; such a one chooses no contacts."""
        return self.matches is not None

    def block(self, *, sensitive: bool = True) -> "ConditionBlock":
        """The block that edits a value; *sensitive*: offer what only some may read."""
        return self.Value(label=self.label, icon=self.icon, group=self.group)

    def offered(self) -> bool:
        """Whether the editor offers it now; rules that hold it already keep working."""
        return True

    def own(self, value: Values, at: dt.datetime) -> Q | None:
        """What must hold of a contact's own columns, if the condition is about these.

        Then ``contacts`` need not be given, and a list in the order of such a column
        begins where its index says. Raises ``BrokenRule`` as ``contacts`` does.
        """
        return None

    def contacts(self, value: Values, at: dt.datetime) -> "QuerySet | EveryoneBut":
        """The ids of the contacts for whom it is true at *at*.

        A QuerySet of one column, ``.values("contact_id")``, without NULLs and without a
        join onto Contact, or ``everyone_but`` of one. Raises ``BrokenRule`` when
        something that the value names is gone.
        """
        own = self.own(value, at)
        if own is None:
            raise NotImplementedError(self.name)
        return everyone().model.objects.filter(own).values("pk")

    def past(self, value: Values) -> Past:
        """Whether past days can be asked about *value*; not, unless a class says so."""
        if self.dated_by:
            return Past(source=self.dated_by)
        plain = _("It is kept only as it is now, without the days of its changes.")
        return Past(why_not=self.undated or plain)

    def as_of(self, value: Values, at: dt.datetime) -> "QuerySet | EveryoneBut":
        """Those for whom it was true at *at*, the end of a past day.

        As ``contacts``, but rows of later days do not exist. Asked only where ``past``
        does not say why not.
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

    def lacks(self, value: Values) -> list[str]:
        """What the value must say and does not, beyond fields that must be filled.

        Such a rule is not evaluated; ``problems`` only keep an author from saving it.
        """
        return []

    def span(self, value: Values) -> Span | None:
        """The one figure of a contact that it is about, and its limits; None: no such.

        Two spans of a figure without anything in common are named to the author.
        """
        return None

    def events(self, value: Values, at: dt.datetime) -> Events | None:
        """What it counts, if it counts: a score gives points for each of these.

        Rows without NULL in the columns that ``Events`` names. Raises ``BrokenRule``.
        """
        return None

    def events_as_of(self, value: Values, at: dt.datetime) -> Events | None:
        """The same at the end of a past day: those of later days do not exist."""
        found = self.events(value, at)
        return None if found is None else found.until(at)

    def reads_sensitive(self, value: Values) -> bool:
        """Whether the answer tells something that only some roles may know."""
        return False

    def things(self, value: Values) -> set[tuple[str, str]]:
        """The data that it asks for: noun and name of things of the data map."""
        return set(self.rests_on)

    def segments_read(self, value: Values) -> set[str]:
        """The keys of the segments whose membership the answer rests on."""
        return set()


_conditions: dict[str, Condition] = {}
_universe: list[Callable[[], QuerySet]] = []
_outside: list[Callable[[], QuerySet]] = []
_universe_at: list[Callable[[dt.datetime, list[QuerySet]], QuerySet]] = []
_known: list[Callable[[dt.datetime], QuerySet]] = []


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


def outside(function: Callable[[], QuerySet]) -> Callable[[], QuerySet]:
    """Function decorator: ids of all contacts who are not in the universe."""
    _outside[:] = [function]
    return function


def nobody() -> QuerySet:
    """Ids of the contacts whom no rule chooses."""
    return _outside[0]()


def universe_at(
    function: Callable[[dt.datetime, list[QuerySet]], QuerySet],
) -> Callable[[dt.datetime, list[QuerySet]], QuerySet]:
    """Function decorator: ``fn(at, known)`` is everybody whom rules spoke of at *at*.

    *known*: ids of those who had dealt with us by then, whenever they were recorded.
    """
    _universe_at[:] = [function]
    return function


def known_by(
    function: Callable[[dt.datetime], QuerySet],
) -> Callable[[dt.datetime], QuerySet]:
    """Function decorator: ``fn(at)`` gives the ids of whom this room knew by *at*."""
    _known.append(function)
    return function


def everyone_at(at: dt.datetime) -> QuerySet:
    """All contacts that rules could choose from at *at*, as ``everyone`` has it now."""
    return _universe_at[0](at, [known(at) for known in _known])

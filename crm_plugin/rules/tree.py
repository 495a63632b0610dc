"""A rule as a tree: groups of conditions, read from stored data or from the editor."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .asking import ask
from .blocks import rule_block
from .registry import BrokenRule, Condition, Values, registered


@dataclass(frozen=True)
class Leaf:
    """One condition with its value."""

    condition: Condition
    value: Values
    block: Any

    @property
    def unfit(self) -> Mapping[str, Any]:
        """What its fields cannot hold, by their names."""
        return getattr(self.value, "unfit", {})

    def ask(self, what: str, *more: Any) -> Any:
        """What the method *what* of its condition answers. Raises ``BrokenRule``."""
        return ask(self.condition, what, self.value, *more)

    def told(self, what: str, otherwise: Any, *more: Any) -> Any:
        """What its condition tells about itself, or *otherwise* where it fails."""
        try:
            return self.ask(what, *more)
        except BrokenRule:
            return otherwise


@dataclass(frozen=True)
class Group:
    """Conditions and groups of which all, any or none must be true.

    ``unknown`` names conditions that nobody registers any more: such a rule must not
    be evaluated, because leaving one out would choose more people. No more must one
    whose ``match`` is none of the three.
    """

    match: str = "all"
    children: "tuple[Leaf | Group, ...]" = ()
    unknown: tuple[str, ...] = field(default=())


def parse(value: Any) -> Group:
    """The tree of a ``RuleField``'s value or of its stored form (a list of dicts).

    Never raises: what cannot be read is ``unknown``, or in a leaf ``unfit``.
    """
    if isinstance(value, Group):
        return value
    return _group("all", rule_block().to_python(value or []))


def _group(match: str, stream: Any) -> Group:
    children: list[Leaf | Group] = []
    known = registered()
    unknown = list(getattr(stream, "unknown", ()))
    for child in stream:
        if child.block_type == "group":
            said = str(child.value["match"])
            children.append(_group(said, child.value["conditions"]))
        elif child.block_type in known:
            leaf = Leaf(known[child.block_type], child.value, child.block)
            children.append(leaf)
        else:
            unknown.append(child.block_type)
    return Group(match, tuple(children), tuple(unknown))


def walk(value: Any) -> Iterator[Leaf]:
    """Every condition of the rule, whatever group it stands in."""
    for child in parse(value).children:
        if isinstance(child, Leaf):
            yield child
        else:
            yield from walk(child)


def groups(tree: Group) -> Iterator[Group]:
    """The group itself and every group inside it."""
    yield tree
    for child in tree.children:
        if isinstance(child, Group):
            yield from groups(child)


def depth(tree: Group) -> int:
    """How many groups stand in each other inside *tree*, where it is most."""
    inner = [child for child in tree.children if isinstance(child, Group)]
    return 1 + max(map(depth, inner)) if inner else 0


def alike(one: Any, other: Any) -> bool:
    """Whether both rules ask the same in the same order."""
    return _said(parse(one)) == _said(parse(other))


def _said(node: Group | Leaf) -> tuple:
    if isinstance(node, Leaf):
        return node.condition.name, dict(node.value)
    return node.match, [_said(child) for child in node.children], node.unknown

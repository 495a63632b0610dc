"""A rule as a sentence, and what is wrong with it, in the reader's language."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .asking import evaluating
from .contradictions import contradictions
from .gaps import gaps_of, misshapen
from .refusing import MOST_CONDITIONS, told_beside
from .registry import BrokenRule, registered
from .tree import Group, Leaf, groups, parse, walk
from .visits import about_visits, asked_of_visits, mixed


def with_details(text: str, details: Iterable[str]) -> str:
    """*text*, and in brackets its *details*, if there are any."""
    said = ", ".join(details)
    return f"{text} ({said})" if said else text


def match_phrase(match: str) -> str:
    """How a group's children count, as a line of its own."""
    return {
        "all": _("All of these are true"),
        "any": _("At least one of these is true"),
        "none": _("None of these is true"),
    }[match]


def sentence(value: Any) -> str:
    """The rule in plain language: "People with …, but without …"; never raises."""
    tree = parse(value)
    if not tree.children:
        return _("No condition yet")
    refused = [child for child in tree.children if _refuses(child)]
    wanted = [child for child in tree.children if child not in refused]
    shaped = _phrase if len(wanted) == 1 else _in_brackets
    words = {
        "wanted": _(" and ").join(shaped(child) for child in wanted),
        "refused": _(" or ").join(_refused_words(child) for child in refused),
    }
    return _frame(about_visits(tree), bool(wanted), bool(refused)) % words


def _frame(of_visits: bool, wanted: bool, refused: bool) -> str:
    """The sentence around what is wanted and what is refused."""
    if not refused:
        return _("Visits with %(wanted)s") if of_visits else _("People with %(wanted)s")
    if not wanted:
        both = _("Visits without %(refused)s"), _("People without %(refused)s")
    else:
        both = (
            _("Visits with %(wanted)s, but without %(refused)s"),
            _("People with %(wanted)s, but without %(refused)s"),
        )
    return both[0] if of_visits else both[1]


def _refuses(node: Group | Leaf) -> bool:
    return isinstance(node, Group) and node.match == "none"


def _phrase(node: Group | Leaf) -> str:
    if isinstance(node, Leaf):
        return leaf_phrase(node)
    if _refuses(node):
        return _("without %(refused)s") % {"refused": _refused_words(node)}
    parts = [_in_brackets(child) for child in node.children]
    if not parts:
        return _("(empty group)")
    return (_(" and ") if node.match == "all" else _(" or ")).join(parts)


def _refused_words(node: Group | Leaf) -> str:
    parts = [_in_brackets(child) for child in node.children]  # type: ignore[union-attr]
    return _(" or ").join(parts) or _("(empty group)")


def _in_brackets(node: Group | Leaf) -> str:
    words = _phrase(node)
    if isinstance(node, Group) and len(node.children) > 1:
        return _("(%(words)s)") % {"words": words}
    return words


def leaf_phrase(leaf: Leaf) -> str:
    """One condition in words; never raises."""
    try:
        if not leaf.unfit:
            return leaf.ask("sentence")
    except BrokenRule:
        pass
    return _("(broken: %(name)s)") % {"name": leaf.condition.label}


def problems(value: Any, user: Any = None, *, visits: bool = False) -> list[str]:
    """Everything that stands against this rule, for *user* (None: any reader).

    *visits*: it may ask of a visit instead of people, as a segment may.
    """
    tree = parse(value)
    found = mixed(tree) if visits else asked_of_visits(tree)
    found += misshapen(tree)
    leaves = list(walk(tree))
    if len(leaves) > MOST_CONDITIONS:
        return found
    for leaf in leaves:
        found += _leaf_problems(leaf, user)
    for group in groups(tree):
        if group.match == "all":
            together = [child for child in group.children if isinstance(child, Leaf)]
            found += contradictions((leaf.condition, leaf.value) for leaf in together)
    return found


def refused_lines(value: Any, user: Any) -> ValidationError | None:
    """What stands against single conditions of an edited rule, beside each of them."""
    return beside(value, lambda leaf: _leaf_problems(leaf, user))


def beside(value: Any, found: Callable[[Leaf], list[str]]) -> ValidationError | None:
    """What *found* tells of the conditions of an edited rule, beside each of them."""
    known = registered()

    def told(child: Any) -> list[str]:
        if child.block_type not in known:
            return []
        return found(Leaf(known[child.block_type], child.value, child.block))

    return told_beside(value, told)


def _leaf_problems(leaf: Leaf, user: Any) -> list[str]:
    label = leaf.condition.label
    if leaf.unfit:
        return gaps_of(leaf)
    try:
        with evaluating(label, passing=ValidationError):
            leaf.block.clean(leaf.value)
        found = leaf.ask("problems", user) if user else []
        sensitive = user is not None and leaf.ask("reads_sensitive")
    except ValidationError as error:
        return [
            _("%(condition)s: %(problem)s") % {"condition": label, "problem": text}
            for text in dict.fromkeys(_messages(error))
        ]
    except BrokenRule as error:
        return error.problems
    if sensitive and not user.has_perm("crm_plugin.view_sensitive"):
        found = [*found, _("You may not use sensitive attributes.")]
    return found


def _messages(error: ValidationError) -> Iterator[str]:
    """The words of a block's error, with the label of the field where there is one."""
    blocks = getattr(error, "block_errors", None)
    for inner in (blocks or {}).values():
        yield from _messages(inner)
    for inner in getattr(error, "non_block_errors", []):
        yield str(inner)
    if blocks is None:
        yield from error.messages

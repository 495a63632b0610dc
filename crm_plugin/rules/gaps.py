"""What a tree lacks, so that it would choose people by mistake."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.blocks import IntegerBlock

from .blocks import MATCHES
from .fitting import is_text
from .periods import OPTIONAL
from .refusing import DEPTH, MOST_CONDITIONS, too_deep
from .registry import BrokenRule
from .tree import Group, Leaf, depth, groups, walk


def refuse_unfinished(tree: Group) -> None:
    """Raise ``BrokenRule`` for a tree that is too large, has gaps or is not known."""
    if found := misshapen(tree):
        raise BrokenRule(found)
    found = [text for leaf in walk(tree) for text in gaps_of(leaf)]
    if found:
        raise BrokenRule(dict.fromkeys(found))


def misshapen(tree: Group) -> list[str]:
    """What is wrong with the tree, whatever its conditions ask."""
    if len(list(walk(tree))) > MOST_CONDITIONS:
        return [_("A rule holds at most %(n)d conditions.") % {"n": MOST_CONDITIONS}]
    found = []
    if not tree.children and not tree.unknown:
        found.append(_("The rule is empty."))
    if depth(tree) > DEPTH:
        found.append(too_deep())
    for group in groups(tree):
        if group is not tree and not group.children:
            found.append(_("A group is empty."))
        if group.match not in dict(MATCHES):
            found.append(_("A group does not say how many of its lines must be true."))
        found += [
            _("The condition “%(name)s” is not known here.") % {"name": name}
            for name in group.unknown
        ]
    return found


def gaps_of(leaf: Leaf) -> list[str]:
    """The fields of one condition that cannot be read, or are not filled in yet."""
    found = [_cannot_be(leaf, name) for name in leaf.unfit] or _lacks(leaf)
    return [
        _("%(condition)s: %(problem)s")
        % {"condition": leaf.condition.label, "problem": problem}
        for problem in found
    ]


def _lacks(leaf: Leaf) -> list[str]:
    if leaf.block.missing(leaf.value):
        return [_("Please fill this in.")]
    if _asks_for_no_day(leaf):
        return [_("Give at least one of the two dates.")]
    return leaf.ask("lacks")


def _asks_for_no_day(leaf: Leaf) -> bool:
    """Whether it is about the days between two dates, and names neither."""
    ends = [name for name in sorted(OPTIONAL) if name in leaf.block.child_blocks]
    asked = [name for name in ends if leaf.block.plays_a_part(name, leaf.value)]
    return bool(asked) and not any(leaf.value.get(name) for name in asked)


def _cannot_be(leaf: Leaf, name: str) -> str:
    """What is wrong with a field, with what stands there if it is words."""
    block, raw = leaf.block.child_blocks.get(name), leaf.unfit[name]
    if type(raw) is int and isinstance(block, IntegerBlock):
        try:
            block.field.run_validators(raw)
        except ValidationError as error:
            return " ".join(error.messages)
    texts = [
        text[:40] for text in (raw if isinstance(raw, list) else [raw]) if is_text(text)
    ]
    words = {"field": block.label if block else "…", "said": ", ".join(texts) or "…"}
    return _("What is said for “%(field)s” cannot be used: %(said)s") % words

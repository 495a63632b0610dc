"""Merge tags: ``{{ contact.first_name | default:"you" }}`` in subjects and texts.

Not a template language: a tag names one registered value and may hold a fallback,
nothing else. A text is read once into literal parts and places; values are put in
as text (escaped for HTML) and are never read again. An unknown tag is an error when
the text is saved, not when it is sent.
"""

import difflib
import html
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

Values = Mapping[str, str]
Resolver = Callable[[Sequence[int]], Mapping[int, str]]
Batch = Callable[[Sequence[int], Sequence[str], str], Mapping[str, Mapping[int, str]]]

# No pair of braces inside a tag: so a text of nothing but braces stays linear.
_TAG = re.compile(r"\{\{((?:[^{}]|\{(?!\{)|\}(?!\}))*)\}\}")
_QUOTED = r"\"([^\"]*)\"|“([^”]*)”|”([^”]*)”|「([^」]*)」|'([^']*)'|‘([^’]*)’"
_LITERAL = re.compile(rf"\s*(?:{_QUOTED})\s*")
_INSIDE = re.compile(
    rf"\s*([a-z][a-z0-9_]*(?:\.[a-z0-9_-]+)*)\s*(?:\|\s*default\s*[:=]\s*(?:{_QUOTED})\s*)?"
)
_FOREIGN = re.compile(r"\{%|\{#|｛｛|\{\{")
_OPENING = re.compile(r"\{(?=\{|$)")
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_TITLES = ("様", "さま", "さん", "殿", "氏", "先生")
_TITLE_NEXT = re.compile(rf"((?:\s|&nbsp;|<[^<>]*>)*)({'|'.join(_TITLES)})")


class MergeTagError(ValueError):
    """A text holds something that is no merge tag; says so in the reader's words.

    ``tag`` is what stood there, ``suggestions`` are registered names close to it.
    """

    def __init__(self, message: str, *, tag: str, suggestions: Sequence[str] = ()):
        super().__init__(message)
        self.tag = tag
        self.suggestions = list(suggestions)


class UnknownTag(MergeTagError):
    """The name is not registered."""


class BadTag(MergeTagError):
    """The braces hold something else than a name and a fallback."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value goes; ``default`` is the author's fallback, if any."""

    name: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class PersonTitle:
    """An honorific after a place: left out when there is no name before it."""

    text: str


Part = str | Place | PersonTitle


@dataclass(frozen=True)
class Tag:
    """One registered value.

    ``resolve(contact_ids)`` or, for several tags that share a query,
    ``batch(contact_ids, names, language)`` find the texts; a tag with neither is
    filled by whoever sends. ``fallback`` stands in for an empty value, by language.
    """

    name: str
    label: str
    resolve: Resolver | None = None
    batch: Batch | None = None
    fallback: Values = field(default_factory=dict)


_tags: dict[str, Tag] = {}
_sources: list[tuple[str, Callable[[], Iterable[Tag]]]] = []


def register(
    name: str,
    label: str,
    *,
    resolve: Resolver | None = None,
    batch: Batch | None = None,
    fallback: Values | None = None,
) -> None:
    """Offer *name* in every text; see ``Tag``."""
    _tags[name] = Tag(name, label, resolve, batch, fallback or {})


def register_source(function: Callable[[], Iterable[Tag]], *, prefix: str = "") -> None:
    """Offer tags that come and go, such as attributes; asked on every use.

    All its names start with *prefix*: texts without such a name never ask it.
    """
    _sources.append((prefix, function))


def tags() -> dict[str, Tag]:
    """Everything that may stand in a text now, by name."""
    found = dict(_tags)
    for _prefix, source in _sources:
        found.update((tag.name, tag) for tag in source())
    return found


def known(wanted: Collection[str]) -> dict[str, Tag]:
    """Those of *wanted* that are registered; sources are asked only when needed."""
    found = {name: _tags[name] for name in wanted if name in _tags}
    missing = [name for name in wanted if name not in found]
    for prefix, source in _sources:
        if any(name.startswith(prefix) for name in missing):
            found |= {tag.name: tag for tag in source() if tag.name in missing}
    return found


def parse(
    text: str, *, extra: Collection[str] = (), markup: bool = False
) -> list[Part]:
    """Read an author's *text*; ``extra`` are names that this kind of text adds.

    With ``markup`` the text is HTML, so quotes may be written as entities.
    Raises ``UnknownTag`` or ``BadTag``.
    """
    parts = scan(text, markup=markup)
    for literal in _TAG.split(text)[::2]:
        if foreign := _FOREIGN.search(literal):
            near = literal[foreign.start() : foreign.start() + 30]
            raise _bad(near)
    wanted = [name for name in names(parts) if name not in extra]
    registered = known(wanted)
    for name in wanted:
        if name not in registered:
            raise _unknown(name, {*tags(), *extra})
    return parts


def scan(text: str, *, markup: bool = False) -> list[Part]:
    """Read a text whose names were checked when it was saved. Raises ``BadTag``."""
    parts: list[Part] = []
    after_place = False
    for position, piece in enumerate(_TAG.split(text)):
        if position % 2:
            parts.append(_inside(html.unescape(piece) if markup else piece))
            after_place = isinstance(parts[-1], Place)
        elif piece:
            titled = after_place and _TITLE_NEXT.match(piece)
            if titled:
                parts += [titled[1], PersonTitle(titled[2]), piece[titled.end() :]]
            else:
                parts.append(piece)
            after_place = False
    return [part for part in parts if part != ""]


def write(parts: Iterable[Part]) -> str:
    """The text that ``scan`` reads into the same *parts*."""
    return "".join(_written(part) for part in parts)


def names(parts: Iterable[Part]) -> list[str]:
    """The names in *parts*, each once, in the order of their first use."""
    return list(dict.fromkeys(p.name for p in parts if isinstance(p, Place)))


def fill(
    parts: Iterable[Part],
    values: Values,
    *,
    markup: bool = False,
    fallbacks: Values | None = None,
) -> str:
    """Put *values* into the places: escaped when ``markup``, never read again.

    An empty value gives the author's fallback, else the one in ``fallbacks``.
    """
    out: list[str] = []
    before = ""
    for part in parts:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, Place):
            before = values.get(part.name) or part.default or ""
            before = before or (fallbacks or {}).get(part.name, "")
            out.append(escape(before) if markup else before)
        elif before and not before.endswith(_TITLES):
            out.append(part.text)
    return "".join(out)


def escape(value: str) -> str:
    """A value as HTML text or attribute; line ends stay visible."""
    return html.escape(value).replace("\n", "<br>\n")


def fallbacks(wanted: Iterable[str], language: str) -> dict[str, str]:
    """What stands in for empty values, in *language* (else in English)."""
    short = language.split("-")[0]
    found = {name: tag.fallback for name, tag in known(set(wanted)).items()}
    return {
        name: texts.get(short) or texts.get("en", "")
        for name, texts in found.items()
        if texts
    }


def values_for(
    contact_ids: Sequence[int], wanted: Iterable[str], *, language: str = ""
) -> dict[int, dict[str, str]]:
    """``{contact id: {name: text}}``; queries depend on the tags, not on the ids.

    Names that are no longer registered give nothing, so that their fallback shows.
    """
    batches: dict[Batch, list[str]] = defaultdict(list)
    columns: dict[str, Mapping[int, str]] = {}
    for name, tag in known(set(wanted)).items():
        if tag.batch is not None:
            batches[tag.batch].append(name)
        elif tag.resolve is not None:
            columns[name] = tag.resolve(contact_ids)
    for batch, together in batches.items():
        columns.update(batch(contact_ids, together, language))
    return {
        pk: {name: clean(column.get(pk)) for name, column in columns.items()}
        for pk in contact_ids
    }


def clean(value: object) -> str:
    """A value as plain text: nothing for ``None``, no control characters."""
    if value is None:
        return ""
    return _CONTROL.sub("", str(value)).strip()


def _inside(piece: str) -> Part:
    if literal := _LITERAL.fullmatch(piece):
        return next(group for group in literal.groups() if group is not None)
    match = _INSIDE.fullmatch(piece)
    if match is None:
        raise _bad("{{" + piece + "}}")
    default = next((group for group in match.groups()[1:] if group is not None), None)
    return Place(match[1], default)


def _written(part: Part) -> str:
    if isinstance(part, str):
        return _OPENING.sub('{{ "{" }}', part)
    if isinstance(part, PersonTitle):
        return part.text
    if part.default is None:
        return "{{ " + part.name + " }}"
    quote = "''" if '"' in part.default else '""'
    return f"{{{{ {part.name} | default:{quote[0]}{part.default}{quote[1]} }}}}"


def _bad(tag: str) -> BadTag:
    message = _(
        "“%(tag)s” is not a merge tag. Write a tag from the list, such as "
        '{{ contact.first_name | default:"you" }}.'
    )
    return BadTag(message % {"tag": tag[:60]}, tag=tag)


def _unknown(name: str, allowed: Collection[str]) -> UnknownTag:
    near = difflib.get_close_matches(name, sorted(allowed), n=3, cutoff=0.5)
    message = _("There is no merge tag “%(tag)s”.") % {"tag": name}
    if near:
        message += " " + _("Did you mean: %(names)s?") % {"names": ", ".join(near)}
    return UnknownTag(message, tag=name, suggestions=near)

"""Names of people and organisations without what belongs to manners or to law."""

import re
from collections.abc import Iterable
from typing import Any

from .words import family_first, fold, text

_BEFORE = re.compile(r"^(?:mr|mrs|ms|miss|dr|prof)(?:\.\s*|\s+)", re.I)
_AFTER = re.compile(
    r"(?:(?:\s*[(]?(?:奥様|様|さま|さん|ちゃん|先生|御中)[)]?)+|[\s\-](?:san|sama|sensei))$",
    re.I,
)
# These two also end ordinary names (鵜殿): only where they clearly stand apart.
_AFTER_DOUBTFUL = re.compile(r"(?:(?<=\S)\s+|(?<=\S{3}))(?:殿|君|くん)$")
TAIL = 40
_LEGAL_FORMS = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|(?:一般|公益|特例)?(?:社団|財団)法人"
    r"|医療法人(?:社団|財団)?|社会福祉法人|学校法人|宗教法人|独立行政法人"
    r"|特定非営利活動法人|npo法人|\((?:株|有|同|資|名|医|社|財|学|福|宗|一社|一財)\)"
    r"|^カ\)|\(カ$|\(カ\)"
    r"|(?:[\s,]+|^)(?:inc|ltd|llc|corp|corporation|company|co|gmbh|k\.k|kk|plc)\b\.?",
    re.I,
)


def name(value: object) -> str:
    """A person's name without an honorific: ``山田 花子 様`` is ``山田 花子``."""
    plain = text(value)
    bare = _BEFORE.sub("", plain)
    # An honorific stands at the end: whatever was typed before it costs nothing.
    body, end = bare[:-TAIL], bare[-TAIL:]
    end = _AFTER.sub("", end)
    end = _AFTER_DOUBTFUL.sub("", end)
    return (body + end).strip() or plain


def split_name(value: object) -> tuple[str, str]:
    """(family name, given name); the given name is "" where nothing tells them apart.

    Japanese: family first. Latin: family last, unless a comma follows it or it alone
    is written in capitals.
    """
    plain = name(value)
    family, comma, given = plain.partition(",")
    if comma and given.strip():
        return family.strip(), given.strip()
    words = plain.strip(",").split()
    if len(words) < 2:
        return plain.strip(","), ""
    if family_first(plain):
        return words[0], " ".join(words[1:])
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    if len(capitals) == 1:
        rest = [word for word in words if word != capitals[0]]
        return capitals[0], " ".join(rest)
    return words[-1], " ".join(words[:-1])


def in_order(family: str, given: str) -> str:
    """Both names as their language has them: 日向 陽子, but Hanako Sato."""
    parts = [family, given]
    if not family_first("".join(parts)):
        parts.reverse()
    return " ".join(part for part in parts if part)


def staff(user: Any) -> str:
    """A member of staff by name, or by login where no name is known."""
    if user is None:
        return ""
    family, given = (getattr(user, part, "") for part in ("last_name", "first_name"))
    return in_order(family, given) or user.get_full_name() or user.get_username()


def organisation(value: object) -> str:
    """The key of an organisation: without its legal form, folded."""
    plain = text(value)
    return fold(_LEGAL_FORMS.sub(" ", plain)) or fold(plain)


def without_legal_forms(words: Iterable[str]) -> list[str]:
    """What was typed to find a firm, without 株式会社, (株) or Ltd.; never nothing.

    Latin letters are a legal form as a word of their own only: ``co.jp`` is none.
    """
    words = [word for word in words if word]
    found: list[str] = []
    for word in words:
        if not word.isascii():
            found += _LEGAL_FORMS.sub(" ", word).split()
        elif not _LEGAL_FORMS.fullmatch(word.rstrip(".")):
            found.append(word)
    return found or words


def has_legal_form(value: object) -> bool:
    """Whether it is the name of a firm, as its 株式会社 or Ltd. tells."""
    return bool(_LEGAL_FORMS.search(text(value)))

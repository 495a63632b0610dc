"""Site search that finds Japanese: pairs of letters instead of words.

Databases cut text into words at spaces, and Japanese has none. So a page is indexed
with every pair of neighbouring letters, and a query is cut the same way.
"""

import re
import unicodedata
from collections.abc import Iterable

from django.utils.html import strip_tags
from wagtail.models import Locale, Page

_RUNS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々ー]+|\w+")
_MAX_QUERY = 60


def _pieces(run: str) -> Iterable[str]:
    if run[0] < "\u3040" or len(run) == 1:
        return [run]
    return (run[i : i + 2] for i in range(len(run) - 1))


def grams(text: str) -> str:
    """*text* as words that a database can index, Japanese runs cut into pairs."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(piece for run in _RUNS.findall(folded) for piece in _pieces(run))


def plain(html_texts: Iterable[object]) -> str:
    """The readable text of *html_texts*: no tags, single spaces."""
    return " ".join(strip_tags(" ".join(str(text) for text in html_texts)).split())


def find(query: str, *, language: str):
    """Live pages in *language* that hold every part of *query*, best first."""
    wanted = grams(query[:_MAX_QUERY])
    if not wanted:
        return Page.objects.none()
    locale = Locale.objects.filter(language_code=language)
    pages = Page.objects.live().public().filter(locale__in=locale, depth__gt=1)
    return pages.specific().search(wanted, operator="and")


def excerpt(text: str, query: str, *, length: int = 120) -> str:
    """The part of *text* around the first place where *query* stands."""
    at = max(text.casefold().find(query.casefold()), 0)
    start = max(at - length // 3, 0)
    cut = text[start : start + length]
    return ("…" if start else "") + cut + ("…" if len(text) > start + length else "")

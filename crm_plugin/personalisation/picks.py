"""The promoted search results of ``wagtail.contrib.search_promotions``.

A site may do without that app: nothing here imports it.
"""

from django.apps import apps
from django.db.models import QuerySet
from wagtail.search.utils import normalise_query_string

APP = "wagtail.contrib.search_promotions"
MODEL = "wagtailsearchpromotions.SearchPromotion"


def installed() -> bool:
    return apps.is_installed(APP)


def every() -> QuerySet | None:
    """All picks of the editors; None where the site has no such thing."""
    if not installed():
        return None
    return apps.get_model(MODEL)._default_manager.select_related("query", "page")


def of(words: str) -> QuerySet | None:
    """The picks for exactly these *words*, in the editors' order.

    No row is written for words that nobody promoted anything for.
    """
    rows, said = every(), normalise_query_string(words.replace("\x00", ""))
    if rows is None or not said:
        return None
    return rows.filter(query__query_string=said)

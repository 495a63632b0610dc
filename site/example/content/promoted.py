"""What the search of the site recommends: to everybody, and to those who come often."""

from wagtail.contrib.search_promotions.models import Query, SearchPromotion
from wagtail.models import Page

from crm_plugin.models import Segment
from crm_plugin.personalisation import promoted

# language: word, [(key of the page, description, key of the segment)]
PICKS: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "ja": (
        "予約",
        [
            ("circle", "常連のみなさまだけのページです。", "regulars"),
            ("booking", "空いている日時をその場で選べます。", ""),
        ],
    ),
    "en": (
        "booking",
        [
            ("circle", "A page for those who come often.", "regulars"),
            ("booking", "Choose a day and a time that is free.", ""),
        ],
    ),
}


def promote(pages: dict[str, Page], language: str) -> None:
    words, picks = PICKS[language]
    query = Query.get(words)
    for order, (key, description, segment) in enumerate(picks):
        pick = SearchPromotion.objects.create(
            query=query, page=pages[key], description=description, sort_order=order
        )
        promoted.show_to(pick, Segment.objects.filter(key=segment), by=None)

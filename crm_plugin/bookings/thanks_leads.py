"""Where the thanks lead: the pages that the owner chose on the service."""

from typing import Any

from wagtail.models import Page

from crm_plugin.delivery import links
from crm_plugin.delivery.leads import Lead

from .models import Service

STARS = range(1, 6)


def of(service: Service, language: str) -> dict[str, Lead]:
    """The leads by the names of their merge tags; a page that is not public is none.

    Each is personal: the page learns to whom the message went (``links.personal``).
    """
    found = {
        "feedback_url": _feedback(_said_in(service.feedback_page, language)),
        "booking_url": _again(_said_in(service.booking_page, language), service),
    }
    return {name: lead or Lead("") for name, lead in found.items()}


def _said_in(page: Page | None, language: str) -> Page | None:
    """The public page in the guest's *language*, else as it was chosen."""
    if page is None:
        return None
    family = page.get_translations(inclusive=True).live().public()
    pages = {row.locale.language_code: row for row in family.select_related("locale")}
    return pages.get(language) or pages.get(page.locale.language_code)


def _feedback(page: Page | None) -> Lead | None:
    """Each star is a link of its own where the page asks for stars."""
    base = page.full_url if page else None
    if page is None or not base:
        return None
    stars = STARS if _asks_for_stars(page.specific) else ()
    choices = tuple((f"★{n}", links.with_place(base, stars=n)) for n in stars)
    return Lead(links.with_place(base), choices)


def _asks_for_stars(page: Any) -> bool:
    rows = page.form_fields.all() if hasattr(page, "form_fields") else ()
    return "stars" in {row.field_type for row in rows}


def _again(page: Page | None, service: Service) -> Lead | None:
    base = page.full_url if page else None
    return Lead(links.with_place(base, service=service.key)) if base else None

"""Navigation and small pieces of the example's templates."""

from typing import Any

from django import template
from django.utils.translation import get_language, get_language_info
from wagtail.models import Locale, Page, Site

from example.models import BookingPage, HomePage

register = template.Library()


@register.simple_tag(takes_context=True)
def home_page(context: dict) -> HomePage | None:
    """The home page in the visitor's language, looked up once per request."""
    request = context.get("request")
    if request is None:
        return None
    if not hasattr(request, "_hinata_home"):
        request._hinata_home = _find_home(request)
    return request._hinata_home


def _find_home(request: Any) -> HomePage | None:
    site = Site.find_for_request(request)
    if site is None:
        return None
    return (
        HomePage.objects.filter(
            translation_key=site.root_page.translation_key,
            locale__language_code=get_language(),
        )
        .live()
        .first()
    )


@register.inclusion_tag("example/includes/navigation.html", takes_context=True)
def navigation(context: dict, name: str) -> dict:
    """The pages of the first level that are shown in menus."""
    home = home_page(context)
    here = context.get("page")
    items = []
    if home:
        for page in home.get_children().live().in_menu().specific():
            inside = isinstance(here, Page) and here.path.startswith(page.path)
            items.append({"page": page, "current": inside})
    return {"items": items, "name": name, "request": context.get("request")}


@register.simple_tag(takes_context=True)
def booking_page(context: dict) -> Page | None:
    """The page of the visitor's language on which a table can be booked."""
    home = home_page(context)
    return BookingPage.objects.child_of(home).live().first() if home else None


@register.simple_tag(takes_context=True)
def language_links(context: dict) -> list[dict]:
    """This page in the site's other languages, or their home page."""
    here = context.get("page") or home_page(context)
    if not isinstance(here, Page):
        return []
    translations = {
        page.locale_id: page for page in here.get_translations().live().public()
    }
    homes = home_page(context)
    links = []
    for locale in Locale.objects.exclude(language_code=get_language()):
        page = translations.get(locale.pk)
        if page is None and homes is not None:
            page = homes.get_translation_or_none(locale)
        if page is not None and page.live:
            info = get_language_info(locale.language_code)
            links.append(
                {"url": page.url, "code": info["code"], "name": info["name_local"]}
            )
    return links


@register.simple_tag(takes_context=True)
def footer_pages(context: dict) -> list[Page]:
    """The pages of the first level that stand in no menu."""
    home = home_page(context)
    if home is None:
        return []
    return list(home.get_children().live().filter(show_in_menus=False))

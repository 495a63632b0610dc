"""Navigation and small pieces of the example's templates."""

from typing import Any

from django import template
from django.db.models import Exists, OuterRef
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _
from wagtail.models import Locale, Page, PageViewRestriction, Site

from crm_plugin.models import MembersOnly
from example.blocks import DishBlock, Illustration
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
    homes = HomePage.objects.live().filter(
        translation_key=site.root_page.translation_key
    )
    language = get_language() or ""
    return homes.filter(locale__language_code=language).first() or homes.first()


def _first_level(context: dict) -> list[Page]:
    """The live pages below the home page, looked up once per request."""
    home = home_page(context)
    if home is None:
        return []
    return [page for page in _children(home) if not page.hinata_private]


def _children(home: HomePage) -> list[Page]:
    """Those for everybody and those for members, each with a mark; one query."""
    if not hasattr(home, "_hinata_children"):
        here = OuterRef("pk")
        private = PageViewRestriction.objects.filter(page=here)
        circle = MembersOnly.objects.filter(restriction__page=here)
        home._hinata_children = list(
            home.get_children()
            .live()
            .annotate(hinata_private=Exists(private), hinata_circle=Exists(circle))
        )
    return home._hinata_children


@register.inclusion_tag("example/includes/navigation.html", takes_context=True)
def navigation(context: dict, name: str) -> dict:
    """The pages of the first level that are shown in menus.

    The main menu leaves out the booking page: a button beside it leads there.
    """
    here = context.get("page")
    left_out = booking_page(context) if name == "main" else None
    items = [
        {
            "page": page,
            "current": isinstance(here, Page) and here.path.startswith(page.path),
        }
        for page in _first_level(context)
        if page.show_in_menus and page != left_out
    ]
    return {"items": items, "name": name}


@register.simple_tag(takes_context=True)
def foot_pages(context: dict) -> list[Page]:
    """The pages of the first level that only the foot of the page names."""
    return [page for page in _first_level(context) if not page.show_in_menus]


@register.simple_tag(takes_context=True)
def members_pages(context: dict) -> list[Page]:
    """The pages of the first level that only some guests may open."""
    home = home_page(context)
    return [page for page in _children(home) if page.hinata_circle] if home else []


@register.simple_tag(takes_context=True)
def booking_page(context: dict) -> Page | None:
    """The first page of the visitor's language on which a table can be booked."""
    pages = _first_level(context)
    return next((p for p in pages if p.specific_class is BookingPage), None)


@register.simple_tag(takes_context=True)
def language_links(context: dict) -> list[dict]:
    """This page in the site's other languages; where it is missing, the home page."""
    home = home_page(context)
    here = context.get("page")
    if not isinstance(here, Page):
        here = home
    if here is None or home is None:
        return []
    if not hasattr(here, "_hinata_languages"):
        here._hinata_languages = _translations(here, home)
    return here._hinata_languages


def _translations(here: Page, home: Page) -> list[dict]:
    exact = {page.locale_id: page for page in here.get_translations().live().public()}
    homes = {page.locale_id: page for page in home.get_translations().live().public()}
    links = []
    for locale in Locale.objects.exclude(pk=here.locale_id):
        page = exact.get(locale.pk) or homes.get(locale.pk)
        if page is not None:
            info = get_language_info(locale.language_code)
            links.append(
                {
                    "url": page.url,
                    "full_url": page.full_url,
                    "code": info["code"],
                    "name": info["name_local"],
                    "fallback": locale.pk not in exact,
                }
            )
    return links


@register.simple_tag
def localised(page: Page | None) -> Page | None:
    """*page* in the reader's language, if it is there and live."""
    if page is None:
        return None
    found = page.localized
    return found if found.live else None


@register.simple_tag
def drawing_of(name: str) -> str:
    """One of the site's drawings; it decorates, so that readers skip it."""
    if name not in Illustration.values:
        return ""
    return format_html(
        '<img class="art" src="{}" alt="" width="640" height="470" loading="lazy">',
        static(f"example/img/{name}.svg"),
    )


@register.simple_tag
def mark_label(mark: str) -> str:
    return str(DishBlock.Mark(mark).label)


@register.simple_tag
def yen(amount: int) -> str:
    """A price as the reader's language writes it."""
    return _("¥%(amount)s") % {"amount": f"{amount:,}"}

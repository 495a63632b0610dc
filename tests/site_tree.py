"""A small site of real pages for tests: a front page, a section, pages below it."""

import datetime as dt

from wagtail.models import Locale, Page, Site
from wagtail.signal_handlers import disable_reference_index_auto_update

from example.models import MenuPage, NewsIndexPage, NewsPage, StandardPage


def put_live(page):
    """*page* as publishing leaves it, without the work of publishing for every test."""
    revision = page.save_revision(clean=False)
    Page.objects.filter(pk=page.pk).update(
        live_revision=revision,
        first_published_at=revision.created_at,
        last_published_at=revision.created_at,
        has_unpublished_changes=False,
    )
    page.refresh_from_db()
    return page


@disable_reference_index_auto_update()
def plant():
    """front → menu (a MenuPage) → lunch, dinner; → about; → news → vegan (a tag).

    By name.
    """
    english, _new = Locale.objects.get_or_create(language_code="en")
    top = Page.objects.filter(depth=1).first() or Page.add_root(title="Root")
    front = top.add_child(
        instance=StandardPage(title="Front", slug="front", locale=english)
    )
    Site.objects.all().delete()
    Site.objects.create(hostname="localhost", root_page=front, is_default_site=True)
    pages = {"front": front}
    for model, name, parent in (
        (MenuPage, "menu", "front"),
        (StandardPage, "lunch", "menu"),
        (StandardPage, "dinner", "menu"),
        (StandardPage, "about", "front"),
    ):
        page = model(title=name.capitalize(), slug=name, locale=english)
        pages[name] = pages[parent].add_child(instance=page)
        put_live(page)
    news = pages["front"].add_child(
        instance=NewsIndexPage(title="News", slug="news", locale=english)
    )
    vegan = NewsPage(
        title="Vegan", slug="vegan", locale=english, published_on=dt.date(2026, 1, 1)
    )
    pages |= {"news": news, "vegan": news.add_child(instance=vegan)}
    vegan.tags.add("vegan")
    vegan.save()
    return {name: Page.objects.get(pk=page.pk).specific for name, page in pages.items()}

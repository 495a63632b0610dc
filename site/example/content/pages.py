"""Build Hinata's page trees: the same pages in Japanese and English, linked."""

import datetime as dt
import uuid
from typing import Any

from django.utils import timezone
from wagtail.models import Locale, Page, Site

from crm_plugin.models import Segment, Topic
from crm_plugin.personalisation import members
from example import models

from . import bodies, promoted, questions, words

LANGUAGES = ("ja", "en")
NAMESPACE = uuid.UUID("5f0d2a52-3c5e-4a37-9f5e-0a6c1d2e3f40")
PHONE = "0166-00-1234"


def build_pages() -> dict[str, Page]:
    """Make the pages that are missing; return the home pages by language."""
    for language in LANGUAGES:
        Locale.objects.get_or_create(language_code=language)
    homes = {language: _home(language) for language in LANGUAGES}
    _serve(homes["ja"])
    segments = dict(Segment.objects.values_list("key", "id"))
    for language, home in homes.items():
        if not home.get_children().exists():
            _fill(home, language, segments)
    return homes


def _key(name: str) -> uuid.UUID:
    """The same translation key for a page's two languages."""
    return uuid.uuid5(NAMESPACE, name)


def _home(language: str) -> models.HomePage:
    locale = Locale.objects.get(language_code=language)
    found = models.HomePage.objects.filter(locale=locale).first()
    if found:
        return found
    home = models.HomePage(
        slug=f"hinata-{language}",
        locale=locale,
        translation_key=_key("home"),
        phone=PHONE,
        **words.HOME[language],
    )
    Page.get_first_root_node().add_child(instance=home)
    return home


def _serve(home: models.HomePage) -> None:
    """Hinata is the default site; Wagtail's welcome page goes."""
    site = Site.objects.filter(is_default_site=True).first() or Site(
        hostname="localhost", is_default_site=True
    )
    old = site.root_page if site.root_page_id else None
    if old and old.specific_class is models.HomePage:
        return
    site.root_page, site.site_name = home, "Hinata"
    site.save()
    if old:
        old.delete()


def _fill(home: models.HomePage, language: str, segments: dict[str, int]) -> None:
    pages = {}
    for spec in words.PAGES:
        model = getattr(models, spec["model"])
        page = model(
            slug=spec["slug"],
            show_in_menus=spec["menu"],
            locale=home.locale,
            translation_key=_key(spec["key"]),
            **spec[language],
        )
        _prepare(page, spec["key"], language)
        home.add_child(instance=page)
        pages[spec["key"]] = page
    _news(pages["news"], language)
    ids = {key: page.pk for key, page in pages.items()}
    contents = {
        "menu": bodies.menu(language),
        "about": [bodies.text(bodies.ABOUT[language])],
        "faq": [bodies.text(bodies.FAQ[language])],
        "privacy": [bodies.text(bodies.PRIVACY[language])],
        "circle": [bodies.text(bodies.CIRCLE[language])],
    }
    for key, body in contents.items():
        _publish(pages[key], body)
    _publish(home, bodies.home(language, ids, segments))
    # Recipes for those who come again and again; search and menus leave them out.
    regulars = Segment.objects.filter(key="regulars")
    members.protect(pages["circle"], segments=regulars, by=None)
    promoted.promote(pages, language)


def _publish(page: Any, body: list[dict[str, Any]]) -> None:
    page.body = body
    page.save_revision().publish()


def _prepare(page: Any, key: str, language: str) -> None:
    """Form pages: fields, topic, purpose, the words after sending."""
    if key in questions.ROWS:
        rows = questions.ROWS[key](language)
    elif key in words.FORMS:
        rows = _rows(key, language)
    else:
        return
    if page.consent_wording:
        topic = "for-firms" if key == "catering" else "newsletter"
        page.consent_topic = Topic.objects.get(key=topic)
    page.purpose_of_use = words.PURPOSE[language]
    page.sender_domain, page.contact_phone = "hinata.example", PHONE
    field_model = page._meta.get_field("form_fields").related_model
    page.form_fields = [
        field_model(sort_order=number, **row) for number, row in enumerate(rows)
    ]


def _rows(key: str, language: str) -> list[dict[str, Any]]:
    groups = words.FIELDS[language]
    fields = [field for group in words.FORMS[key] for field in groups[group]]
    return [
        {
            "label": label,
            "maps_to": maps_to,
            "field_type": field_type,
            "required": required,
            "help_text": help_text,
            "clean_name": maps_to.rpartition(".")[2],
        }
        for label, maps_to, field_type, required, help_text in fields
    ]


def _news(index: models.NewsIndexPage, language: str) -> None:
    for item in words.NEWS:
        said = item[language]
        page = models.NewsPage(
            slug=item["slug"],
            locale=index.locale,
            translation_key=_key(item["slug"]),
            title=said["title"],
            intro=said["intro"],
            published_on=timezone.localdate() - dt.timedelta(days=item["days_ago"]),
            body=[bodies.text(said["text"])],
        )
        page.tags.add(*item.get("tags", ()))
        index.add_child(instance=page)

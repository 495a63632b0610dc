"""What known guests read on the site and looked for, with their consent."""

import random
from collections.abc import Iterator

from django.utils import timezone, translation
from wagtail.models import Locale, Page

from crm_plugin import models as m
from crm_plugin.consents import wordings
from crm_plugin.personalisation import choice
from crm_plugin.touchpoints import site_visits

from .history import moment

READ = ["menu", "catering", "autumn-mushrooms"]
# What is looked for, how often, and how many pages it finds.
SEARCHED = [
    ("ランチ", 14, 3),
    ("駐車場", 9, 1),
    ("テイクアウト", 8, 0),
    ("ヴィーガン", 6, 0),
    ("ギフト", 5, 0),
    ("個室", 4, 0),
    ("土鍋ごはん", 4, 2),
]


def build_visits(rng: random.Random, people: list[m.Contact]) -> None:
    """Notes as the site writes them, sorted as the worker sorts them."""
    japanese = Locale.objects.get(language_code="ja")
    pages = {page.slug: page for page in Page.objects.filter(locale=japanese)}
    with translation.override("ja"):
        wording = wordings.wording_for(choice.words(), "ja").pk
    notes = list(_pages_read(rng, people, pages))
    own = random.Random(len(people))
    notes += _searches(own, people)
    for note in notes:
        note.language = "ja"
        if note.person:
            note.wording, note.said_at = wording, note.at
    m.SiteNote.objects.bulk_create(sorted(notes, key=lambda note: note.at))
    while site_visits.sort():
        continue


def _pages_read(
    rng: random.Random, people: list[m.Contact], pages: dict[str, Page]
) -> Iterator[m.SiteNote]:
    for person in rng.sample(people, 150):
        slug = rng.choice(READ)
        at = moment(rng.randint(1, 200), rng.randint(8, 22))
        if slug in pages:
            yield m.SiteNote(
                kind="page",
                person=person.public_id,
                page_id=pages[slug].pk,
                page_title=pages[slug].title,
                page_url=pages[slug].full_url or "",
                revision=pages[slug].live_revision_id,
                at=at,
            )


def _searches(rng: random.Random, people: list[m.Contact]) -> Iterator[m.SiteNote]:
    """One in three is of somebody known."""
    for words, times, found in SEARCHED:
        for _time in range(times):
            known = rng.choice(people).public_id if rng.random() < 0.34 else None
            at = moment(rng.randint(0, 85), rng.randint(8, 22))
            yield m.SiteNote(
                kind="search",
                person=known,
                words=words,
                found=found,
                at=min(at, timezone.now()),
            )

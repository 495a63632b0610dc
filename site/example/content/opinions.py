"""What guests thought of their meals, and how often the forms were opened."""

import datetime as dt
import random
from typing import Any

from django.utils import timezone

from crm_plugin import models as m
from crm_plugin.touchpoints import ratings
from example.models import BookingPage, CateringPage, FeedbackPage, InquiryPage

DAYS = 330
ANSWERS = 120
STARS, STAR_WEIGHTS = [5, 4, 3, 2, 1], [46, 34, 13, 5, 2]
SCORES, SCORE_WEIGHTS = range(10, -1, -1), [22, 20, 24, 14, 7, 5, 3, 2, 1, 1, 1]
SOURCES = [("", 60), ("google", 25), ("instagram", 20), ("line", 12)]
OPENED = {BookingPage: 14, InquiryPage: 5, CateringPage: 3, FeedbackPage: 4}


def build_opinions(rng: random.Random) -> None:
    _ratings(rng)
    _counts(rng)


def _ratings(rng: random.Random) -> None:
    page = FeedbackPage.objects.get(locale__language_code="ja")
    guests = list(m.Contact.objects.exclude(confirmed_at=None).order_by("pk")[:400])
    for number, guest in enumerate(rng.sample(guests, ANSWERS)):
        scores = {"stars": _one(rng, STARS, STAR_WEIGHTS)}
        if rng.random() < 0.8:
            scores["nps"] = _one(rng, SCORES, SCORE_WEIGHTS)
        ratings.rate(
            guest,
            None,
            scores,
            key=f"example-opinion-{number}",
            at=timezone.now() - dt.timedelta(days=rng.randint(0, DAYS)),
            page_id=page.pk,
            page_title=page.title,
        )


def _one(rng: random.Random, values: Any, weights: list[int]) -> int:
    return rng.choices(list(values), weights)[0]


def _counts(rng: random.Random) -> None:
    """Two months of views and beginnings of each form."""
    today = timezone.localdate()
    rows = []
    for model, usual in OPENED.items():
        page = model.objects.get(locale__language_code="ja")
        for days in range(60):
            for source, weight in SOURCES:
                views = round(rng.uniform(0.3, 1.4) * usual * weight / 100)
                if views:
                    starts = sum(rng.random() < 0.45 for _view in range(views))
                    day = today - dt.timedelta(days=days)
                    said = {"page_id": page.pk, "day": day, "source": source}
                    rows.append(m.FormCount(**said, views=views, starts=starts))
    m.FormCount.objects.bulk_create(rows, ignore_conflicts=True)

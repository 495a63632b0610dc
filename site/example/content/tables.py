"""What can be booked at Hinata: tables for lunch and dinner, a room, a class."""

import datetime as dt

from django.utils import timezone
from wagtail.models import Page

from crm_plugin import models as m
from example.models import BookingPage, FeedbackPage

MONDAY, SATURDAY = 0, 5
OPEN = [day for day in range(7) if day != MONDAY]
LUNCH, DINNER = ("11:30", "14:00"), ("17:30", "21:30")
ROOMS = [
    # name, places, alone, hours
    ("客席", 20, False, [LUNCH, DINNER]),
    ("個室", 8, True, [DINNER]),
    ("教室", 10, False, []),
]
SERVICES = [
    {
        "key": "lunch-table",
        "name": "Lunch table",
        "name_ja": "ランチのお席",
        "category": "lunch",
        "duration_minutes": 75,
        "change_hours": 3,
        "room": "客席",
        "starts": ["11:30", "12:45"],
    },
    {
        "key": "dinner-table",
        "name": "Dinner table",
        "name_ja": "ディナーのお席",
        "category": "dinner",
        "duration_minutes": 120,
        "change_hours": 3,
        "remind_hours": 24,
        "room": "客席",
        "starts": ["17:30", "19:30"],
    },
    {
        "key": "private-room",
        "name": "Private room",
        "name_ja": "個室のご会食",
        "category": "dinner",
        "duration_minutes": 150,
        "buffer_minutes": 30,
        "step_minutes": 30,
        "min_party": 4,
        "price": 5500,
        "price_per": "booking",
        "lead_hours": 24,
        "days_ahead": 60,
        "change_hours": 48,
        "remind_hours": 48,
        "room": "個室",
        "starts": [],
    },
    {
        "key": "miso-class",
        "name": "Miso class",
        "name_ja": "味噌づくり教室",
        "phase": "success",
        "duration_minutes": 120,
        "max_party": 4,
        "price": 3300,
        "lead_hours": 24,
        "days_ahead": 60,
        "change_hours": 72,
        "remind_hours": 48,
        "room": "教室",
        "starts": ["14:30"],
        "days": [SATURDAY],
    },
]


def build_tables() -> None:
    """Rooms with their hours, holidays and closed days; what is booked in them."""
    rooms = {name: _room(name, *said) for name, *said in ROOMS}
    for order, said in enumerate(SERVICES, start=1):
        _service({**said, "order": order}, rooms)


def thank_after_dinner() -> None:
    """A day after dinner: thanks, a question with stars, the way to book again."""
    m.Service.objects.filter(key="dinner-table").update(
        thanks_hours=15,
        thanks_topic=m.Topic.objects.get(key="newsletter"),
        feedback_page=_japanese(FeedbackPage),
        booking_page=_japanese(BookingPage),
    )


def _japanese(model: type[Page]) -> Page | None:
    return model.objects.filter(locale__language_code="ja").order_by("pk").first()


def _room(
    name: str, places: int, alone: bool, hours: list[tuple[str, str]]
) -> m.Resource:
    room, created = m.Resource.objects.get_or_create(
        name=name,
        defaults={
            "places": places,
            "whole": alone,
            "holidays": m.Resource.Holidays.OWN if hours else m.Resource.Holidays.USUAL,
        },
    )
    if created:
        m.OpeningHours.objects.bulk_create(
            m.OpeningHours(
                resource=room, weekday=day, opens=_at(opens), closes=_at(closes)
            )
            for day in [*OPEN, m.HOLIDAY]
            for opens, closes in hours
        )
        m.SpecialDays.objects.bulk_create(_new_year(room, hours))
    return room


def _new_year(room: m.Resource, hours: list[tuple[str, str]]) -> list[m.SpecialDays]:
    """Closed from 30 December to 4 January; on the 29th there is lunch only."""
    year = timezone.localdate().year
    rows = [
        m.SpecialDays(
            resource=room,
            first_on=dt.date(year, 12, 30),
            last_on=dt.date(year + 1, 1, 4),
            note="年末年始",
        )
    ]
    if LUNCH in hours:
        opens, closes = (_at(text) for text in LUNCH)
        last = dt.date(year, 12, 29)
        rows.append(
            m.SpecialDays(resource=room, first_on=last, opens=opens, closes=closes)
        )
    return rows


def _service(said: dict, rooms: dict[str, m.Resource]) -> None:
    room, starts = rooms[said.pop("room")], said.pop("starts")
    days = said.pop("days", [*OPEN, m.HOLIDAY])
    category = said.pop("category", None)
    if category:
        said["category"] = m.ProductCategory.objects.get(key=category)
    service, created = m.Service.objects.get_or_create(
        key=said.pop("key"), defaults=said
    )
    if created:
        service.resources.add(room)
        m.ServiceSlot.objects.bulk_create(
            m.ServiceSlot(service=service, weekday=day, starts=_at(start))
            for day in days
            for start in starts
        )


def _at(text: str) -> dt.time:
    return dt.time.fromisoformat(text)

"""Invented guests and firms, the same at every run: one fixed seed."""

import datetime as dt
import random
from dataclasses import dataclass, field

from django.utils import timezone

from crm_plugin import models as m
from crm_plugin import normalise

from .names import ENGLISH, FAMILIES, GIVENS

SEED = 20250101
GUESTS = 599  # and one who writes to us in forms.py
# Share of guests per story, and how many days ago they used us.
STORIES = [
    ("new", 0.06),
    ("prospect", 0.10),
    ("first", 0.16),
    ("second", 0.12),
    ("established", 0.30),
    ("dormant", 0.14),
    ("lost", 0.12),
]


@dataclass
class Guest:
    """What the generator decided for one contact before anything is written."""

    story: str
    likes: str
    known_days: int
    use_days: list[int] = field(default_factory=list)


def plan(rng: random.Random) -> list[Guest]:
    """A story for each guest: which stage, what they like, when they came."""
    names, weights = zip(*STORIES, strict=True)
    guests = []
    for _number in range(GUESTS):
        story = rng.choices(names, weights)[0]
        guest = Guest(
            story, rng.choice(["lunch", "lunch", "dinner"]), rng.randint(5, 80)
        )
        guest.use_days = _uses(story, rng)
        if story == "prospect":
            guest.known_days = rng.randint(100, 900)
        if guest.use_days:
            guest.known_days = max(guest.use_days) + rng.randint(0, 20)
        guests.append(guest)
    return guests


def _uses(story: str, rng: random.Random) -> list[int]:
    """Days ago on which this guest came, by the definitions of the stages."""
    if story == "first":
        return [rng.randint(2, 170)]
    if story == "second":
        last = rng.randint(2, 120)
        return [last, last + rng.randint(10, 160)]
    if story == "established":
        last, gap = rng.randint(1, 60), rng.randint(8, 60)
        count = rng.randint(3, 16)
        return [
            d for n in range(count) if (d := last + n * gap + rng.randint(0, 6)) < 1090
        ]
    if story in ("dormant", "lost"):
        low, high = (185, 530) if story == "dormant" else (545, 950)
        last = rng.randint(low, high)
        return sorted({last + n * rng.randint(7, 50) for n in range(rng.randint(1, 4))})
    return []


def build_guests(rng: random.Random, guests: list[Guest]) -> list[m.Contact]:
    """Contacts with points, tastes, sources; in as many statements as tables."""
    now = timezone.now()
    people = [_contact(rng, guest, now) for guest in guests]
    m.Contact.objects.bulk_create(people)
    for person, guest in zip(people, guests, strict=True):
        person.created_at = now - dt.timedelta(days=guest.known_days)
    m.Contact.objects.bulk_update(people, ["created_at"], batch_size=200)
    m.ContactPoint.objects.bulk_create(_points(rng, people))
    m.FirstTouch.objects.bulk_create(_first_touches(rng, people))
    _tastes(rng, people, guests)
    _care(random.Random(SEED + 2), people)
    return people


def _contact(rng: random.Random, guest: Guest, now: dt.datetime) -> m.Contact:
    english = rng.random() < 0.05
    if english:
        (family, given), family_kana, given_kana = rng.choice(ENGLISH), "", ""
    else:
        family, family_kana = rng.choice(FAMILIES)
        given, given_kana = rng.choice(GIVENS)
    provisional = guest.story == "new" and rng.random() < 0.3
    return m.Contact(
        family_name=family,
        given_name=given,
        family_kana=family_kana,
        given_kana=given_kana,
        language="en" if english else "ja",
        birth_on=dt.date(
            rng.randint(1945, 2004), rng.randint(1, 12), rng.randint(1, 28)
        ),
        heard_from=rng.choice(
            ["search", "sns", "introduction", "passing", "leaflet", ""]
        ),
        confirmed_at=None if provisional else now,
    )


def _points(rng: random.Random, people: list[m.Contact]) -> list[m.ContactPoint]:
    now = timezone.now()
    points = []
    for number, person in enumerate(people, start=1):
        if rng.random() < 0.86:
            address = f"guest{number:03}@mail.example"
            verified = now if person.confirmed_at else None
            points.append(_point(person, "email", address, verified))
        if rng.random() < 0.7:
            phone = f"090-{rng.randint(1000, 9999)}-{rng.randint(1000, 9999)}"
            points.append(_point(person, "phone", phone, None))
        if rng.random() < 0.6:
            points.append(_point(person, "card", f"{100000 + number}", now))
    return points


def card_numbers() -> list[str]:
    """The cards that guests of the example really hold."""
    cards = m.ContactPoint.objects.filter(kind="card", contact__archived_at=None)
    return list(cards.order_by("value").values_list("value", flat=True))


def _point(
    person: m.Contact, kind: str, value: str, verified: dt.datetime | None
) -> m.ContactPoint:
    norm = normalise.phone(value) if kind == "phone" else value
    return m.ContactPoint(
        contact=person,
        kind=kind,
        value=value,
        value_norm=norm,
        preferred=True,
        verified_at=verified,
        verified_by="staff" if verified else "",
    )


def _first_touches(rng: random.Random, people: list[m.Contact]) -> list[m.FirstTouch]:
    sources = [
        ("web", "google", "organic"),
        ("web", "instagram", "social"),
        ("shop", "", ""),
    ]
    rows = []
    for person in people:
        channel, source, medium = rng.choice(sources)
        rows.append(
            m.FirstTouch(
                contact=person,
                channel=channel,
                source=source,
                medium=medium,
                at=person.created_at,
            )
        )
    return rows


def _tastes(rng: random.Random, people: list[m.Contact], guests: list[Guest]) -> None:
    taste = m.AttributeDefinition.objects.get(key="taste")
    allergies = m.AttributeDefinition.objects.get(key="allergies")
    choices = {choice.key: choice for choice in taste.choices.all()}
    values = []
    for person, guest in zip(people, guests, strict=True):
        if rng.random() < 0.55:
            choice = choices[guest.likes]
            values.append(
                m.ContactValue(
                    owner=person, definition=taste, slot=choice.key, choice=choice
                )
            )
        if rng.random() < 0.05:
            what = rng.choice(["えび・かに", "そば", "卵", "乳"])
            values.append(m.ContactValue(owner=person, definition=allergies, text=what))
    m.ContactValue.objects.bulk_create(values)


def _care(rng: random.Random, people: list[m.Contact]) -> None:
    """What some of them need to be comfortable at the table."""
    care = m.AttributeDefinition.objects.get(key="care")
    choices = list(care.choices.all())
    m.ContactValue.objects.bulk_create(
        m.ContactValue(owner=person, definition=care, slot=choice.key, choice=choice)
        for person in rng.sample(people, 24)
        for choice in [rng.choice(choices)]
    )

"""Lives of three contacts, to be merged and taken apart: whatever may hang on them."""

import datetime as dt
import uuid

from django.db import connection

from crm_plugin import models
from crm_plugin.consents import ledger, rebuild
from crm_plugin.contacts import changes, links, records
from crm_plugin.contacts.merge import merge_contacts, undo_merge
from crm_plugin.contacts.merge.verb import ASPECTS
from crm_plugin.sales import plans
from tests import factories

from .dumping import differing, dump

NOON = dt.datetime(2026, 3, 1, 3, tzinfo=dt.UTC)
PEOPLE = 3
CALLS = [
    factories.line(
        {"type": "touchpoints", "value": {"kind": "call", "when": "ever"}},
        given="each",
        most=3,
    )
]
ADDRESSES = ["one@mail.example", "two@mail.example", "three@mail.example"]


def at(number):
    return NOON - dt.timedelta(days=40 * number)


def point(world, contact, number):
    kind = ["email", "phone", "card"][number % 3]
    value = ADDRESSES[number % 3] if kind == "email" else f"{number % 2}"
    if not contact.points.filter(kind=kind, value_norm=value).exists():
        factories.PointFactory(
            contact=contact,
            kind=kind,
            value=value,
            preferred=number % 2 == 0,
            verified_at=at(number) if number % 3 else None,
        )


def column(world, contact, number):
    name = ["given_name", "note", "heard_from", "family_kana"][number % 4]
    rows = models.Contact.objects.filter(pk=contact.pk)
    rows.update(**{name: ["", "search", "other"][number % 3], "created_at": at(number)})


def introduced(world, contact, number):
    rows = models.Contact.objects.filter(pk=contact.pk)
    rows.update(introduced_by=world["people"][number % PEOPLE])


def value(world, contact, number):
    definition = world["definitions"][number % 3]
    said = [{"number": number}, {"text": str(number)}, {}][number % 3]
    slot = ""
    if not said:
        choice = definition.choices.all()[number % 2]
        said, slot = {"choice": choice}, choice.key
    key = {"owner": contact, "definition": definition, "slot": slot}
    models.ContactValue.objects.get_or_create(**key, defaults=said)


def source(world, contact, number):
    said = {"channel": "web", "at": at(number)}
    models.FirstTouch.objects.get_or_create(contact=contact, defaults=said)


def place(world, contact, number):
    models.Affiliation.objects.create(
        contact=contact,
        organisation=world["firms"][number % 2],
        title=["", "Chief", "Buyer"][number % 3],
        budget=[None, 1000][number % 2],
    )


def talk(world, contact, number):
    factories.TouchpointFactory(contact=contact, at=at(number))
    factories.InquiryFactory(contact=contact, received_at=at(number))
    models.FollowUp.objects.create(contact=contact, due_on=at(number).date(), what="x")


def form(world, contact, number):
    row = factories.SubmissionFactory(contact=contact)
    row.claims.create(contact=contact, field="f", label="F", value="v", text="v")
    models.Confirmation.objects.create(
        submission=row, point=contact.points.first(), expires_at=at(number)
    )


def seen(world, contact, number):
    models.SensitiveView.objects.create(contact=contact, screen="record", keys="income")


def known_before(world, contact, number):
    """An id that led to this record before."""
    old = 1_000_000 + world["aliases"].pop()
    models.ContactAlias.objects.create(
        contact=contact, old_id=old, old_public_id=uuid.UUID(int=old)
    )


def compared(world, contact, number):
    models.DuplicateKey.objects.get_or_create(key=number, contact=contact)


def use(world, contact, number):
    factories.BookingFactory(contact=contact, starts_at=at(number), came_at=at(number))
    purchase = factories.PurchaseFactory(contact=contact, at=at(number))
    purchase.lines.create(name="Lunch", category=world["category"], amount=1200)


def deal(world, contact, number):
    opened = factories.DealFactory(contact=contact)
    person = world["people"][number % PEOPLE]
    key = {"deal": opened, "contact": person}
    models.DealPerson.objects.get_or_create(**key, defaults={"role": "uses"})


def subscription(world, contact, number):
    plan = world["plans"][number % 2]
    if number % 3:
        plans.take(contact, plan, on=at(number).date(), by=None)
    elif contact.pk in plans.current([contact.pk]):
        plans.end(contact, plans.today(), by=None)


def waits(world, contact, number):
    factories.WaitingFactory(contact=contact)


def visit(world, contact, number):
    """A page read, a page for members seen, and what was thought of it."""
    day = at(number)
    read = {"contact": contact, "page_id": number % 2, "on": day.date()}
    models.PageRead.objects.get_or_create(**read, defaults={"at": day})
    models.MemberView.objects.create(contact=contact, page_id=number, at=day)
    key = f"rating-{contact.pk}-{models.Rating.objects.count()}"
    models.Rating.objects.create(
        contact=contact, scale="nps", score=number % 11, at=day, key=key
    )


def pair(world, contact, number):
    lower, higher = sorted((contact.pk, world["people"][number % PEOPLE].pk))
    dismissed = [None, at(number)][number % 2]
    if lower != higher:
        models.SuspectedPair.objects.get_or_create(
            lower_id=lower,
            higher_id=higher,
            defaults={"score": 0.9, "dismissed_at": dismissed},
        )


def letter(world, contact, number):
    if address := contact.points.first():
        factories.DeliveryFactory(contact=contact, point=address, agreed=False)


def word(world, contact, number):
    """Something about consent, said at one of the addresses."""
    topic = world["topics"][number % 2]
    address = contact.points.filter(kind="email").first()
    if address is None:
        return
    if number % 4 < 2:
        say = ledger.ask if number % 4 else ledger.confirm
        say(address, topic, wording=None)
    else:
        of = topic if number % 4 == 2 else None
        ledger.withdraw(address, topic=of, source="test")


def wish(world, contact, number):
    said = {
        "frequency": ["every", "weekly", "monthly"][number % 3],
        "paused_until": [None, at(number).date()][number % 2],
    }
    models.Preference.objects.get_or_create(contact=contact, defaults=said)


def stay(world, contact, number):
    entered = at(number)
    left = [None, entered + dt.timedelta(days=60)][number % 2]
    segment = world["segments"][number % 2]
    rows = models.SegmentMembership.objects.filter(contact=contact, segment=segment)
    taken = (
        rows.filter(left_at=None) if left is None else rows.filter(entered_at=entered)
    )
    if not taken.exists() and not rows.filter(entered_at=entered).exists():
        factories.MembershipFactory(
            contact=contact, segment=segment, entered_at=entered, left_at=left
        )


def scored(world, contact, number):
    """Something that the score of this world counts."""
    factories.TouchpointFactory(contact=contact, kind="call", at=at(number))


def pick(world, contact, number):
    segment = world["segments"][number % 2]
    models.SegmentPick.objects.get_or_create(
        contact=contact, segment=segment, defaults={"picked_at": at(number)}
    )


ACTS = [
    point,
    point,
    column,
    introduced,
    value,
    source,
    place,
    talk,
    form,
    seen,
    known_before,
    compared,
    pick,
    scored,
    use,
    deal,
    subscription,
    subscription,
    waits,
    visit,
    pair,
    letter,
    word,
    word,
    wish,
    stay,
]


def begin():
    definitions = [
        factories.AttributeFactory(key=kind, type=kind)
        for kind in ("number", "text", "multi_choice")
    ]
    for key in ("a", "b"):
        definitions[2].choices.create(key=key, label=key)
    return {
        "definitions": definitions,
        "firms": [factories.OrganisationFactory() for _each in range(2)],
        "category": factories.CategoryFactory(),
        "plans": [factories.PlanFactory(key=key) for key in "ab"],
        "topics": [factories.TopicFactory(key=key, name=key) for key in "xy"],
        # Not live: the refresh leaves these stays alone.
        "segments": [factories.SegmentFactory(live=False) for _each in range(2)],
        "score": factories.ScoreFactory(lines=CALLS),
        "people": [factories.ContactFactory() for _each in range(PEOPLE)],
        "aliases": list(range(1_000)),
    }


def settle(*anew):
    if anew:
        records.finish([contact.pk for contact in anew], ASPECTS)
    while changes.drain():
        pass


def left_behind(*merged):
    """Which keys still name a record that was merged into another."""
    ids = [contact.pk for contact in merged]
    return [
        f"{model.__name__}.{key}"
        for model, key in links.keys_to(models.Contact)
        if model._default_manager.filter(**{f"{key}__in": ids}).exists()
    ]


def run(history, order, choices, since):
    """Live through *history*, merge twice in a chain, add rows *since*, undo both."""
    world = begin()
    for act, who, number in history:
        act(world, world["people"][who], number)
    # Twice: stages look at contact days, which are counted after them.
    settle(*world["people"])
    settle(*world["people"])
    ledger_right = rebuild.differences() == []
    before = dump()
    last, middle, first = (world["people"][index] for index in order)
    operations = [
        merge_contacts(middle, first, choices=choices, by=None),
        merge_contacts(last, middle, choices=choices, by=None),
    ]
    settle()
    assert models.Contact.objects.count() == PEOPLE - 2
    connection.check_constraints()
    assert left_behind(first, middle) == []
    assert rebuild.differences() == [] or not ledger_right
    new = [factories.TouchpointFactory(contact=last) for _each in range(since)]
    for operation in reversed(operations):
        undo_merge(operation, by=None)
    assert rebuild.differences() == [] or not ledger_right
    assert last.touchpoints.filter(pk__in=[row.pk for row in new]).count() == since
    for row in new:
        row.delete()
    settle(last)
    assert differing(before, dump()) == {}

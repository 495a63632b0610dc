"""What may happen to somebody in a shop: each act by the verb that does it there.

An act gets the contact, a number below three that says which way, and the shop.
"""

import datetime as dt
import itertools
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils import timezone

from crm_plugin import journal, models, queue, rules
from crm_plugin.bookings import marks, refusals, waiting
from crm_plugin.consents import ledger, preferences
from crm_plugin.contacts import (
    affiliations,
    archiving,
    changes,
    departments,
    editing,
    organisations,
    origins,
    points,
    records,
)
from crm_plugin.contacts.merge.refusals import Refused
from crm_plugin.contacts.merge.undo import undo_merge
from crm_plugin.contacts.merge.verb import merge_contacts
from crm_plugin.delivery import bounces, clicks
from crm_plugin.imports import applying, checking, reading, undoing
from crm_plugin.intake import claims, process, submissions
from crm_plugin.sales import deals, edit, give_back, plans
from crm_plugin.sales.record import Line, record_purchase
from crm_plugin.segments import picks
from crm_plugin.touchpoints import (
    correcting,
    follow_ups,
    inquiries,
    notes,
    ratings,
    site_visits,
)
from tests import factories

NUMBERS = itertools.count()
DAY = dt.timedelta(days=1)
# What a verb says no with: then nothing happened.
REFUSALS = (
    *(Refused, correcting.Refused, journal.Stale, applying.NotReady, origins.Circle),
    *(refusals.NotBookable, refusals.SlotTaken, refusals.AlreadyCancelled),
    *(plans.NoPlan, plans.Overlaps, plans.EndsBeforeStart, deals.NotOpen),
    *(deals.Backwards, give_back.TooMuch, give_back.ReturnedMore),
    *(give_back.NothingGivenBack, affiliations.EndsBeforeStart, edit.WasGivenBack),
    *(departments.NameTaken, claims.AlreadyDecided, waiting.LeftTheList),
    # A rule that must not come into force.
    rules.BrokenRule,
)
NIGHTLY = ("frequency", "sales", "stages", "scores")
FORGETTING = ("consent-expiry", "provisional-expiry")


def key():
    return f"act-{next(NUMBERS)}"


def drain(*_who):
    while changes.drain():
        pass


def catch_up():
    """Nothing is left to do for the worker, neither of what happened nor by the clock."""
    drain()
    for name in (*FORGETTING, *NIGHTLY, "segments"):
        queue.run_due(name)
        drain()
    queue.run_due("segments", "segment")


def time_passes(contact, number, shop):
    """Over one midnight or several; what happened before is worked in after it."""
    shop["clock"].shift([dt.timedelta(hours=14), 8 * DAY, 91 * DAY][number])


def night_comes(contact, number, shop):
    """The same, and the worker does what it does at night."""
    time_passes(contact, number, shop)
    catch_up()


def appear(contact, number, shop):
    """Somebody new, brought by the contact."""
    said = {"contact.family_name": "森", "contact.language": ["ja", "en", ""][number]}
    new = records.create_contact(said, by=shop["user"])
    shop["ids"].append(new.pk)
    introduce(new, number, shop, by=contact)


def appear_unconfirmed(contact, number, shop):
    """By a form that nobody confirmed: forgotten after some time."""
    new = records.create_contact({"contact.language": "ja"}, provisional=True)
    shop["ids"].append(new.pk)


def introduce(contact, number, shop, by=None):
    introducer = by or models.Contact.objects.exclude(pk=contact.pk).first()
    heard = {
        "heard_from": ["search", "passing", ""][number],
        "introduced_by": introducer if number else None,
        "heard_from_note": "",
    }
    touch = {"channel": "web", "source": "instagram", "campaign": "spring"}
    version = models.Contact.objects.values_list("version").get(pk=contact.pk)[0]
    said = {"heard": heard, "version": version, "by": shop["user"]}
    origins.correct(contact, touch=touch, **said)


def buy(contact, number, shop):
    record_purchase(
        contact=contact,
        at=timezone.now() - 20 * number * DAY,
        lines=[Line(["cake", "tea", "x"][number], Decimal(600), category="lunch")],
        by=shop["user"],
        channel=["shop", "web", ""][number],
    )


def bring_back_what_was_bought(contact, number, shop):
    bought = contact.purchases.filter(amount__gt=0).first()
    line = bought and bought.lines.first()
    if line and give_back.left_of(bought):
        said = {"at": timezone.now(), "payment": "cash", "by": shop["user"]}
        give_back.give_back(bought, {line.pk: Decimal(1)}, **said)


def strike_purchase(contact, number, shop):
    if bought := contact.purchases.first():
        edit.remove_purchase(bought, by=shop["user"])


def correct_purchase(contact, number, shop):
    if bought := contact.purchases.last():
        said = {"at": bought.at - 30 * number * DAY, "payment": "card"}
        edit.correct_purchase(bought, said, by=shop["user"])


VALUES = [
    {"attribute.points": 4, "attribute.vip": True, "attribute.likes": ["lunch"]},
    {"attribute.points": 9, "attribute.taste": "wine", "attribute.nickname": "Hana"},
    {"attribute.points": None, "attribute.vip": None, "attribute.likes": []},
]
FIELDS = [
    {"contact.language": "en", "contact.birth_on": dt.date(1984, 2, 29)},
    {"contact.language": "", "contact.family_kana": "タナカ"},
    {"contact.language": "ja", "contact.birth_on": None},
]


def set_values(contact, number, shop):
    records.apply_values(contact, VALUES[number], by=shop["user"])


def set_fields(contact, number, shop):
    records.apply_values(contact, FIELDS[number], by=shop["user"])


POINTS = [
    {"point.phone": "090-1234-5678"},
    {"point.line": "hanako"},
    {"point.postal": "〒070-0030 北海道旭川市1"},
]


def give_points(contact, number, shop):
    records.apply_values(contact, POINTS[number], by=shop["user"])


def confirm_point(contact, number, shop):
    if point := contact.points.first():
        points.verify(point)


def talk(contact, number, shop):
    happened = ["visit", "call_in", "mail_in"][number]
    tags = ["", "VIP", "gift, vip"][number]
    said = {"summary": "Menu", "key": key(), "by": shop["user"], "tags": tags}
    notes.write_down(contact, happened, **said)


def strike_note(contact, number, shop):
    if noted := contact.touchpoints.filter(by=shop["user"]).first():
        correcting.take_back(noted, by=shop["user"])


def ask(contact, number, shop):
    kind = ["question", "complaint", "question"][number]
    inquiries.open_inquiry(contact, None, kind=kind, reference=key())


def answer(contact, number, shop):
    if waiting := contact.inquiries.filter(closed_at=None).first():
        inquiries.close(waiting, by=shop["user"])


def rate(contact, number, shop):
    scale = ["nps", "stars", "nps"][number]
    ratings.rate(contact, None, {scale: 1 + 2 * number}, key=key())
    changes.note([contact.pk], "touchpoints")


def plan_step(contact, number, shop):
    due_on = timezone.localdate() + (number - 1) * DAY
    said = {"what": "Ring", "channel": ["", "phone", "phone"][number]}
    said["owner"] = [None, shop["user"], None][number]
    follow_ups.plan(contact, due_on=due_on, phase="sales", by=shop["user"], **said)


def do_step(contact, number, shop):
    if number:
        if step := contact.follow_ups.filter(done_at=None).first():
            follow_ups.done(step, by=shop["user"])
    elif step := contact.follow_ups.exclude(done_at=None).first():
        follow_ups.undo_done(step, by=shop["user"])


def move_step(contact, number, shop):
    if step := contact.follow_ups.filter(done_at=None).first():
        due_on = step.due_on + [1, 30, -30][number] * DAY
        follow_ups.move(step, due_on, by=shop["user"])


def send_form(contact, number, shop):
    page = shop["pages"][["about", "lunch", "lunch"][number]].pk
    factories.SubmissionFactory(contact=contact, page_id=page, state="processed")
    changes.note([contact.pk], "touchpoints")


def answer_by_form(contact, number, shop):
    """By a form with their address somebody of another name asks, books or waits."""
    tomorrow = timezone.localdate() + DAY
    said = {
        "contact.family_name": "森",
        "point.email": f"{contact.pk}@mail.example",
        "booking.service": shop["service"].key,
        "booking.starts_at": ["", f"{tomorrow}T12:00:00+09:00", f"wait:{tomorrow}"][
            number
        ],
    }
    sent = submissions.receive(
        key=key(),
        kind=["inquiry", "booking", "booking"][number],
        answers=[
            {"name": name, "label": name, "field": name, "value": text, "text": text}
            for name, text in said.items()
        ],
        consents=[],
        language="ja",
        page={
            "id": shop["pages"]["about"].pk,
            "title": "Ask",
            "url": "",
            "revision": 1,
        },
    )
    process.process(sent)


def decide_claim(contact, number, shop):
    if claim := contact.claims.filter(state="waiting").first():
        if number == 2:
            person = claims.another_person(claim.submission, by=shop["user"])
            shop["ids"].append(person.pk)
        else:
            [claims.reject, claims.accept][number](claim, by=shop["user"])


def visit(contact, number, shop):
    """Reads a page and searches for something; the worker sorts what was noted."""
    page = shop["pages"][["lunch", "vegan", "front"][number]]
    said = {"person": contact.public_id, "at": timezone.now()}
    notes_of_the_site = [
        models.SiteNote(kind="page", page_id=page.pk, said_at=timezone.now(), **said),
        models.SiteNote(kind="search", words="gift", found=number, **said),
    ]
    models.SiteNote.objects.bulk_create(notes_of_the_site)
    site_visits.sort()


def book(contact, number, shop):
    starts_at = timezone.now() + (number - 1) * DAY + dt.timedelta(hours=1)
    said = {"contact": contact, "service": shop["service"], "starts_at": starts_at}
    factories.BookingFactory(**said)
    changes.note([contact.pk], "bookings")


def mark(contact, number, shop):
    if booking := contact.bookings.filter(cancelled_at=None).first():
        [marks.came, marks.no_show, marks.cancel][number](booking, by=shop["user"])


def unmark(contact, number, shop):
    if booking := contact.bookings.exclude(cancelled_at=None, came_at=None).first():
        marks.undo_mark(booking, by=shop["user"])


def wait(contact, number, shop):
    day = timezone.localdate() + number * DAY
    said = {"party": 2, "contact": contact, "key": None, "by": shop["user"]}
    waiting.wait(shop["service"], day, **said)


def leave_the_list(contact, number, shop):
    """And come back to it; or there is a place for them."""
    if entry := contact.waiting.filter(booking=None).first():
        if number == 2:
            noon = dt.time(12, tzinfo=timezone.get_default_timezone())
            starts_at = dt.datetime.combine(entry.on, noon)
            waiting.take(entry, starts_at, by=shop["user"])
        else:
            [waiting.leave, waiting.come_back][number](entry, by=shop["user"])


def seat(contact, number, shop):
    """Staff booked for who waited."""
    if entry := contact.waiting.filter(booking=None).first():
        said = {"service": entry.service, "starts_at": timezone.now()}
        waiting.settle(entry, factories.BookingFactory(contact=contact, **said))


def consent(contact, number, shop):
    point, topic = contact.points.first(), shop["topic"]
    if point is None:
        return
    if number:
        basis = {"basis": "paper", "note": "", "by": shop["user"]}
        ledger.attest([point.pk], topic, **basis)
    else:
        ledger.withdraw(point, topic=topic, source="staff")


def ask_for_consent(contact, number, shop):
    if point := contact.points.first():
        said = {"wording": None, "source": "form"}
        [ledger.ask, ledger.confirm, ledger.ask][number](point, shop["topic"], **said)


def wish(contact, number, shop):
    pause = timezone.localdate() + number * DAY
    frequency = ["every", "weekly", "monthly"][number]
    preferences.choose(contact, frequency=frequency, paused_until=pause)


def write_to(contact, number, shop):
    """One message of a campaign reached them."""
    mailing, address = shop["mailings"][number], f"{contact.pk}@mail.example"
    standing = models.Delivery.objects.filter(mailing=mailing, address_norm=address)
    if not standing.exists():
        models.Delivery.objects.create(
            mailing=mailing,
            rendering=shop["renderings"][number],
            kind="campaign",
            topic=mailing.topic,
            contact=contact,
            address=address,
            address_norm=address,
            state="sent",
            sent_at=timezone.now(),
        )
        changes.note([contact.pk], "responses")


def click(contact, number, shop):
    if got := contact.deliveries.exclude(rendering=None).last():
        clicks.follow(got, 1, clicks.Visit(agent="Mozilla/5.0"))


def bounce(contact, number, shop):
    point = contact.points.filter(kind="email").first()
    got = contact.deliveries.exclude(rendering=None).last()
    if point and got:
        got.address_norm = point.value_norm
        bounces.bounced(got)


def give_owner(contact, number, shop):
    version = models.Contact.objects.values_list("version").get(pk=contact.pk)[0]
    colleague, _made = User.objects.get_or_create(username="suzuki")
    owner = [None, shop["user"], colleague][number]
    editing.save(contact, {}, owner=owner, version=version, by=shop["user"])


def colleague_goes(contact, number, shop):
    if colleague := User.objects.filter(username="suzuki").first():
        colleague.delete()


def merge(contact, number, shop):
    others = models.Contact.objects.filter(archived_at=None).exclude(pk=contact.pk)
    other = others.order_by("pk").last()
    if other is not None and not contact.archived_at:
        merge_contacts(contact, other, by=shop["user"])


def part(contact, number, shop):
    merged = journal.Operation.objects.filter(kind="merge", undone_at=None).order_by(
        "pk"
    )
    if last := merged.last():
        undo_merge(last, by=shop["user"])


def archive(contact, number, shop):
    archiving.archive(contact, by=shop["user"])


def unarchive(contact, number, shop):
    archiving.bring_back(contact, by=shop["user"])


def pick(contact, number, shop):
    picks.pick(shop["hand"], [contact.pk], by=shop["user"])


def unpick(contact, number, shop):
    picks.unpick(shop["hand"], [contact.pk], by=shop["user"])


def open_deal(contact, number, shop):
    said = {"amount": [None, 50_000, 100_000][number], "stage": shop["stages"][0]}
    said["expected_on"] = timezone.localdate() + (number - 1) * DAY
    deals.open_deal("Wedding", contact=contact, by=shop["user"], **said)


def move_deal(contact, number, shop):
    if first := models.Deal.objects.filter(contact=contact).first():
        deals.move_deal(first, shop["stages"][number % 2], by=shop["user"])


def end_deal(contact, number, shop):
    if first := models.Deal.objects.filter(contact=contact, closed_at=None).first():
        if number:
            deals.win(first, by=shop["user"])
        else:
            deals.lose(first, shop["reasons"][0], by=shop["user"])


def join(contact, number, shop):
    said = {
        "authority": ["decides", "uses", ""][number],
        "budget": [60_000, None, 250_000][number],
        "title": ["Head Chef", "Buyer", ""][number],
        "department": ["Sales", "Kitchen", ""][number],
    }
    firm = shop["organisations"][number]
    affiliations.begin(contact, firm, said, by=shop["user"])


def leave(contact, number, shop):
    if row := contact.affiliations.filter(ended_on=None).first():
        yesterday = timezone.localdate() - number * DAY
        affiliations.end(row, yesterday, by=shop["user"])


def change_organisation(contact, number, shop):
    firm = models.Organisation.objects.get(pk=shop["organisations"][number].pk)
    said = {"attribute.staff": [40, None, 5][number]}
    organisations.edit(firm, {}, said, by=shop["user"])


def change_department(contact, number, shop):
    if place := contact.affiliations.exclude(department=None).first():
        if number == 2:
            departments.remove(place.department, by=shop["user"])
        else:
            name = ["Hall", "Sales abroad"][number]
            departments.edit(place.department, name, {}, by=shop["user"])


def take_plan(contact, number, shop):
    plan = shop["plans"][number % 2]
    plans.take(contact, plan, on=timezone.localdate(), by=shop["user"])


def end_plan(contact, number, shop):
    plans.end(contact, timezone.localdate() + 7 * number * DAY, by=shop["user"])


HEADERS = ["お名前", "メールアドレス", "ＴＥＬ", "会社名", "Staff"]


def import_sheet(contact, number, shop):
    """A sheet of two rows: one about the contact, one about somebody new."""
    rows = [
        [
            f"佐藤{number}",
            f"{contact.pk}@mail.example",
            f"0166-22-000{number}",
            "Hikari",
            "50",
        ]
    ]
    rows.append([f"森{number}", f"{key()}@mail.example", "", "", ""])
    text = "\n".join(",".join(row) for row in [HEADERS, *rows])
    batch = reading.take_in(text.encode(), "new.csv", noun="contacts", by=shop["user"])
    queue.run_due(reading.KIND)
    batch.refresh_from_db()
    checking.start_check(batch, by=shop["user"])
    queue.run_due(checking.KIND)
    batch.refresh_from_db()
    applying.start_apply(batch, by=shop["user"])
    queue.run_due(applying.KIND)


def undo_sheet(contact, number, shop):
    batches = models.ImportBatch.objects.filter(state="applied", file_name="new.csv")
    if batch := batches.last():
        undoing.start_undo(batch, by=shop["user"])
        queue.run_due(undoing.KIND)


def publish_anew(contact, number, shop):
    """A class, or what rests on others, gets the rule of another segment."""
    key, other = [("a", "b"), ("b", "inner"), ("outer", "inner")][number]
    segment, other = (models.Segment.objects.get(key=name) for name in (key, other))
    segment.rule = other.rule
    segment.save_revision().publish()


ACTS = [
    *(time_passes, night_comes, drain, drain, appear),
    *(appear_unconfirmed, introduce),
    *(buy, buy, bring_back_what_was_bought, strike_purchase, correct_purchase),
    *(set_values, set_values, set_fields, give_points, confirm_point),
    *(talk, talk, strike_note, ask, answer, rate, send_form, visit),
    *(plan_step, do_step, move_step, answer_by_form, decide_claim),
    *(wait, leave_the_list, seat, give_owner, colleague_goes, change_department),
    publish_anew,
    *(book, book, mark, mark, unmark, consent, ask_for_consent, wish),
    *(write_to, click, bounce, merge, part, archive, unarchive, pick, unpick),
    *(open_deal, move_deal, end_deal, join, leave, change_organisation),
    *(take_plan, end_plan, import_sheet, undo_sheet),
]

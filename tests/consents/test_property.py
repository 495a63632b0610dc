"""Whatever happens, in whatever order: a rebuild equals the current state.

The quick one lives through a few hundred random events, the slow one through 10,000:
consents of every kind, preferences, imports and their undo, merges and their undo,
addresses that go and come back, erased contacts, deleted pages, nights that pass.
"""

import datetime as dt
import random

import pytest
from wagtail.models import Locale, Page

from crm_plugin.consents import ledger, preferences, rebuild, seal
from crm_plugin.contacts.merge import Refused, merge_contacts, undo_merge
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.models import Consent, ConsentEvent, Operation, Preference, Topic
from tests import factories

pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 1, 5, 3, tzinfo=dt.UTC)
ADDRESSES = [f"guest{number}@mail.example" for number in range(14)]
FIELDS = ("point_id", "topic_id", "state", "basis", "wording", "at")


def current():
    return sorted(Consent.objects.values_list(*FIELDS), key=str)


class Life:
    """Ten people, fourteen addresses, three topics, and what chance does with them."""

    def __init__(self, seed, clock):
        self.chance, self.clock = random.Random(seed), clock
        self.topics = [factories.TopicFactory(key=k) for k in ("news", "wine", "club")]
        self.words = [ledger.wording_for(f"Yes, {n}.", "en") for n in range(3)]
        self.locale = Locale.objects.get_or_create(language_code="en")[0]
        # A test that ran in transactions of its own left no page behind.
        top = Page.objects.filter(depth=1).first()
        self.root = top or Page.add_root(title="Root", locale=self.locale)
        for _person in range(10):
            self.person()
        self.pages = [self.page() for _page in range(3)]

    def person(self):
        contact = factories.ContactFactory()
        for address in self.chance.sample(ADDRESSES, self.chance.randint(1, 2)):
            factories.PointFactory(contact=contact, value=address)

    def page(self):
        number = self.chance.randrange(10**9)
        page = Page(title="Form", slug=f"form-{number}", locale=self.locale)
        return self.root.add_child(instance=page)

    def point(self):
        return self.chance.choice(list(ContactPoint.objects.select_related("contact")))

    def contact(self):
        return self.chance.choice(list(Contact.objects.all()))

    def topic(self):
        return self.chance.choice(self.topics)

    # What can happen

    def ask(self):
        page = self.chance.choice(self.pages)
        ledger.ask(
            self.point(),
            self.topic(),
            wording=self.chance.choice(self.words),
            page=page.pk,
            evidence={"page_title": page.title},
        )

    def confirm(self):
        words = self.chance.choice(self.words)
        ledger.confirm(self.point(), self.topic(), wording=words)

    def leave_a_topic(self):
        ledger.withdraw(self.point(), topic=self.topic(), source="one-click")

    def leave_everything(self):
        ledger.withdraw(self.point(), source="unsubscribe page")

    def attest(self):
        rows = list(ContactPoint.objects.values_list("pk", flat=True))
        few = self.chance.sample(rows, min(4, len(rows)))
        basis = self.chance.choice(["customer", "written"])
        ledger.attest(few, self.topic(), basis=basis, note="", by=None)

    def retract(self):
        rows = list(ContactPoint.objects.values_list("pk", flat=True))
        few = self.chance.sample(rows, min(4, len(rows)))
        ledger.retract(few, self.topic(), basis="customer", by=None)

    def take_back(self):
        ledger.take_back(self.point(), self.topic(), source="another person")

    def prefer(self):
        point = self.point()
        wanted = self.chance.choice(
            [
                {"frequency": self.chance.choice(Preference.Frequency.values)},
                {"channel": self.chance.choice(["", "post", "phone"])},
                {"paused_until": dt.date(2027, self.chance.randint(1, 12), 1)},
                {"language": self.chance.choice(["en", "ja"])},
            ]
        )
        preferences.choose(point.contact, point=point, **wanted)

    def bounce(self):
        point = self.point()
        ledger.suppress(point.kind, point.value_norm, reason="bounced")

    def a_new_address(self):
        contact, address = self.contact(), self.chance.choice(ADDRESSES)
        if not contact.points.filter(value_norm=address).exists():
            factories.PointFactory(contact=contact, value=address)

    def an_address_goes(self):
        point = self.point()
        if ContactPoint.objects.count() > 6:
            point.delete()

    def merge(self):
        if Contact.objects.count() > 4:
            one, two = self.chance.sample(list(Contact.objects.all()), 2)
            merge_contacts(one, two, by=None)

    def undo(self):
        merges = Operation.objects.filter(kind="merge", undone_at=None).order_by("-id")
        for operation in merges[: self.chance.randint(1, 3)]:
            try:
                undo_merge(operation, by=None)
            except Refused:
                continue

    def erase(self):
        if Contact.objects.count() > 4 and ContactPoint.objects.count() > 8:
            self.contact().delete()
        self.person()

    def a_page_goes(self):
        number = self.chance.randrange(len(self.pages))
        self.root.refresh_from_db()
        Page.objects.get(pk=self.pages[number].pk).delete()
        self.root.refresh_from_db()
        self.pages[number] = self.page()

    def a_topic_rests(self):
        topic = self.topic()
        Topic.objects.filter(pk=topic.pk).update(active=self.chance.random() < 0.7)

    def nights_pass(self):
        self.clock.shift(dt.timedelta(days=self.chance.randint(1, 9)))
        ledger.expire_unconfirmed()
        seal.seal_nightly()

    CHANCES = {
        ask: 24,
        confirm: 14,
        leave_a_topic: 10,
        leave_everything: 5,
        attest: 8,
        retract: 3,
        take_back: 3,
        prefer: 10,
        bounce: 2,
        a_new_address: 5,
        an_address_goes: 4,
        merge: 4,
        undo: 3,
        erase: 2,
        a_page_goes: 1,
        a_topic_rests: 1,
        nights_pass: 4,
    }

    def live(self, events):
        """Let chance do *events* things, a minute apart."""
        verbs, weights = zip(*self.CHANCES.items(), strict=True)
        for verb in self.chance.choices(verbs, weights, k=events):
            self.clock.shift(61)
            verb(self)


def check(before):
    """The ledger says what stands, its lines are all there, and its seals hold."""
    assert rebuild.differences() == []
    lines = set(ConsentEvent.objects.values_list("pk", flat=True))
    assert before <= lines
    assert seal.verify_seals() == []
    stood = current()
    rebuild.rebuild()
    assert current() == stood
    return lines


@pytest.mark.parametrize("seed", [1, 2])
def test_a_rebuild_equals_the_current_state(seed, time_machine):
    time_machine.move_to(START)
    life, lines = Life(seed, time_machine), set()
    for _part in range(4):
        life.live(50)
        lines = check(lines)
    assert set(Consent.objects.values_list("state", flat=True)) >= {"granted"}


@pytest.mark.slow
def test_a_rebuild_equals_the_current_state_after_ten_thousand_events(time_machine):
    time_machine.move_to(START)
    life, lines = Life(2026, time_machine), set()
    for _part in range(20):
        life.live(500)
        lines = check(lines)
    assert len(lines) > 5_000


def test_a_refusal_outlives_the_deletion_of_its_record():
    """Who unsubscribed, was deleted and comes back by a sheet is still not written to."""
    topic, address = factories.TopicFactory(), "hanako@mail.example"
    point = factories.PointFactory(value=address)
    ledger.confirm(point, topic, wording=ledger.wording_for("Yes.", "en"))
    ledger.withdraw(point, topic=topic, source="one-click")
    point.contact.delete()
    again = factories.PointFactory(value=address)
    ledger.attest([again.pk], topic, basis="customer", note="", by=None)
    assert not Consent.objects.exists()
    ledger.confirm(again, topic, wording=ledger.wording_for("Yes.", "en"))
    assert Consent.objects.get().state == "granted"
    ledger.attest([again.pk], topic, basis="customer", note="", by=None)
    assert rebuild.differences() == []


def test_an_address_that_comes_back_brings_no_old_yes():
    topic, address = factories.TopicFactory(), "hanako@mail.example"
    contact = factories.ContactFactory()
    point = factories.PointFactory(contact=contact, value=address)
    ledger.confirm(point, topic, wording=ledger.wording_for("Yes.", "en"))
    point.delete()
    factories.PointFactory(contact=contact, value=address)
    assert rebuild.differences() == []
    rebuild.rebuild()
    assert not Consent.objects.exists()

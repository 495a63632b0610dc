"""Rules about what people did after a campaign, and who no longer reacts."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from crm_plugin import models, rules
from crm_plugin.campaigns.results import results
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY, INSTANT = dt.timedelta(days=1), dt.timedelta(microseconds=1)


@pytest.fixture
def campaign(db):
    return factories.CampaignFactory(goal="booking", goal_days=7)


@pytest.fixture
def mailing(campaign):
    return factories.MailingFactory(campaign=campaign)


def send(mailing, contact=None, *, days_ago=10, clicked=False, machine=False):
    contact = contact or factories.ContactFactory()
    address = f"{contact.pk}@mail.example"
    delivery = models.Delivery.objects.create(
        mailing=mailing,
        kind="campaign",
        contact=contact,
        address=address,
        address_norm=address,
        state="sent",
        sent_at=NOW - days_ago * DAY,
    )
    if clicked:
        delivery.responses.create(kind="click", at=NOW, machine=machine)
    return contact


def chosen(name, /, **value):
    rule = [condition(name, **value)]
    assert rules.problems(rule) == []
    assert rules.sentence(rule)
    return set(rules.compile_rule(rule))


def about(campaign, kind):
    return chosen("campaign", campaign=str(campaign.pk), kind=kind, when="ever")


def book(contact, days_ago, **said):
    booking = factories.BookingFactory(contact=contact, **said)
    rows = models.Booking.objects.filter(pk=booking.pk)
    rows.update(created_at=NOW - days_ago * DAY)


def send_form(contact, days_ago, **said):
    row = factories.SubmissionFactory(contact=contact, **said)
    rows = models.Submission.objects.filter(pk=row.pk)
    rows.update(received_at=NOW - days_ago * DAY)


class TestConversion:
    def test_bookings_within_the_campaigns_days(self, campaign, mailing):
        booked, late, early, gone = (send(mailing) for _number in range(4))
        book(booked, 3)
        book(late, 2)
        book(early, 11)
        book(gone, 5, cancelled_at=NOW)
        book(factories.ContactFactory(), 5)
        assert about(campaign, "converted") == {booked.pk}
        assert about(campaign, "unconverted") == {late.pk, early.pk, gone.pk}

    def test_uses_count_by_their_day(self, campaign, mailing):
        models.Campaign.objects.update(goal="use")
        user = send(mailing)
        factories.UseFactory(contact=user, on=timezone.localdate(NOW - 10 * DAY))
        late = send(mailing)
        factories.UseFactory(contact=late, on=timezone.localdate(NOW - 2 * DAY))
        assert about(campaign, "converted") == {user.pk}

    def test_a_return_alone_is_no_purchase(self, campaign, mailing):
        models.Campaign.objects.update(goal="sales")
        buyer, returner = send(mailing), send(mailing)
        factories.PurchaseFactory(contact=buyer, at=NOW - 5 * DAY)
        factories.PurchaseFactory(contact=returner, at=NOW - 5 * DAY, amount=-500)
        assert about(campaign, "converted") == {buyer.pk}

    def test_a_form_of_any_kind_counts_once_it_is_taken_in(self, campaign, mailing):
        guest, held, early, late = (send(mailing) for _number in range(4))
        send_form(guest, 5, kind="feedback", state="processed")
        send_form(held, 5, kind="feedback", state="held")
        send_form(early, 11, state="processed")
        send_form(late, 2, state="processed")
        for act, goal in (("submit", "booking"), ("", "submit")):
            models.Campaign.objects.update(goal=goal)
            said = {"campaign": str(campaign.pk), "act": act, "when": "ever"}
            assert chosen("campaign", kind="converted", **said) == {guest.pk}
            others = {held.pk, early.pk, late.pk}
            assert chosen("campaign", kind="unconverted", **said) == others
        rule = [condition("campaign", **{**said, "act": "submit"}, kind="converted")]
        assert rules.sentence(rule) == (
            f"People with campaign “{campaign.name}” sent, and then in time: sent a form"
        )

    def test_they_are_as_many_as_the_results_say(self, campaign, mailing):
        models.Campaign.objects.update(goal="answer")
        for _number in range(3):
            contact = send(mailing)
            factories.InquiryFactory(contact=contact, received_at=NOW - 5 * DAY)
        send(mailing)
        mailing.campaign.refresh_from_db()
        people = results([mailing])[mailing.pk].of("answer").people
        assert len(about(campaign, "converted")) == people == 3


class TestNoReaction:
    @pytest.fixture
    def letters(self):
        return [factories.MailingFactory() for _number in range(4)]

    def test_the_last_three_without_a_click(self, letters):
        silent, clicked, few = factories.ContactFactory.create_batch(3)
        for age, letter in zip((40, 30, 20, 10), letters, strict=True):
            send(letter, silent, days_ago=age, clicked=age == 40)
            send(letter, clicked, days_ago=age, clicked=age == 30)
        for age, letter in zip((20, 10), letters, strict=False):
            send(letter, few, days_ago=age)
        assert chosen("no_reaction", number=3) == {silent.pk}
        assert chosen("no_reaction", number=2) == {silent.pk, clicked.pk, few.pk}
        assert chosen("no_reaction", number=4) == set()

    def test_clicks_of_machines_are_no_reaction(self, letters):
        contact = send(letters[0], clicked=True, machine=True)
        assert chosen("no_reaction", number=1) == {contact.pk}

    def test_the_explanation_counts_since_the_last_click(self, letters):
        contact = send(letters[0], days_ago=20, clicked=True)
        send(letters[1], contact)
        found = rules.explain([condition("no_reaction", number=2)], contact.pk)
        assert found.lines[1].fact == "1 message since the last click"


class TestMailingsOnPastDays:
    MIDNIGHT = dt.datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Tokyo"))

    def then(self, mailing, kind, day):
        value = {"mailing": str(mailing.pk), "kind": kind, "when": "ever"}
        rule = [condition("mailing", **value)]
        return set(rules.compile_as_of(rule, dt.date(2026, 3, day)))

    def test_what_came_back_later_had_not_happened(self, mailing):
        late, soon = send(mailing), send(mailing)
        models.Contact.objects.update(created_at=self.MIDNIGHT - 9 * DAY)
        mailing.deliveries.update(sent_at=self.MIDNIGHT - INSTANT)
        for contact, at in ((late, self.MIDNIGHT), (soon, self.MIDNIGHT - INSTANT)):
            delivery = mailing.deliveries.get(contact=contact)
            delivery.responses.create(kind="click", at=at, machine=False)
            book(contact, 0)
            models.Booking.objects.filter(contact=contact).update(created_at=at)
        both = {late.pk, soon.pk}
        assert self.then(mailing, "sent", 1) == both
        for yes, no in (("clicked", "silent"), ("converted", "unconverted")):
            assert self.then(mailing, yes, 1) == {soon.pk}
            assert self.then(mailing, no, 1) == {late.pk}
            assert self.then(mailing, yes, 2) == both
            assert self.then(mailing, no, 2) == set()

    def test_a_form_of_the_next_day_had_not_been_sent(self, mailing):
        models.Campaign.objects.update(goal="submit")
        late, soon = send(mailing), send(mailing)
        models.Contact.objects.update(created_at=self.MIDNIGHT - 9 * DAY)
        mailing.deliveries.update(sent_at=self.MIDNIGHT - DAY)
        for contact, at in ((late, self.MIDNIGHT), (soon, self.MIDNIGHT - INSTANT)):
            send_form(contact, 0, state="processed")
            models.Submission.objects.filter(contact=contact).update(received_at=at)
        assert self.then(mailing, "converted", 1) == {soon.pk}
        assert self.then(mailing, "converted", 2) == {late.pk, soon.pk}

    def test_a_mailing_that_is_gone_is_to_blame(self, db):
        rule = [condition("mailing", mailing="0", kind="sent", when="ever")]
        (line,) = rules.past_lines(rule)
        assert line.why_not_on(dt.date(2026, 3, 1)) == "The mailing is gone."

    def test_the_explanation_tells_of_a_click_and_the_goal(self, mailing):
        contact = send(mailing, clicked=True)
        book(contact, 9)
        value = {"mailing": str(mailing.pk), "kind": "sent", "when": "ever"}
        found = rules.explain([condition("mailing", **value)], contact.pk)
        day, today = (
            date_format(timezone.localtime(at), "SHORT_DATE_FORMAT")
            for at in (NOW - 10 * DAY, NOW)
        )
        said = f"sent on {day}, clicked on {today}, goal reached"
        assert found.lines[1].fact == said

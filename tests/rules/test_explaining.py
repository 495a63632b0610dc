"""Every registered condition says why: its verdict is the rule's, its fact a value."""

import datetime as dt

import pytest
from django.utils import timezone
from django.utils.formats import date_format
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_plugin import models, rules
from crm_plugin.rules.registry import registered
from crm_plugin.segments import picks, schemes
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.rules.test_against_replay import COMMON, ELSEWHERE, LEAVES, ONE, placed
from tests.rules.world import NOON, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    build(8)
    return list(rules.everyone())


def leaf_of(explanation):
    """The one condition below the line that says that all must be true."""
    return explanation.lines[1]


@settings(max_examples=2, **COMMON)
@given(data=st.data())
def test_every_condition_tells_what_decided(people, data):
    """In one world: building one for each condition takes longer than asking."""
    for leaves in LEAVES:
        rule, person = placed([data.draw(leaves)]), data.draw(ONE(people))
        told = rules.explain(rule, person.pk, NOON)
        assert told.holds is leaf_of(told).holds
        assert leaf_of(told).fact, rule


@settings(max_examples=2, **COMMON)
@given(data=st.data())
def test_what_is_told_of_some_who_are_chosen_is_told_of_nobody_else(people, data):
    """Else the reader sees one and the same fact ticked here and crossed out there."""
    for leaves in LEAVES:
        rule = placed([data.draw(leaves)])
        told = [rules.explain(rule, person.pk, NOON) for person in people]
        yes, no = (
            {leaf_of(each).fact for each in told if each.holds is holds}
            for holds in (True, False)
        )
        assert not yes & no, rule


def verdicts(rule, *contacts):
    told = [rules.explain([rule], contact.pk) for contact in contacts]
    assert [each.holds for each in told] == [
        contact.pk in set(rules.compile_rule([rule])) for contact in contacts
    ]
    return [(each.holds, leaf_of(each).fact) for each in told]


@pytest.fixture
def pair(db):
    return factories.ContactFactory(), factories.ContactFactory()


def test_an_attribute_of_an_organisation(pair):
    staff = factories.AttributeFactory(
        key="staff", type="number", describes="organisation"
    )
    firm = factories.OrganisationFactory()
    models.Affiliation.objects.create(contact=pair[0], organisation=firm)
    models.OrganisationValue.objects.create(owner=firm, definition=staff, number=40)
    rule = condition(
        "organisation_attribute", attribute="staff", operator="at_least", number=10
    )
    assert verdicts(rule, *pair) == [(True, "40"), (False, "empty")]


def test_a_rating(pair):
    models.Rating.objects.create(contact=pair[0], scale="nps", score=3, at=NOON)
    rule = condition("rated", which="latest", scale="nps", least=0, most=6)
    (yes, fact), no = verdicts(rule, *pair)
    assert yes
    assert "3" in fact
    assert no == (False, "none yet")


def test_of_any_rating_all_are_told_and_of_the_latest_that_of_the_period(pair):
    for days, score in ((1, 9), (40, 3)):
        at = NOON - dt.timedelta(days=days)
        models.Rating.objects.create(
            contact=pair[0], scale="nps", score=score, at=at, key=score
        )

    def fact(**value):
        rule = condition("rated", scale="nps", least=0, most=6, **value)
        told = rules.explain([rule], pair[0].pk, NOON)
        return told.holds, leaf_of(told).fact

    assert fact(which="any") == (True, "9 / 10, 3 / 10")
    assert fact(which="latest") == (False, "9 / 10")
    assert fact(which="latest", when="before", days=30) == (True, "3 / 10")


def test_a_form_that_was_sent(pair):
    factories.SubmissionFactory(contact=pair[0], state="processed")
    rule = condition("sent_form", how="at_least", number=1, when="ever")
    assert verdicts(rule, *pair) == [(True, "1 form"), (False, "0 forms")]


def test_who_was_picked_by_hand(pair, owner):
    segment = factories.SegmentFactory(
        key="friends", rule=[condition("picked", segment="friends")]
    )
    picks.pick(segment, {pair[0].pk}, by=owner)
    (yes, fact), no = verdicts(condition("picked", segment="friends"), *pair)
    assert yes
    assert fact.endswith("by owner")
    assert no == (False, "none")


def test_points_of_a_score(pair):
    score = factories.ScoreFactory(key="warm")
    models.ContactScore.objects.create(score=score, contact=pair[0], value=12)
    rule = condition("score", score="warm", how="at_least", number=10)
    assert verdicts(rule, *pair) == [(True, "12 points"), (False, "0 points")]


def test_no_condition_was_forgotten():
    of_people = [each for each in registered().values() if not each.about_visit]
    assert not ELSEWHERE & {each.name for each in of_people}
    assert all(type(each).explain is not rules.Condition.explain for each in of_people)


@pytest.mark.parametrize(
    ("name", "value", "fact"),
    [
        ("language", {"languages": ["ja"]}, "日本語"),
        ("owner", {"owner": "nobody"}, "nobody"),
        ("confirmed", {"state": "confirmed"}, "confirmed on 01/01/2026"),
        ("age", {"youngest": 40, "oldest": 50}, "41 years old"),
        ("point", {"kind": "email", "state": "any"}, "not confirmed"),
        ("heard_from", {"answers": ["search"]}, "not known"),
        ("open_inquiry", {"kind": ""}, "since 02/28/2026"),
    ],
)
def test_the_fact_is_the_value_that_decided(name, value, fact):
    contact = factories.ContactFactory(
        language="ja",
        heard_from="",
        confirmed_at=NOON - dt.timedelta(days=59),
        birth_on=dt.date(1984, 3, 2),
    )
    factories.PointFactory(contact=contact, kind="email", verified_at=None)
    received = NOON - dt.timedelta(days=1)
    factories.InquiryFactory(contact=contact, received_at=received)
    told = rules.explain([condition(name, **value)], contact.pk, NOON)
    assert leaf_of(told).fact == fact


@pytest.mark.parametrize(
    ("what", "name", "fact", "other"),
    [
        ("source", "instagram", "instagram, web", "phone"),
        ("source", "web", "instagram, web", "phone"),
        ("campaign", "spring", "spring", "not known"),
        ("medium", "social", "social", "not known"),
    ],
)
def test_a_source_tells_what_was_asked_for(pair, what, name, fact, other):
    link = {"source": "instagram", "campaign": "spring", "medium": "social"}
    for contact, said in zip(
        pair, ({"channel": "web", **link}, {"channel": "phone"}), strict=True
    ):
        models.FirstTouch.objects.create(contact=contact, at=NOON, **said)
    rule = condition("source", what=what, name=name)
    assert verdicts(rule, *pair) == [(True, fact), (False, other)]


def test_an_introduction_is_told_with_its_day(pair):
    models.Contact.objects.filter(pk=pair[0].pk).update(
        introduced_by=pair[1], created_at=NOON - dt.timedelta(days=40)
    )
    rule = condition("introductions", kind="came", when="last", days=30)
    told = rules.explain([rule], pair[0].pk, NOON)
    assert (told.holds, leaf_of(told).fact) == (False, f"{pair[1]}, {day(40)}")


def test_of_any_later_use_the_one_in_the_period_is_told(pair):
    for number, days in ((1, 40), (2, 5)):
        on = timezone.localdate(NOON - dt.timedelta(days=days))
        use = factories.UseFactory(contact=pair[0], on=on)
        models.Use.objects.filter(pk=use.pk).update(number=number)
    rule = condition("which_use", number=1, or_later=True, when="before", days=30)
    told = rules.explain([rule], pair[0].pk, NOON)
    assert (told.holds, leaf_of(told).fact) == (True, day(40))


def test_of_a_value_that_was_recorded_the_day_is_told(pair):
    value = factories.taste(pair[0], "lunch")
    at = NOON - dt.timedelta(days=40)
    models.ContactValue.objects.filter(pk=value.pk).update(updated_at=at)
    asks = {"attribute": "taste", "operator": "recorded"}
    rule = condition("attribute", **asks, when="last", days=30)
    told = rules.explain([rule], pair[0].pk, NOON)
    said = f"{value.choice} (recorded on {day(40)})"
    assert (told.holds, leaf_of(told).fact) == (False, said)


def test_of_an_address_that_bounces_it_is_told_whether_it_was_confirmed(pair):
    for contact, verified_at in zip(pair, (None, NOON), strict=True):
        factories.PointFactory(
            contact=contact,
            kind="email",
            verified_at=verified_at,
            undeliverable_at=NOON,
        )
    rule = condition("point", kind="email", state="unconfirmed")
    assert verdicts(rule, *pair) == [
        (True, "undeliverable, not confirmed"),
        (False, "undeliverable, confirmed"),
    ]


def test_who_left_a_group_and_came_back_was_not_in_it_throughout(pair, owner):
    kinds = [{"key": "a", "name": "A", "rule": [condition("late")]}]
    group = schemes.create("kinds", "Kinds", classes=kinds, by=owner).classes.first()
    for contact, stays in zip(
        pair, ([(90, None)], [(90, 20), (10, None)]), strict=True
    ):
        for entered, left in stays:
            factories.MembershipFactory(
                contact=contact,
                segment=group,
                entered_at=NOON - dt.timedelta(days=entered),
                left_at=left and NOON - dt.timedelta(days=left),
            )
    asks = {"before": "a", "after": "a", "throughout": True}
    rule = condition("moved", **asks, when="last", days=30)
    told = [rules.explain([rule], contact.pk, NOON) for contact in pair]
    assert [(each.holds, leaf_of(each).fact) for each in told] == [
        (True, "A → A"),
        (False, "A → A, with a break"),
    ]


def day(days):
    on = timezone.localtime(NOON - dt.timedelta(days=days))
    return date_format(on, "SHORT_DATE_FORMAT")


class TestLetters:
    """What is told of a letter is told with its day: of the period that is asked for,
    or else the latest."""

    @pytest.fixture
    def campaign(self):
        return factories.CampaignFactory(goal="booking", goal_days=7)

    @pytest.fixture
    def send(self, pair, campaign):
        """Hand a letter over so many days ago; clicked and booked so many days ago."""

        def send(days, *, clicks=(), booked=None, state="sent"):
            letter = factories.DeliveryFactory(
                mailing=factories.MailingFactory(campaign=campaign),
                contact=pair[0],
                state=state,
                sent_at=NOON - dt.timedelta(days=days) if state == "sent" else None,
            )
            for ago in clicks:
                at = NOON - dt.timedelta(days=ago)
                letter.responses.create(kind="click", at=at, machine=False)
            if booked is not None:
                booking = factories.BookingFactory(contact=pair[0])
                made = NOON - dt.timedelta(days=booked)
                models.Booking.objects.filter(pk=booking.pk).update(created_at=made)

        return send

    @pytest.fixture
    def told(self, pair, campaign):
        def told(kind, **when):
            when = when or {"when": "last", "days": 30}
            rule = condition("campaign", campaign=str(campaign.pk), kind=kind, **when)
            found = rules.explain([rule], pair[0].pk, NOON)
            return found.holds, leaf_of(found).fact

        return told

    def test_a_click_before_the_period_is_told_with_its_day(self, send, told):
        send(50, clicks=[40])
        assert told("clicked") == (False, f"sent on {day(50)}, clicked on {day(40)}")

    def test_of_two_clicks_the_one_in_the_period_is_told(self, send, told):
        send(50, clicks=[40, 2])
        before = {"when": "before", "days": 30}
        assert told("clicked") == (True, f"sent on {day(50)}, clicked on {day(2)}")
        said = f"sent on {day(50)}, clicked on {day(40)}"
        assert told("clicked", **before) == (True, said)

    def test_who_did_not_click_is_told_so(self, send, told):
        send(5)
        assert told("clicked") == (False, f"sent on {day(5)}, no click")
        assert told("silent") == (True, f"sent on {day(5)}, no click")

    def test_of_two_letters_the_one_in_the_period_is_told(self, send, told):
        send(40)
        send(5)
        assert told("sent") == (True, f"sent on {day(5)}")
        before = {"when": "before", "days": 30}
        assert told("sent", **before) == (True, f"sent on {day(40)}")

    def test_a_letter_before_the_period_is_told_with_its_day(self, send, told):
        send(40)
        assert told("sent") == (False, f"sent on {day(40)}")

    def test_a_goal_reached_after_another_letter_does_not_count(self, send, told):
        send(40, booked=38)
        send(5)
        assert told("converted") == (False, f"sent on {day(5)}")
        assert told("unconverted") == (True, f"sent on {day(5)}")
        before = {"when": "before", "days": 30}
        reached = f"sent on {day(40)}, goal reached"
        assert told("converted", **before) == (True, reached)

    def test_the_letter_that_reached_the_goal_is_told_not_the_latest(self, send, told):
        send(20, booked=18)
        send(5)
        assert told("converted") == (True, f"sent on {day(20)}, goal reached")

    def test_a_click_in_a_letter_that_then_came_back_is_told(self, send, told):
        send(5, clicks=[4], state="failed")
        assert told("clicked") == (True, f"clicked on {day(4)}")

    def test_who_got_nothing_is_told_so(self, told):
        assert told("clicked") == told("sent") == (False, "not sent")

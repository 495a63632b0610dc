import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm_plugin import journal, models, rules
from crm_plugin.contacts.merge import merge_contacts, undo_merge
from crm_plugin.sales import plans
from crm_plugin.segments.ready_made import condition
from crm_plugin.touchpoints import history
from tests import factories

pytestmark = pytest.mark.django_db
JANUARY, MARCH, JUNE = (dt.date(2025, month, 1) for month in (1, 3, 6))
DAY = dt.timedelta(days=1)


@pytest.fixture
def standard(db):
    return factories.PlanFactory(key="standard", rank=10)


@pytest.fixture
def premium(db):
    return factories.PlanFactory(key="premium", rank=20)


def stays(contact):
    rows = contact.plan_periods.order_by("started_on")
    return [(row.plan.key, row.started_on, row.ended_on) for row in rows]


@pytest.fixture
def since_january(contact, standard, owner):
    plans.take(contact, standard, on=JANUARY, by=owner)
    return contact.plan_periods.get()


class TestTaking:
    def test_a_change_ends_the_plan_before_on_the_day_before(
        self, contact, since_january, premium, owner
    ):
        plans.take(contact, premium, on=MARCH, by=owner)
        assert stays(contact) == [
            ("standard", JANUARY, MARCH - DAY),
            ("premium", MARCH, None),
        ]

    def test_a_stay_says_itself_that_it_was_a_step_up(
        self, contact, since_january, premium, standard, owner
    ):
        plans.take(contact, premium, on=MARCH, by=owner)
        plans.take(contact, standard, on=JUNE, by=owner)
        rows = contact.plan_periods.order_by("started_on")
        assert [row.step for row in rows] == [0, 1, -1]

    def test_the_same_plan_again_changes_nothing(
        self, contact, since_january, standard, owner
    ):
        assert plans.take(contact, standard, on=MARCH, by=owner) is None

    def test_a_change_of_long_ago_finds_its_place(
        self, contact, since_january, premium, standard, owner
    ):
        plans.take(contact, premium, on=JUNE, by=owner)
        other = factories.PlanFactory(key="other", rank=15)
        plans.take(contact, other, on=MARCH, by=owner)
        assert stays(contact) == [
            ("standard", JANUARY, MARCH - DAY),
            ("other", MARCH, JUNE - DAY),
            ("premium", JUNE, None),
        ]
        assert [row.step for row in contact.plan_periods.order_by("started_on")] == [
            *(0, 1, 1)
        ]

    def test_on_the_day_of_its_beginning_the_plan_is_corrected(
        self, contact, since_january, premium, owner
    ):
        plans.take(contact, premium, on=JANUARY, by=owner)
        assert stays(contact) == [("premium", JANUARY, None)]

    def test_before_everything_known_it_ends_where_that_begins(
        self, contact, since_january, premium, owner
    ):
        plans.take(contact, premium, on=JANUARY - DAY, by=owner)
        assert stays(contact)[0] == ("premium", JANUARY - DAY, JANUARY - DAY)

    def test_it_is_journalled_noted_and_undone(
        self, contact, since_january, premium, owner
    ):
        models.ContactChange.objects.all().delete()
        operation = plans.take(contact, premium, on=MARCH, by=owner)
        assert models.ContactChange.objects.get().aspect == "plans"
        journal.undo(operation, by=owner)
        assert stays(contact) == [("standard", JANUARY, None)]


class TestEnding:
    def test_its_last_day_is_said(self, contact, since_january, owner):
        plans.end(contact, MARCH, by=owner)
        assert stays(contact) == [("standard", JANUARY, MARCH)]

    def test_what_nobody_has_cannot_end(self, contact, since_january, owner):
        with pytest.raises(plans.NoPlan):
            plans.end(contact, JANUARY - DAY, by=owner)


class TestCorrecting:
    def correct(self, row, by, **said):
        now = {
            name: getattr(row, name)
            for name in ("plan", "started_on", "ended_on", "note")
        }
        return plans.correct(row, {**now, **said}, by=by)

    def test_no_stay_ends_before_it_began(self, since_january, owner):
        with pytest.raises(plans.EndsBeforeStart):
            self.correct(since_january, owner, ended_on=JANUARY - DAY)

    def test_two_stays_never_hold_one_day(self, contact, since_january, premium, owner):
        plans.take(contact, premium, on=MARCH, by=owner)
        first = contact.plan_periods.get(plan__key="standard")
        with pytest.raises(plans.Overlaps):
            self.correct(first, owner, ended_on=MARCH)

    def test_the_second_of_two_people_is_told(self, since_january, owner):
        other = models.PlanPeriod.objects.get()
        self.correct(since_january, owner, note="mine")
        with pytest.raises(journal.Stale):
            self.correct(other, owner, note="theirs")

    def test_a_gap_makes_no_step(self, contact, since_january, premium, owner):
        plans.take(contact, premium, on=MARCH, by=owner)
        first = contact.plan_periods.get(plan__key="standard")
        self.correct(first, owner, ended_on=JANUARY)
        assert contact.plan_periods.get(plan__key="premium").step == 0

    def test_what_never_was_is_taken_out(self, contact, since_january, owner):
        operation = plans.strike(since_january, by=owner)
        assert stays(contact) == []
        journal.undo(operation, by=owner)
        assert stays(contact) == [("standard", JANUARY, None)]


class TestRules:
    AT = dt.datetime(2025, 6, 10, 3, tzinfo=dt.UTC)

    def chosen(self, name, **value):
        stream = rules.rule_block().to_python([condition(name, **value)])
        return list(rules.compile_rule(stream, self.AT).values_list("pk", flat=True))

    @pytest.fixture(autouse=True)
    def lived(self, contact, since_january, premium, owner):
        plans.take(contact, premium, on=JUNE, by=owner)

    @pytest.mark.parametrize(
        ("value", "is_in"),
        [
            ({"plans": ["premium"], "state": "now"}, True),
            ({"plans": ["standard"], "state": "now"}, False),
            ({"plans": ["standard"], "state": "ever"}, True),
            ({"plans": [], "state": "now"}, True),
        ],
    )
    def test_who_has_which_plan_is_found(self, contact, value, is_in):
        assert (contact.pk in self.chosen("plan", **value)) is is_in

    @pytest.mark.parametrize(
        ("value", "is_in"),
        [
            ({"change": "up", "when": "last", "days": 9}, True),
            ({"change": "up", "when": "last", "days": 8}, False),
            ({"change": "up", "plans": ["standard"], "when": "ever"}, False),
            ({"change": "down", "when": "ever"}, False),
            ({"change": "begun", "when": "before", "days": 9}, True),
            ({"change": "ended", "when": "ever"}, False),
        ],
    )
    def test_who_stepped_up_is_found_by_the_day(self, contact, value, is_in):
        value = {"plans": [], "days": 0, **value}
        assert (contact.pk in self.chosen("plan_change", **value)) is is_in

    def test_an_agreement_that_ended_without_another_is_found(self, contact, owner):
        plans.end(contact, dt.date(2025, 6, 9), by=owner)
        value = {"change": "ended", "plans": [], "when": "last", "days": 1}
        assert self.chosen("plan_change", **value) == [contact.pk]

    def test_a_plan_that_is_gone_breaks_the_rule(self):
        assert rules.problems([condition("plan", plans=["gone"], state="now")])
        with pytest.raises(rules.BrokenRule):
            self.chosen("plan", plans=["gone"], state="now")

    def test_the_sentences_name_plan_change_and_period(self):
        rule = [condition("plan", plans=["premium"], state="now")]
        assert "plan: Premium" in rules.sentence(rule)
        value = {"change": "up", "plans": [], "when": "last", "days": 30}
        text = rules.sentence([condition("plan_change", **value)])
        assert "stepped up to a higher plan in the last 30 days" in text


def test_without_plans_rules_do_not_offer_them(db):
    known = rules.registry.registered()
    assert not known["plan"].offered()
    assert not known["plan_change"].offered()


def test_the_story_tells_what_began_rose_and_ended(
    contact, since_january, premium, owner
):
    plans.take(contact, premium, on=MARCH, by=owner)
    plans.end(contact, JUNE, by=owner)
    wanted = history.Wanted(kinds=("plan",))
    titles = [e.title for e in history.page(contact, user=owner, wanted=wanted).entries]
    assert titles == [
        "Plan ended: Premium",
        "Step up: Standard → Premium",
        "Plan: Standard",
    ]


def test_a_change_to_come_is_not_told_yet(contact, since_january, premium, owner):
    plans.take(contact, premium, on=timezone.localdate() + DAY, by=owner)
    assert plans.current([contact.pk])[contact.pk].plan.key == "standard"
    kinds = [e.kind for e in history.story(contact, user=owner)]
    assert kinds.count("plan") == 1


def test_the_story_is_for_those_who_may_see_plans(contact, since_january, outsider):
    assert history.story(contact, user=outsider) == []


class TestMerging:
    @pytest.fixture
    def other(self, db):
        return factories.ContactFactory()

    def test_histories_of_both_become_one_without_a_lost_day(
        self, contact, other, since_january, premium, owner
    ):
        plans.take(other, premium, on=MARCH, by=owner)
        plans.end(other, JUNE, by=owner)
        before = stays(contact), stays(other)
        operation = merge_contacts(contact, other, by=owner)
        assert stays(contact) == [
            ("standard", JANUARY, MARCH - DAY),
            ("premium", MARCH, JUNE),
            ("standard", JUNE + DAY, None),
        ]
        undone = undo_merge(operation, by=owner)
        assert (stays(undone.survivor), stays(undone.duplicate)) == before

    def test_the_same_plan_is_one_stay(
        self, contact, other, since_january, standard, owner
    ):
        plans.take(other, standard, on=MARCH, by=owner)
        merge_contacts(contact, other, by=owner)
        assert stays(contact) == [("standard", JANUARY, None)]

    def test_of_two_from_one_day_the_survivors_counts(
        self, contact, other, since_january, premium, owner
    ):
        plans.take(other, premium, on=JANUARY, by=owner)
        merge_contacts(contact, other, by=owner)
        assert stays(contact) == [("standard", JANUARY, None)]


def test_many_take_a_plan_for_the_price_of_one(standard, premium):
    def cost(number):
        people = factories.ContactFactory.create_batch(number)
        for contact in people[::2]:
            plans.take(contact, standard, on=JANUARY, by=None)
        with CaptureQueriesContext(connection) as queries:
            plans.take_many({row.pk: (premium, MARCH) for row in people})
        assert models.PlanPeriod.objects.filter(
            plan=premium, contact__in=people
        ).count() == len(people)
        return len(queries)

    assert cost(12) == cost(2)

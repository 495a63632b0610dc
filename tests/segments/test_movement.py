"""Who stood where at either end of a period: stages, and schemes of segments."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from crm_plugin import rules
from crm_plugin.models import Contact, SegmentScheme, StagePeriod
from crm_plugin.segments import movement
from crm_plugin.segments.movement import NOWHERE, Between, Moved
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
MARCH = Between(dt.date(2026, 3, 1), dt.date(2026, 3, 31))


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=TOKYO)


@pytest.fixture
def abc():
    """A scheme of A, B and everybody else."""
    scheme = SegmentScheme.objects.create(key="abc", name="A/B/C")
    for place, key in enumerate(("a", "b", "c")):
        factories.SegmentFactory(
            key=key, name=key.upper(), scheme=scheme, place=place, rest=key == "c"
        )
    return scheme


def stays(*dated):
    """A contact who was in these classes: (key, from, until)."""
    contact = factories.ContactFactory()
    for key, since, until in dated:
        factories.MembershipFactory(
            segment=movement.Segment.objects.get(key=key),
            contact=contact,
            entered_at=at(since),
            left_at=until and at(until),
        )
    return contact


def counted(scheme):
    return movement.counts(movement.Scheme(scheme.pk), MARCH)


def chosen(**value):
    days = {"from_on": MARCH.first, "to_on": MARCH.last, "when": "dates"}
    asked = {"throughout": False, "before": "", "after": "", **days, **value}
    return set(rules.compile_rule([condition("moved", **asked)]))


def test_everybody_is_counted_once_and_who_stayed_apart_from_who_came_back(abc):
    stays(("a", "2026-01-01", None))
    stays(("a", "2026-01-01", "2026-03-10"), ("b", "2026-03-10", None))
    stays(
        ("a", "2026-01-01", "2026-03-10"),
        ("b", "2026-03-10", "2026-03-20"),
        ("a", "2026-03-20", None),
    )
    stays(("c", "2026-03-10", None))
    stays(("b", "2026-01-01", "2026-03-10"))
    assert counted(abc) == {
        ("a", "a"): Moved(2, 1),
        ("a", "b"): Moved(1, 0),
        (NOWHERE, "c"): Moved(1, 0),
        ("b", NOWHERE): Moved(1, 0),
    }


@pytest.mark.parametrize(
    ("moment", "cell"),
    [
        ("2026-02-28T23:59", ("b", "b")),
        ("2026-03-01T00:00", ("a", "b")),
        ("2026-03-31T23:59", ("a", "b")),
        ("2026-04-01T00:00", ("a", "a")),
    ],
)
def test_the_first_and_the_last_day_are_part_of_the_period(abc, moment, cell):
    stays(("a", "2026-01-01", moment), ("b", moment, None))
    assert set(counted(abc)) == {cell}


def test_periods_that_follow_each_other_fit_together(abc):
    stays(("a", "2026-01-01", "2026-04-01"), ("b", "2026-04-01", None))
    april = Between(dt.date(2026, 4, 1), dt.date(2026, 4, 30))
    later = movement.counts(movement.Scheme(abc.pk), april)
    (ended,), (begun,) = counted(abc), later
    assert ended[1] == begun[0] == "a"


def test_each_cell_s_condition_chooses_whom_the_cell_counts(abc):
    for since in ("2026-01-01", "2026-03-05", "2026-04-02"):
        until = max(since, "2026-03-20")
        for key, other in (("a", "b"), ("b", "a"), ("a", "c")):
            stays((key, since, until), (other, until, None))
            stays((key, since, None))
    for (before, after), found in counted(abc).items():
        assert len(chosen(before=before, after=after)) == found.number
    throughout = chosen(before="a", after="a", throughout=True)
    assert len(throughout) == counted(abc)["a", "a"].throughout == 2


def test_stages_are_known_for_every_past_day():
    guest, gone = factories.ContactFactory.create_batch(2)
    for contact in (guest, gone):
        for stage, since, until in (
            ("first", "2026-02-01", "2026-03-05"),
            ("second", "2026-03-05", None),
        ):
            StagePeriod.objects.create(
                contact=contact, stage=stage, started_on=since, ended_on=until
            )
    Contact.objects.filter(pk=gone.pk).update(archived_at=at("2026-03-20"))
    assert movement.counts(movement.Stages(), MARCH) == {
        ("stage:first", "stage:second"): Moved(1, 0),
        ("stage:first", NOWHERE): Moved(1, 0),
    }
    moved = chosen(before="stage:first", after="stage:second")
    assert moved == {guest.pk}


def test_sales_are_of_the_days_of_the_period_by_the_group_at_its_end(abc):
    guest = stays(("a", "2026-01-01", "2026-03-10"), ("b", "2026-03-10", None))
    stranger = factories.ContactFactory()
    for day, amount in (("2026-02-28", 7), ("2026-03-01", 100), ("2026-03-31", 20)):
        factories.PurchaseFactory(contact=guest, at=at(day), amount=amount)
    factories.PurchaseFactory(contact=stranger, at=at("2026-03-02"), amount=5)
    found = movement.sales(movement.Scheme(abc.pk), MARCH)
    assert found == {"b": Decimal(120), NOWHERE: Decimal(5)}


def test_it_is_two_queries_whatever_the_number_of_people(
    abc, django_assert_num_queries
):
    for _number in range(5):
        stays(("a", "2026-01-01", "2026-03-10"), ("b", "2026-03-10", None))
    with django_assert_num_queries(2):
        counted(abc)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({}, "Choose a group for the start or for the end."),
        ({"before": ":none", "after": ":none"}, "Choose a group for the start"),
        ({"before": "a", "after": "stage:first"}, "Choose two groups of one scheme."),
        ({"before": "a", "after": "b", "throughout": True}, "Who never left"),
        ({"before": "a", "from_on": None}, "Give both dates."),
        ({"before": "gone"}, "is gone: choose something else"),
    ],
)
def test_what_cannot_be_asked_is_said(abc, owner, value, problem):
    days = {"from_on": MARCH.first, "to_on": MARCH.last, "when": "dates"}
    asked = {"throughout": False, "before": "", "after": "", **days, **value}
    found = rules.problems([condition("moved", **asked)], owner)
    assert any(problem in text for text in found), found


@pytest.mark.parametrize(
    ("before", "after", "throughout", "words"),
    [
        ("a", "b", False, "a move from “A/B/C: A” to “A/B/C: B”"),
        ("a", "a", True, "a stay in “A/B/C: A” throughout"),
        ("a", "a", False, "a place in “A/B/C: A” at the start and at the end"),
        (NOWHERE, "a", False, "a first place, in “A/B/C: A”"),
        ("a", NOWHERE, False, "a place given up, in “A/B/C: A”"),
        ("", "a", False, "a place in “A/B/C: A” at the end"),
        ("stage:first", "", False, "a place in “first use” at the start"),
    ],
)
def test_every_cell_can_be_said(abc, before, after, throughout, words):
    asked = {"before": before, "after": after, "throughout": throughout}
    said = rules.sentence([condition("moved", **asked, when="last", days=30)])
    assert said == f"People with {words} in the last 30 days"


def test_a_scheme_that_tells_something_sensitive_is_only_for_who_may_know(
    abc, owner, role
):
    movement.Segment.objects.filter(key="a").update(reads_sensitive=True)
    named = {str(one) for one in movement.standings(owner)}
    assert named == {"Stages", "A/B/C"}
    assert [str(one) for one in movement.standings(role("marketer"))] == ["Stages"]
    asked = condition("moved", before="b", after="a", when="last", days=9)
    assert rules.reads_sensitive([asked])


def then(day, **value):
    """Whom the condition chose at the end of *day*, for the days up to it."""
    days = {"when": "last", "days": 30}
    asked = {"throughout": False, "before": "", "after": "", **days, **value}
    rule = [condition("moved", **asked)]
    return set(rules.compile_as_of(rule, dt.date.fromisoformat(day)))


def test_as_of_a_past_day_nobody_has_moved_on_later_ones(abc):
    SegmentScheme.objects.update(created_at=at("2026-01-01"))
    guest = stays(("a", "2026-01-01", "2026-03-11"), ("b", "2026-03-11", None))
    Contact.objects.update(created_at=at("2026-01-01"))
    here = {"before": "a", "after": "a"}
    assert then("2026-03-10", **here, throughout=True) == {guest.pk}
    assert then("2026-03-10", before="a", after="b") == set()
    assert then("2026-03-11", **here) == set()
    assert then("2026-03-11", before="a", after="b") == {guest.pk}
    april = {"when": "dates", "from_on": "2026-04-01", "to_on": "2026-04-30"}
    assert then("2026-03-10", **here, **april) == {guest.pk}


def test_a_scheme_can_be_asked_about_since_it_was_made_and_stages_always(abc):
    SegmentScheme.objects.update(created_at=at("2026-02-01T00:00"))
    asked = condition("moved", before="", after="a", when="last", days=9)
    assert rules.first_day([asked]) == dt.date(2026, 2, 1)
    with pytest.raises(rules.Undated, match="known only since"):
        then("2026-01-31", after="a")
    stages = condition("moved", before="stage:first", after="", when="last", days=9)
    (line,) = rules.past_lines([stages])
    assert line.dated
    assert line.past.since is None

"""What an editor is told about a rule: how many, whom, and what it changes."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm_plugin import models, queue, rules
from crm_plugin.contacts import data_map
from crm_plugin.segments import counting, impact, schemes, sensitivity
from crm_plugin.segments.counting import Figure
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.segments.refresh import refresh
from tests import factories

pytestmark = pytest.mark.django_db
ENGLISH = [condition("language", languages=["en"])]
JAPANESE = [condition("language", languages=["ja"])]
NO_USE = [condition("uses", how="none")]


@pytest.fixture
def english():
    factories.ContactFactory.create_batch(3, language="en")
    segment = factories.SegmentFactory(key="english", name="English", rule=ENGLISH)
    refresh(segment)
    segment.refresh_from_db()
    return segment


@pytest.fixture
def small(monkeypatch):
    """Everything above four is many, everybody above five is estimated."""
    monkeypatch.setattr(counting, "EXACT", 4)
    monkeypatch.setattr(counting, "PROBE", 10)
    monkeypatch.setattr(counting, "EVERYBODY", 5)


def test_a_small_number_is_exact(owner):
    factories.ContactFactory.create_batch(3, language="en")
    found = impact.preview(ENGLISH, user=owner)
    assert found.figure == found.everybody == Figure(3)


def test_a_large_number_is_estimated_from_a_few_contacts(owner, small):
    factories.ContactFactory.create_batch(20, language="en")
    factories.ContactFactory.create_batch(20, language="ja")
    found = impact.preview(ENGLISH, user=owner)
    assert not found.figure.exact
    assert found.figure.count >= 4
    assert not found.whole
    assert not found.everybody.exact


def test_the_estimate_is_about_right():
    contacts = factories.ContactFactory.create_batch(40, language="en")
    ids = [one.pk for one in contacts[::4]]
    probe = counting.Probe(tuple(ids), Figure(1_000_000, exact=False))
    assert probe.share_of(4) == Figure(400_000, exact=False)
    assert probe.share_of(len(ids)) == Figure(1_000_000, exact=False)


def test_many_of_a_house_of_twenty_thousand_are_counted(owner, monkeypatch):
    monkeypatch.setattr(counting, "EXACT", 4)
    factories.ContactFactory.create_batch(7, language="en")
    assert impact.preview(ENGLISH, user=owner).figure == Figure(7)


def test_the_sample_holds_ten_names_at_most(owner):
    factories.ContactFactory.create_batch(12, language="en")
    assert len(impact.preview(ENGLISH, user=owner).sample) == 10


def test_who_may_not_see_contacts_gets_the_number_without_names(outsider):
    factories.ContactFactory(language="en")
    found = impact.preview(ENGLISH, user=outsider)
    assert found.figure.count == 1
    assert found.sample == []


def test_a_rule_that_leaves_nobody_out_is_told(owner):
    factories.ContactFactory.create_batch(2, language="en")
    assert impact.preview(ENGLISH, user=owner).means_everybody
    factories.ContactFactory(language="ja")
    assert not impact.preview(ENGLISH, user=owner).means_everybody


def test_a_new_segment_has_no_movements(owner):
    factories.ContactFactory(language="en")
    found = impact.preview(ENGLISH, user=owner)
    assert not found.moves
    assert found.entering.figure.count == 0


def test_the_movements_are_what_publishing_then_does(owner, english):
    factories.ContactFactory.create_batch(2, language="ja")
    found = impact.preview(JAPANESE, user=owner, segment=english)
    english.rule = JAPANESE
    english.save()
    refresh(english)
    done = english.refreshes.latest("at")
    assert (found.entering.figure, found.leaving.figure) == (
        Figure(done.entered),
        Figure(done.left),
    )
    assert (done.entered, done.left) == (2, 3)


def test_of_many_few_movements_are_exact(owner, english, small):
    factories.ContactFactory.create_batch(9, language="ja")
    found = impact.preview(NO_USE, user=owner, segment=english)
    assert found.leaving.figure == Figure(0)
    assert found.entering.figure.count >= 4
    assert not found.entering.figure.exact
    one = models.Contact.objects.filter(language="ja").order_by("pk")
    models.Contact.objects.exclude(pk=one[0].pk).update(language="en")
    found = impact.preview(NO_USE, user=owner, segment=_refreshed(english))
    assert found.entering.figure == Figure(1)


def _refreshed(segment):
    refresh(segment)
    segment.refresh_from_db()
    return segment


def test_the_rule_as_published_moves_nobody_and_is_not_counted_again(
    owner, english, small
):
    factories.ContactFactory.create_batch(6, language="en")
    found = impact.preview(ENGLISH, user=owner, segment=_refreshed(english))
    assert found.unchanged
    assert found.entering.figure == found.leaving.figure == Figure()


def test_those_who_leave_a_large_segment_are_as_many_as_it_loses(owner, small):
    factories.ContactFactory.create_batch(9, language="en")
    segment = _refreshed(factories.SegmentFactory(rule=ENGLISH))
    found = impact.preview(JAPANESE, user=owner, segment=segment)
    assert found.leaving.figure.count == 9


def test_other_segments_say_how_many_of_these_they_hold(owner, english):
    factories.ContactFactory(language="ja")
    found = impact.preview(NO_USE, user=owner)
    shared = [(one.segment, one.number, one.percent) for one in found.shared]
    assert shared == [(english, 3, 75)]
    assert impact.preview(ENGLISH, user=owner, segment=english).shared == []


def test_a_segment_that_is_not_in_force_is_not_compared_with(owner, english):
    models.Segment.objects.update(live=False)
    assert impact.preview(NO_USE, user=owner).shared == []


def test_a_sensitive_segment_is_compared_only_for_those_who_may_know(owner, role):
    person = factories.ContactFactory(language="en")
    factories.taste(person, "nuts", key="allergies", sensitive=True)
    rule = [condition("attribute", attribute="allergies", operator="filled")]
    refresh(factories.SegmentFactory(rule=rule))
    assert len(impact.preview(ENGLISH, user=owner).shared) == 1
    assert impact.preview(ENGLISH, user=role("marketer")).shared == []


def test_of_the_data_that_a_rule_asks_for_it_is_said_how_much_is_known(owner):
    factories.ContactFactory(birth_on="1990-01-01")
    factories.ContactFactory.create_batch(3)
    data_map.count_all()
    rule = [group("none", condition("age", youngest=20, oldest=None))]
    (known,) = impact.preview(rule, user=owner).known
    assert (known.label, known.percent) == ("date of birth", 25)
    assert known.counted_at <= timezone.now()


def test_of_plans_deals_purchases_and_bookings_it_is_said_how_many_are_known(owner):
    buyer, _other = factories.ContactFactory.create_batch(2)
    models.ContactSales.objects.create(contact=buyer, count=1, first_on="2026-01-01")
    factories.PlanFactory()
    data_map.count_all()
    rule = [
        condition("first_purchase_anniversary", kind="next", days=7, month=""),
        condition("plan", plans=[], state="now"),
        condition("closed_deals", outcome="won", how="none", when="ever"),
        condition("bookings", kind="came", how="none", when="ever"),
    ]
    known = impact.preview(rule, user=owner).known
    assert {row.label: row.percent for row in known} == {
        "purchases": 50,
        "plan": 0,
        "deals": 0,
        "bookings and visits": 0,
    }


def test_a_score_rests_on_what_its_lines_ask_for(owner):
    factories.ContactFactory(birth_on="1990-01-01")
    factories.ContactFactory()
    line = factories.line(condition("age", youngest=20, oldest=None))
    score = factories.ScoreFactory(key="grown", lines=[line])
    data_map.count_all()
    rule = [condition("score", score=score.key, how="at_least", number=1)]
    (known,) = impact.preview(rule, user=owner).known
    assert (known.label, known.percent) == ("date of birth", 50)


def test_consent_by_a_channel_rests_on_an_answer_and_on_the_channel(owner):
    point = factories.PointFactory()
    factories.ContactFactory()
    factories.PointFactory(contact=factories.ContactFactory())
    topic = factories.ConsentFactory(point=point).topic
    data_map.count_all()
    rule = [condition("consent", topic=topic.key, state="granted", channel=point.kind)]
    known = impact.preview(rule, user=owner).known
    assert {row.label: row.percent for row in known} == {
        f"consent: {topic}": 33,
        "e-mail": 67,
    }


def test_an_attribute_nobody_has_is_known_of_nobody(owner):
    definition = factories.taste(factories.ContactFactory(), "lunch").definition
    models.ContactValue.objects.all().delete()
    data_map.count_all()
    rule = [condition("attribute", attribute=definition.key, operator="empty")]
    (known,) = impact.preview(rule, user=owner).known
    assert known.percent == 0


def test_what_was_never_counted_is_not_told(owner):
    factories.ContactFactory()
    rule = [condition("age", youngest=20, oldest=None)]
    assert impact.preview(rule, user=owner).known == []


def test_when_the_time_is_over_the_parts_are_left_open(owner, english):
    found = impact.preview(JAPANESE, user=owner, segment=english, seconds=0)
    assert found.figure.unknown
    assert found.everybody.unknown
    assert found.entering.figure.unknown
    assert found.sample == []
    assert found.known is found.shared is None


def test_what_was_counted_in_time_is_a_lower_bound(owner, monkeypatch):
    factories.ContactFactory.create_batch(9, language="en")
    monkeypatch.setattr(counting, "FIRST_SLICE", 2)
    contacts = rules.asked_of_each(rules.everyone(), ENGLISH, timezone.now())
    patience = Slices(3)
    figure, ids = counting.in_slices(contacts, patience)
    assert figure.so_far
    assert 0 < figure.count < 9
    assert len(ids) == figure.count
    figure, ids = counting.in_slices(contacts, Slices(99))
    assert (figure, len(ids)) == (Figure(9), 9)


class Slices:
    """Patience for so many statements, whatever time they take."""

    left = 1.0

    def __init__(self, number):
        self.number = number

    def share(self, part=1.0):
        self.number -= 1
        return rules.within(9 if self.number >= 0 else 0)


def test_a_rule_that_the_database_cannot_answer_in_time_is_counted_in_slices(
    owner, monkeypatch
):
    factories.ContactFactory.create_batch(3, language="en")

    def too_long(*_args, **_kwargs):
        raise rules.TookTooLong

    monkeypatch.setattr(rules, "select", too_long)
    found = impact.preview(ENGLISH, user=owner)
    assert found.figure == Figure(3)
    assert len(found.sample) == 3


def test_a_preview_takes_no_longer_than_it_may(owner, monkeypatch):
    slow = {
        "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT count(*) FROM n) > 0",
        "postgresql": "pg_sleep(30) IS NOT NULL",
    }[connection.vendor]
    factories.ContactFactory.create_batch(3, language="en")
    people = models.Contact.objects.extra(where=[slow]).values("pk")  # noqa: S610
    cond = rules.condition("language")
    monkeypatch.setattr(type(cond), "own", lambda *_args: None)
    monkeypatch.setattr(type(cond), "contacts", lambda *_args: people)
    begun = time.monotonic()
    found = impact.preview(ENGLISH, user=owner, seconds=0.5)
    assert time.monotonic() - begun < 4
    assert found.figure.so_far
    assert found.everybody == Figure(3)


def test_a_rule_changed_meanwhile_is_not_counted_to_the_end(owner):
    factories.ContactFactory(language="en")
    with pytest.raises(impact.Overtaken):
        impact.preview(ENGLISH, user=owner, overtaken=lambda: True)


def test_a_preview_asks_as_much_for_many_as_for_few(owner, english):
    factories.ContactFactory.create_batch(2, language="ja")
    few = _queries(owner, english)
    for language in ("ja", "en"):
        factories.ContactFactory.create_batch(20, language=language)
    refresh(english)
    assert _queries(owner, english) == few


def _queries(owner, segment):
    impact.preview(JAPANESE, user=owner, segment=segment)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        impact.preview(JAPANESE, user=owner, segment=segment)
    return len(asked)


class TestClasses:
    """What the rule of one class means for the others of its scheme."""

    FOUND = [condition("heard_from", answers=["search"])]
    OTHER = [condition("heard_from", answers=["other"])]
    SOCIAL = [condition("heard_from", answers=["sns"])]

    @pytest.fixture
    def scheme(self, owner):
        for language in ("ja", "ja", "en"):
            for heard in ("search", "other", "sns", "sns", ""):
                factories.ContactFactory(language=language, heard_from=heard)
        made = schemes.create(
            "kinds",
            "Kinds",
            classes=[
                {"key": "japanese", "name": "Japanese", "rule": JAPANESE},
                {"key": "found", "name": "Found us", "rule": self.FOUND},
                {"key": "social", "name": "Social", "rule": self.SOCIAL},
            ],
            by=owner,
        )
        queue.run_due("segment")
        return made

    def look(self, segment, rule, user, **more):
        segment.rule = rule
        segment.__dict__.pop("before", None)
        return impact.preview(segment.tree, user=user, segment=segment, **more)

    def told(self, found):
        """``{key: (gains, loses)}`` of the classes that would change."""
        return {
            row.segment.key: (row.gains.count, row.loses.count)
            for row in found.others.changing
        }

    def moved(self, scheme, publish, *, but):
        """The same of what publishing does."""
        before = models.SegmentRefresh.objects.count()
        publish()
        queue.run_due("segment")
        rows = models.SegmentRefresh.objects.order_by("pk")[before:]
        moved = {row.segment.key: (row.entered, row.left) for row in rows}
        return {key: pair for key, pair in moved.items() if key != but and any(pair)}

    @pytest.mark.parametrize(
        ("key", "rule"),
        [
            ("japanese", ENGLISH),
            ("japanese", [condition("language", languages=["ja", "en"])]),
            ("japanese", OTHER),
            ("found", OTHER),
            ("found", [condition("heard_from", answers=["search", "sns"])]),
            ("social", NO_USE),
        ],
    )
    def test_they_get_and_lose_what_publishing_then_moves(
        self, scheme, owner, key, rule
    ):
        segment = models.Segment.objects.get(key=key)
        told = self.told(self.look(segment, rule, owner))

        def publish():
            segment.save_revision(user=owner).publish(user=owner)

        assert told == self.moved(scheme, publish, but=key)
        assert told

    def test_a_new_class_takes_its_members_from_the_others(self, scheme, owner):
        place = schemes.last_place(scheme)
        new = models.Segment(key="new", name="New", scheme=scheme, place=place)
        told = self.told(self.look(new, self.OTHER, owner))
        assert told == self.moved(
            scheme, lambda: schemes._publish(new, owner), but="new"
        )
        assert told == {"kinds-rest": (0, 1)}

    def test_a_segment_that_joins_takes_even_whom_it_holds_already(self, scheme, owner):
        joins = factories.SegmentFactory(key="joins", name="Joins", rule=self.OTHER)
        refresh(joins)
        joins.refresh_from_db()
        joins.scheme, joins.place = scheme, schemes.last_place(scheme)
        told = self.told(self.look(joins, self.OTHER, owner))
        assert told == self.moved(
            scheme, lambda: schemes._publish(joins, owner), but="joins"
        )
        assert told == {"kinds-rest": (0, 1)}

    def test_the_rule_as_published_changes_no_class(self, scheme, owner):
        segment = models.Segment.objects.get(key="japanese")
        assert self.told(self.look(segment, JAPANESE, owner)) == {}

    def test_of_many_it_is_told_about_by_the_fair_sample(self, scheme, owner, small):
        segment = models.Segment.objects.get(key="japanese")
        found = self.look(segment, ENGLISH, owner)
        assert self.told(found)
        for row in found.others.others:
            assert not row.gains.unknown
            assert not row.loses.unknown
        gains = {row.segment.key: row.gains for row in found.others.others}
        assert not gains["found"].exact

    def test_when_the_time_is_over_they_are_left_open(self, scheme, owner):
        segment = models.Segment.objects.get(key="japanese")
        found = self.look(segment, ENGLISH, owner, seconds=0)
        assert found.others.unknown

    def test_a_class_whose_rule_is_broken_holds_everybody_where_they_are(
        self, scheme, owner
    ):
        broken = models.Segment.objects.get(key="found")
        gone = [condition("attribute", attribute="gone", operator="filled")]
        models.Segment.objects.filter(pk=broken.pk).update(rule=gone)
        segment = models.Segment.objects.get(key="japanese")
        found = self.look(segment, ENGLISH, owner)
        assert found.others.stuck == broken
        assert found.others.changing == []

    def test_a_class_that_tells_something_sensitive_is_not_counted_for_others(
        self, scheme, owner, role
    ):
        factories.taste(
            factories.ContactFactory(), "nuts", key="allergies", sensitive=True
        )
        segment = models.Segment.objects.get(key="found")
        rule = [condition("attribute", attribute="allergies", operator="filled")]
        models.Segment.objects.filter(pk=segment.pk).update(rule=rule)
        sensitivity.recompute()
        japanese = models.Segment.objects.get(key="japanese")
        assert self.look(japanese, ENGLISH, role("marketer")).others.others == []
        assert len(self.look(japanese, ENGLISH, owner).others.others) == 3

    def test_it_asks_as_much_for_many_as_for_few(self, scheme, owner):
        segment = models.Segment.objects.get(key="japanese")

        def cost():
            self.look(segment, ENGLISH, owner)
            with CaptureQueriesContext(connection) as asked:
                assert self.told(self.look(segment, ENGLISH, owner))
            return len(asked)

        few = cost()
        for language in ("ja", "en"):
            factories.ContactFactory.create_batch(10, language=language)
        refresh(models.Segment.objects.get(key="japanese"))
        assert cost() == few

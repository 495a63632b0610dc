import datetime as dt

import pytest
from django.db.models import Count
from django.utils import timezone

from crm_plugin.contacts import changes
from crm_plugin.lifecycle import stages, uses
from crm_plugin.models import Contact, StagePeriod
from crm_plugin.touchpoints import correcting, log, notes, site_visits
from crm_plugin.touchpoints.models import SiteNote, Touchpoint
from tests import factories

pytestmark = pytest.mark.django_db


def ago(days):
    return timezone.localdate() - dt.timedelta(days=days)


def noon(days):
    return timezone.make_aware(dt.datetime.combine(ago(days), dt.time(12)))


def person(known_since, *use_days):
    contact = factories.ContactFactory()
    created = timezone.make_aware(dt.datetime.combine(ago(known_since), dt.time(9)))
    Contact.objects.filter(pk=contact.pk).update(created_at=created)
    for day in use_days:
        factories.PurchaseFactory(contact=contact, at=noon(day))
    uses.recompute([contact.pk])
    stages.recompute([contact.pk])
    return contact


@pytest.mark.parametrize(
    ("known_since", "use_days", "stage"),
    [
        (0, [], "new"),
        (90, [], "new"),
        (91, [], "prospect"),
        (10, [3], "first"),
        (100, [60, 3], "second"),
        (100, [60, 30, 3], "established"),
        (200, [180], "first"),
        (200, [181], "dormant"),
        (600, [540], "dormant"),
        (600, [541], "lost"),
        (900, [700, 3], "second"),
        (900, [700, 690, 680, 3], "established"),
        (0, [400, 20], "second"),
    ],
)
def test_each_contact_stands_in_the_stage_of_the_definition(
    known_since, use_days, stage
):
    contact = person(known_since, *use_days)
    assert stages.current([contact.pk]) == {contact.pk: stage}


def test_past_stages_are_known_for_every_day():
    contact = person(500, 400, 390)
    seen = [
        stages.on_day(ago(day)).values_list("stage", flat=True).get()
        for day in (500, 420, 409, 400, 390, 210, 209)
    ]
    expected = ["new", "new", "prospect", "first", "second", "second", "dormant"]
    assert seen == expected
    assert not stages.on_day(ago(501)).filter(contact=contact).exists()


def test_periods_never_overlap_and_one_is_open():
    person(900, 800, 100, 50, 20)
    periods = list(StagePeriod.objects.order_by("started_on"))
    assert all(
        a.ended_on == b.started_on for a, b in zip(periods, periods[1:], strict=False)
    )
    assert [period.ended_on for period in periods].count(None) == 1


def test_recomputing_what_is_right_writes_nothing():
    contact = person(500, 400, 20)
    before = set(StagePeriod.objects.values_list("pk", flat=True))
    stages.recompute([contact.pk])
    assert set(StagePeriod.objects.values_list("pk", flat=True)) == before


def test_the_calendar_alone_moves_a_contact(time_machine):
    contact = person(10, 5)
    time_machine.move_to(timezone.now() + dt.timedelta(days=200))
    stages.move_with_the_calendar()
    assert stages.current([contact.pk])[contact.pk] == "dormant"


def test_a_new_purchase_reaches_the_stage_through_the_change_feed():
    contact = person(10)
    factories.PurchaseFactory(contact=contact)
    changes.note([contact.pk], "purchases")
    changes.drain()
    assert stages.current([contact.pk])[contact.pk] == "first"


def test_every_contact_has_exactly_one_open_stage():
    for days in ([], [5], [700, 4]):
        person(900, *days)
    counts = Contact.objects.annotate(
        n=Count("stage_periods", filter=stages.Q(stage_periods__ended_on=None))
    )
    assert set(counts.values_list("n", flat=True)) == {1}


class TestWhatATouchpointKeeps:
    """A note, a visit of the site: the stage of its day, not of the day it is kept."""

    def note(self, contact, owner, **said):
        said = {"summary": "Cake", "by": owner, "key": str(contact.pk), **said}
        return notes.write_down(contact, "call_in", **said)

    @pytest.mark.parametrize(
        ("days", "stage"),
        [
            (0, "dormant"),
            (209, "dormant"),
            (210, "second"),
            (390, "second"),
            (391, "first"),
            (401, "prospect"),
            (500, "new"),
            # It is the first touch then: nobody knew of them before.
            (501, "new"),
            (-1, "dormant"),
        ],
    )
    def test_a_note_has_the_stage_of_its_day(self, owner, days, stage):
        contact = person(500, 400, 390)
        assert self.note(contact, owner, at=noon(days)).stage == stage

    def test_the_day_is_the_sites(self, owner, time_machine):
        time_machine.move_to(dt.datetime(2026, 5, 11, 3, tzinfo=dt.UTC))
        contact = person(30, 10)
        midnight = noon(10).replace(hour=0)
        assert self.note(contact, owner, at=midnight, key="at").stage == "first"
        before = midnight - dt.timedelta(minutes=1)
        with timezone.override("America/New_York"):
            assert self.note(contact, owner, at=before, key="before").stage == "new"

    def test_of_whom_no_stage_is_known_yet_none_is_kept(self, contact, owner):
        assert self.note(contact, owner, at=noon(3)).stage == ""

    def test_a_note_that_moves_has_the_stage_of_its_new_contact_then(self, owner):
        note = self.note(person(10), owner, at=noon(3))
        correcting.move(note, person(500, 400, 1), by=owner)
        note.refresh_from_db()
        assert note.stage == "dormant"

    def test_what_the_site_noted_late_has_the_stage_of_its_day(self):
        contact = person(200, 10)
        for days in (0, 10, 11):
            for kind in ("page", "search"):
                SiteNote.objects.create(
                    kind=kind,
                    person=contact.public_id,
                    page_id=1,
                    words="gift",
                    language="ja",
                    at=noon(days),
                    said_at=noon(days),
                )
        site_visits.sort()
        rows = Touchpoint.objects.order_by("-at", "kind").values_list("kind", "stage")
        assert list(rows) == [
            ("page", "first"),
            ("search", "first"),
            ("page", "first"),
            ("search", "first"),
            ("page", "prospect"),
            ("search", "prospect"),
        ]

    def test_the_stages_of_many_days_are_one_query(self, django_assert_num_queries):
        contacts = [person(100, 10), person(500, 400)]
        asked = [(contact.pk, ago(days)) for contact in contacts for days in (0, 50)]
        for days in (asked[:1], asked):
            with django_assert_num_queries(1):
                found = log.stages_of(days)
        assert list(found.values()) == ["first", "new", "dormant", "dormant"]

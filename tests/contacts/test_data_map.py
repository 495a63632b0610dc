import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_plugin import models, queue
from crm_plugin.contacts import data_map, records
from crm_plugin.contacts.data_map import Area
from crm_plugin.reports import data_map as report
from crm_plugin.reports import kpi
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def taste(db):
    row = factories.AttributeFactory(key="taste", label="Taste", area="human")
    row.choices.create(key="lunch", label="Lunch")
    return row


@pytest.fixture
def secret(db):
    return factories.AttributeFactory(
        key="income", label="Income", type="text", sensitive=True, purpose="seats"
    )


def cell(contact, user, area, classifiable):
    found = data_map.of(contact, user)
    return next(
        one for one in found if (one.area, one.classifiable) == (area, classifiable)
    )


def labels(things):
    return {str(thing.label) for thing in things}


class TestOneContact:
    def test_there_are_eight_cells(self, contact, owner):
        found = data_map.of(contact, owner)
        assert [(c.classifiable, c.area) for c in found] == [
            (kind, area) for kind in (True, False) for area in Area.values
        ]

    def test_a_value_moves_its_attribute_to_what_is_known(self, contact, owner, taste):
        before = cell(contact, owner, "human", True)
        assert before.empty
        assert "Taste" in labels(before.missing)
        records.apply_values(contact, {"attribute.taste": "lunch"}, by=owner)
        after = cell(contact, owner, "human", True)
        assert not after.empty
        assert "Taste" in labels(after.known)

    @pytest.mark.parametrize(
        ("kind", "area", "classifiable"),
        [
            ("call", "human", True),
            ("call", "human", False),
            ("form", "online", True),
            ("complaint", "continued", False),
        ],
    )
    def test_a_touchpoint_fills_its_cells(
        self, contact, owner, kind, area, classifiable
    ):
        assert cell(contact, owner, area, classifiable).empty
        factories.TouchpointFactory(contact=contact, kind=kind, body="I like it")
        assert not cell(contact, owner, area, classifiable).empty

    def test_what_we_sent_tells_nothing_of_them(self, contact, owner):
        factories.TouchpointFactory(contact=contact, direction="out")
        assert cell(contact, owner, "human", True).empty

    def test_a_sensitive_attribute_needs_the_right(self, contact, role, owner, secret):
        marketer = role("marketer")
        every = {str(t.label) for t in data_map.things(marketer)}
        assert "Income" not in every
        assert "Income" in {str(t.label) for t in data_map.things(owner)}

    def test_the_screen_marks_the_empty_cells(self, client, contact, role):
        client.force_login(role("staff"))
        text = client.get(reverse("crm_contact:map", args=[contact.pk]))
        empty = sum(c.empty for c in data_map.of(contact, text.wsgi_request.user))
        assert empty
        assert text.content.decode().count("crm-map__cell--empty") == empty
        assert f"{empty} cells are empty" in text.content.decode()

    def test_it_costs_the_same_for_much_as_for_little(self, client, contact, owner):
        client.force_login(owner)
        factories.AttributeFactory(type="text")
        address = reverse("crm_contact:map", args=[contact.pk])

        def cost():
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            return len(queries)

        cost()
        before = cost()
        for number in range(5):
            factories.AttributeFactory(type="text", label=f"Word {number}")
            factories.TouchpointFactory(contact=contact)
            factories.PurchaseFactory(contact=contact)
        assert cost() == before


def row_of(result, what):
    return next(row for row in result.rows if row[2] == what)


class TestReport:
    def compute(self, user):
        data_map.count_all()
        return kpi.get("data_map").result(user)

    def test_it_says_of_which_share_a_thing_is_known(self, contact, owner, taste):
        factories.ContactFactory.create_batch(3)
        records.apply_values(contact, {"attribute.taste": "lunch"}, by=owner)
        _area, kind, _what, _whom, share, number, *_rest = row_of(
            self.compute(owner), "Taste"
        )
        assert (kind, share, number) == ("classifiable", 25, 1)

    def test_it_tells_shares_by_where_they_came_from(self, contact, owner, taste):
        other = factories.ContactFactory()
        for person, channel in [(contact, "import"), (other, "web")]:
            models.FirstTouch.objects.create(
                contact=person, channel=channel, at=timezone.now()
            )
        records.apply_values(contact, {"attribute.taste": "lunch"}, by=owner)
        words = row_of(self.compute(owner), "Taste")[6]
        assert "spreadsheet 100 %" in words
        assert "web 0 %" in words

    def test_it_tells_when_a_thing_last_came_in(self, owner, taste, time_machine):
        newest = self.compute(owner).headings.index("Newest")
        assert row_of(self.compute(owner), "Taste")[newest] == "–"
        for day in ("2026-03-02T09:00+09:00", "2026-05-01T08:30+09:00"):
            time_machine.move_to(dt.datetime.fromisoformat(day), tick=False)
            records.apply_values(
                factories.ContactFactory(), {"attribute.taste": "lunch"}, by=owner
            )
        time_machine.move_to(dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
        assert row_of(self.compute(owner), "Taste")[newest] == "05/01/2026"

    def test_an_archived_contact_does_not_count(self, contact, owner, taste):
        records.apply_values(contact, {"attribute.taste": "lunch"}, by=owner)
        models.Contact.objects.update(archived_at=timezone.now())
        factories.ContactFactory()
        assert row_of(self.compute(owner), "Taste")[4:6] == [0, 0]

    def test_what_nothing_fills_says_so(self, owner, taste):
        result = self.compute(owner)
        assert row_of(result, "Taste")[-1] == "nothing: only by hand"
        assert result.figures["unfed"] == 1

    def test_a_sheet_that_brought_it_is_named(self, owner, taste):
        models.ImportBatch.objects.create(
            noun="contacts",
            file_name="guests.xlsx",
            state="applied",
            mapping={"0": "contact.name", "1": "attribute.taste"},
        )
        result = self.compute(owner)
        assert row_of(result, "Taste")[-1] == "guests.xlsx"
        assert result.figures["unfed"] == 0

    def test_organisations_have_a_share_of_their_own(self, owner):
        industry = factories.AttributeFactory(
            key="industry", label="Industry", type="text", describes="organisation"
        )
        firm = factories.OrganisationFactory()
        factories.OrganisationFactory()
        firm.values.create(definition=industry, text="Baking")
        assert row_of(self.compute(owner), "Industry")[3:6] == ["Organisations", 50, 1]

    def test_consumers_only_know_no_organisations(self, owner):
        factories.AttributeFactory(label="Industry", describes="organisation")
        models.CrmSettings.objects.create(consumers_only=True)
        assert "Industry" not in [row[2] for row in self.compute(owner).rows]

    def test_a_sensitive_attribute_needs_the_right(self, role, owner, secret):
        assert "Income" in [row[2] for row in self.compute(owner).rows]
        marketer = role("marketer")
        assert "Income" not in [row[2] for row in self.compute(marketer).rows]

    def test_an_attribute_that_is_switched_off_leaves_it(self, owner, taste):
        taste.active = False
        taste.save()
        assert "Taste" not in [row[2] for row in self.compute(owner).rows]

    def test_before_the_first_count_it_shows_zeros(self, owner, taste):
        assert row_of(kpi.get("data_map").result(owner), "Taste")[4] == 0

    def test_its_screen_and_its_cost(self, client, owner, taste):
        client.force_login(owner)
        address = reverse("crm_report:show", args=["data_map"])

        def cost():
            with CaptureQueriesContext(connection) as queries:
                assert "Taste" in client.get(address).content.decode()
            return len(queries)

        cost()
        before = cost()
        factories.AttributeFactory.create_batch(5, type="text")
        factories.ContactFactory.create_batch(3)
        data_map.count_all()
        assert cost() == before


class TestCounting:
    def test_the_worker_counts_every_room_once_a_day(self, contact):
        queue.run_due("data-map")
        rooms = set(models.DataFill.objects.values_list("room", flat=True))
        assert rooms == set(data_map._rooms)
        first = set(models.DataFill.objects.values_list("pk", flat=True))
        queue.run_due("data-map")
        assert set(models.DataFill.objects.values_list("pk", flat=True)) == first

    def test_the_next_day_it_counts_anew(self, contact, time_machine):
        queue.run_due("data-map")
        factories.ContactFactory()
        time_machine.move_to(timezone.now() + dt.timedelta(days=1, hours=1))
        queue.run_due("data-map")
        assert report.fills()["contact", ""].number == 2

    def test_its_cost_does_not_grow_with_the_contacts(self, contact, taste):
        def cost():
            with CaptureQueriesContext(connection) as queries:
                data_map.count_all()
            return len(queries)

        before = cost()
        for person in factories.ContactFactory.create_batch(8):
            records.apply_values(person, {"attribute.taste": "lunch"}, by=None)
            factories.TouchpointFactory(contact=person)
        assert cost() == before


def _shares():
    counted = report.fills()
    whole = counted["contact", ""].number
    return {
        name: report.share(fill.number, whole)
        for (noun, name), fill in counted.items()
        if noun == "contact"
    }


class TestWhatTheRoomsCount:
    """One of two contacts has it, and an archived one who does not count."""

    @pytest.fixture(autouse=True)
    def people(self, db):
        self.one, self.other, self.gone = factories.ContactFactory.create_batch(3)
        models.Contact.objects.filter(pk=self.gone.pk).update(
            archived_at=timezone.now()
        )

    def counted(self, name):
        data_map.count_all()
        return _shares()[name]

    @pytest.mark.parametrize(
        ("name", "fields"),
        [
            ("contact.kana", {"family_kana": "ミラー"}),
            ("contact.owner", {"owner": 1}),
            ("contact.introduced_by", {"introduced_by": 1}),
        ],
    )
    def test_columns_of_the_record(self, owner, name, fields):
        given = {"owner": owner, "introduced_by": self.other}
        models.Contact.objects.update(family_kana="", given_kana="")
        fields = {key: given.get(key, value) for key, value in fields.items()}
        models.Contact.objects.exclude(pk=self.other.pk).update(**fields)
        assert self.counted(name) == 50
        self.one.refresh_from_db()
        self.other.refresh_from_db()
        assert name in data_map._rooms["contacts"].known(self.one, owner)
        assert name not in data_map._rooms["contacts"].known(self.other, owner)

    def test_where_they_came_from(self, owner):
        for person in (self.one, self.gone):
            models.FirstTouch.objects.create(
                contact=person, channel="web", at=timezone.now()
            )
        assert self.counted("contact.first_touch") == 50
        known = data_map._rooms["contacts"].known
        assert "contact.first_touch" in known(self.one, owner)
        assert "contact.first_touch" not in known(self.other, owner)

    def test_every_kind_of_contact_point(self, owner):
        things = {thing.name for thing in data_map.things(owner)}
        assert {f"point.{kind}" for kind in models.ContactPoint.Kind.values} <= things
        for person in (self.one, self.gone):
            factories.PointFactory(contact=person, kind="line", value="U1")
        assert self.counted("point.line") == 50

    def test_uses_and_their_rhythm(self, owner):
        for person, gap in ((self.one, 30), (self.other, None), (self.gone, 30)):
            models.ContactUses.objects.update_or_create(
                contact=person, defaults={"count": 3, "usual_gap_days": gap}
            )
        assert self.counted("uses.any") == 100
        assert self.counted("uses.rhythm") == 50
        known = data_map._rooms["uses"].known
        assert known(self.other, owner) == {"uses.any"}

    def test_answers_about_a_topic_and_wishes(self, owner):
        for person in (self.one, self.gone):
            point = factories.PointFactory(contact=person)
            consent = factories.ConsentFactory(point=point, state="withdrawn")
            models.Preference.objects.create(contact=person, channel="email")
        models.Preference.objects.create(contact=self.other)
        assert self.counted(f"consent.{consent.topic.key}") == 50
        assert self.counted("wish.channel") == 50
        assert self.counted("wish.frequency") == 100
        known = data_map._rooms["consents"].known
        assert known(self.other, owner) == {"wish.frequency"}

    def test_days_of_contact_and_ratings(self, owner):
        for person in (self.one, self.gone):
            models.ContactFrequency.objects.update_or_create(
                contact=person, defaults={"last_at": timezone.now()}
            )
            models.Rating.objects.create(
                contact=person,
                key=str(person.pk),
                scale="nps",
                score=9,
                at=timezone.now(),
            )
        assert self.counted("touchpoint.days") == 50
        assert self.counted("touchpoint.rated") == 50
        known = data_map._rooms["touchpoints"].known(self.one, owner)
        assert known == {"touchpoint.days", "touchpoint.rated"}

    def test_each_thing_costs_one_query_at_most(self, owner):
        things = data_map.things(owner, nouns=("contact", "organisation"))
        with CaptureQueriesContext(connection) as queries:
            counted = [
                list(room.count()) for _name, room in sorted(data_map._rooms.items())
            ]
        assert counted
        assert len(queries) <= len(things)

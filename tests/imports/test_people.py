"""From an import to a hand-picked segment of exactly the people whom it brought."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils.html import escape

from crm_plugin import queue, rules
from crm_plugin.contacts import bulk, bulk_undo
from crm_plugin.contacts.merge import merge_contacts
from crm_plugin.imports.people import people_of
from crm_plugin.models import BulkEdit, Contact, Segment, SegmentPick
from crm_plugin.segments.ready_made import condition
from crm_plugin.ui.addresses import people
from tests import factories

from . import sheets

pytestmark = pytest.mark.django_db
SHEET = "名前,メール\n佐藤 花子,hanako@mail.example\n田中 一郎,ichiro@mail.example\n"


def chosen(batch, kind="any"):
    asked = condition("imported", batch=str(batch.pk), kind=kind)
    return set(rules.compile_rule([asked]))


def named(*families):
    return set(
        Contact.objects.filter(family_name__in=families).values_list("pk", flat=True)
    )


def with_a_card():
    """Whoever has the card of the first receipts of the till."""
    card = {"kind": "card", "value": "M-0001", "value_norm": "m0001"}
    return factories.PointFactory(**card).contact


@pytest.fixture
def batch(wizard):
    """Hanako is new by it; Ichiro was there, without a name."""
    known = factories.ContactFactory(family_name="", given_name="")
    factories.PointFactory(contact=known, kind="email", value="ichiro@mail.example")
    factories.ContactFactory()
    return wizard.all(SHEET.encode(), "guests.csv")


def test_who_is_new_and_who_was_changed_are_told_apart(batch):
    assert chosen(batch, "made") == named("佐藤")
    assert chosen(batch, "changed") == named("田中")
    assert chosen(batch) == named("佐藤", "田中")


def test_the_figures_beside_the_buttons_are_those_of_the_rules(batch):
    for one in people_of(batch):
        assert len(set(rules.compile_rule([one.condition]))) == one.number


def test_who_was_merged_since_is_the_record_that_they_are_part_of(batch, owner):
    (hanako,) = Contact.objects.filter(family_name="佐藤")
    survivor = factories.ContactFactory(family_name="高橋")
    merge_contacts(survivor, hanako, by=owner)
    assert survivor.pk in chosen(batch, "made")


def test_an_import_that_was_taken_back_brought_nobody(batch, wizard):
    wizard.undo(batch)
    assert chosen(batch) == set()


def test_the_rows_of_the_sheet_may_be_gone(batch):
    batch.rows.all().delete()
    assert chosen(batch) == named("佐藤", "田中")


def test_of_a_sheet_of_purchases_it_is_who_bought(wizard):
    buyer = with_a_card()
    assert chosen(wizard.till()) == {buyer.pk}


def test_the_page_of_the_import_leads_to_a_segment_in_two_clicks(client, owner, batch):
    client.force_login(owner)
    text = client.get(reverse("crm_import:batch", args=[batch.public_id])).text
    all_, new, _changed = people_of(batch)
    assert escape(all_.url) in text
    assert f"{new.label} (1)" in text
    asked = client.get(all_.url).text
    assert ">2</strong> contacts" in asked
    assert 'value="guests.csv: All of them"' in asked
    client.post(all_.url, {"value": "new", "name": "From the fair"})
    queue.run_due(bulk.KIND)
    segment = Segment.objects.get(name="From the fair")
    picked = SegmentPick.objects.filter(segment=segment)
    assert set(picked.values_list("contact_id", flat=True)) == chosen(batch)
    bulk_undo.start(BulkEdit.objects.get(), by=owner)
    queue.run_due(bulk_undo.KIND)
    assert not SegmentPick.objects.exists()


@pytest.mark.parametrize(
    ("outcome", "kind"), [("new", "made"), ("update", "changed"), ("bad", None)]
)
def test_the_ledger_of_its_rows_leads_to_the_people(
    client, owner, batch, outcome, kind
):
    client.force_login(owner)
    asked = {"batch__id__exact": batch.pk, "outcome__exact": outcome}
    page = client.get("/admin/crm/ledgers/import-rows/", asked)
    rule = condition("imported", batch=str(batch.pk), kind=kind)
    assert page.context["people_url"] == (people(rule) if kind else "")


def test_the_ledger_of_rows_of_all_sheets_leads_nowhere(client, owner, batch):
    client.force_login(owner)
    page = client.get("/admin/crm/ledgers/import-rows/", {"outcome__exact": "new"})
    assert page.context["people_url"] == ""


def test_who_may_not_pick_is_offered_nothing(client, staff, batch):
    client.force_login(staff)
    text = client.get(reverse("crm_import:batch", args=[batch.public_id])).text
    assert "Make a segment of these people" not in text


def test_an_import_that_is_gone_breaks_the_rule_and_says_so(batch):
    asked = [condition("imported", batch="0", kind="any")]
    with pytest.raises(rules.BrokenRule, match="The import is gone"):
        rules.compile_rule(asked)
    assert rules.sentence(asked)


@pytest.mark.parametrize("kind", ["any", "made", "changed"])
def test_it_is_said_in_words(batch, kind):
    asked = [condition("imported", batch=str(batch.pk), kind=kind)]
    assert "by the import “guests.csv”" in rules.sentence(asked)


def test_the_whole_sheet_of_the_story_is_found_again(wizard, occasion):
    batch = wizard.all(sheets.guests(), "guests.xlsx")
    assert chosen(batch, "made") == set(Contact.objects.values_list("pk", flat=True))


class TestOnPastDays:
    MORNING = dt.datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Tokyo"))

    @pytest.fixture(autouse=True)
    def clock(self, time_machine):
        time_machine.move_to(self.MORNING, tick=False)
        return time_machine

    def of(self, batch, kind, day):
        asked = condition("imported", batch=str(batch.pk), kind=kind)
        found = rules.compile_as_of([asked], day)
        return set(Contact.objects.filter(pk__in=found).values_list("pk", flat=True))

    @pytest.mark.parametrize("second", [0, -1])
    def test_a_sheet_brought_nobody_before_its_day(self, wizard, clock, second):
        known = factories.ContactFactory(family_name="", given_name="")
        factories.PointFactory(contact=known, kind="email", value="ichiro@mail.example")
        Contact.objects.update(created_at=self.MORNING - dt.timedelta(days=9))
        clock.shift(second)
        batch = wizard.all(SHEET.encode(), "guests.csv")
        clock.move_to(self.MORNING + dt.timedelta(days=2))
        first, second_day = dt.date(2026, 3, 1), dt.date(2026, 3, 2)
        assert self.of(batch, "changed", first) == (named("田中") if second else set())
        assert self.of(batch, "changed", second_day) == named("田中")
        assert self.of(batch, "made", second_day) == named("佐藤")

    def test_what_was_taken_back_stood_until_then(self, batch, wizard, clock):
        day = self.MORNING.date()
        ichiro = named("田中")
        clock.shift(dt.timedelta(days=1))
        wizard.undo(batch)
        assert self.of(batch, "any", day) == ichiro
        assert self.of(batch, "any", day + dt.timedelta(days=1)) == set()

    def test_who_bought_by_a_sheet_of_purchases(self, wizard, clock):
        buyer = with_a_card()
        clock.shift(dt.timedelta(days=1))
        batch = wizard.till()
        day = self.MORNING.date()
        assert self.of(batch, "any", day) == set()
        assert self.of(batch, "any", day + dt.timedelta(days=1)) == {buyer.pk}

    def test_an_import_that_is_gone_is_to_blame(self):
        asked = [condition("imported", batch="0", kind="any")]
        (line,) = rules.past_lines(asked)
        assert line.why_not_on(self.MORNING.date()) == "The import is gone."

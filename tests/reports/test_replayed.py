"""A fixed log of events gives one table: lived through, and worked out afterwards."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from crm_plugin import models, queue
from crm_plugin.conf import CrmSettings
from crm_plugin.contacts import changes, records
from crm_plugin.lifecycle import stages, uses
from crm_plugin.reports import periods
from crm_plugin.sales.record import Line, record_purchase
from crm_plugin.segments import movement, past, schemes
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
NOW = dt.datetime(2026, 5, 10, 12, tzinfo=TOKYO)
# Who bought for how much on which day.
LOG = [
    ("2025-01-10", 0, 900),
    ("2025-02-20", 1, 300),
    ("2025-03-30", 0, 400),
    ("2025-04-02", 2, 1_500),
    ("2025-05-18", 1, 1_200),
    ("2025-07-01", 3, 200),
    ("2025-08-25", 2, 100),
    ("2025-10-03", 3, 2_000),
    ("2025-11-29", 0, 1_100),
    ("2025-12-31", 4, 5_000),
    ("2026-01-01", 1, 50),
    ("2026-03-31", 4, 700),
    ("2026-04-01", 3, 1_300),
    ("2026-05-01", 5, 80),
]


def bought_for(amount):
    kind = {"measure": "sum", "how": "at_least", "number": amount}
    return [condition("purchases", **kind, when="last", days=90)]


@pytest.fixture
def scheme(time_machine):
    """Who bought much in 90 days, who bought at all, and everybody else."""
    time_machine.move_to(dt.datetime(2025, 1, 1, tzinfo=TOKYO), tick=False)
    classes = [
        {"key": "much", "name": "Much", "rule": bought_for(1_000)},
        {"key": "some", "name": "Some", "rule": bought_for(1)},
    ]
    made = schemes.create("by-sales", "By sales", classes=classes)
    refresh(made.classes.first())
    return made


@pytest.fixture
def lived(scheme, time_machine):
    """The events one after the other, each worked in; the clock at the end of months."""
    guests = {}
    ends = [(dt.date(2025, month + 1, 1)) for month in range(1, 12)]
    ends += [dt.date(2026, month, 1) for month in range(1, 6)]
    nights = [(str(day - dt.timedelta(days=1)), None, 0) for day in ends]
    for day, guest, amount in sorted([*LOG, *nights], key=lambda event: event[0]):
        noon = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(12), TOKYO)
        time_machine.move_to(noon, tick=False)
        if guest is not None:
            if guest not in guests:
                said = {"contact.family_name": f"佐藤{guest}"}
                guests[guest] = records.create_contact(said)
            sold = [Line("cake", Decimal(amount))]
            record_purchase(contact=guests[guest], at=noon, lines=sold, by=None)
        changes.drain()
        queue.run_due("stages", "changes", "segments")
    time_machine.move_to(NOW, tick=False)
    queue.run_due("stages", "changes", "segments")
    return scheme


PERIODS = ["quarter", "last_quarter", "year", "last_year"]


def periods_asked():
    """The periods of fiscal years that begin in April, in January and in October."""
    for month in (4, 1, 10):
        CrmSettings.objects.update_or_create(defaults={"fiscal_year_start": month})
        yield from {periods.between(name) for name in PERIODS}


def tables(standing):
    return {each: movement.counts(standing, each) for each in periods_asked()}


def test_the_table_of_a_scheme_is_what_its_rules_say_of_either_boundary(lived):
    told = {
        between: {cell: moved.number for cell, moved in table.items()}
        for between, table in tables(movement.Scheme(lived.pk)).items()
    }
    assert len(told) > 6
    assert max(sum(table.values()) for table in told.values()) > 4
    models.SegmentMembership.objects.all().delete()
    models.SegmentRefresh.objects.all().delete()
    assert {between: replayed(lived, between) for between in told} == told


def replayed(scheme, between):
    """The same table from the rules of the classes alone, as of two past days."""
    eve = between.first - dt.timedelta(days=1)
    before, after = (standing(scheme, day) for day in (eve, between.last))
    nowhere = movement.NOWHERE
    return Counter(
        (before.get(pk, nowhere), after.get(pk, nowhere)) for pk in before | after
    )


def standing(scheme, day):
    classes = schemes.gather(scheme.classes.all())
    found = {row.key: past.contacts_on(row, day) for row in classes}
    return {pk: key for key, contacts in found.items() for pk in contacts}


def test_the_table_of_stages_is_the_same_once_they_are_worked_out_anew(
    lived, client, owner
):
    client.force_login(owner)
    address = reverse("crm_report:show", args=["movement"])
    asked = {"period": "last_year", "export": "csv"}
    found, sheet = tables(movement.Stages()), client.get(address, asked).getvalue()
    ids = list(models.Contact.objects.values_list("pk", flat=True))
    for model in (models.StagePeriod, models.ContactUses, models.Use):
        model.objects.all().delete()
    uses.recompute(ids)
    stages.recompute(ids)
    assert tables(movement.Stages()) == found
    assert max(map(len, found.values())) > 2
    assert client.get(address, asked).getvalue() == sheet

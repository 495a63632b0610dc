"""Long work: resumable between slices, and as dear for many rows as for few."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.imports import applying, checking, purging, reading
from crm_plugin.imports.models import ImportBatch, ImportRow
from crm_plugin.models import Contact, ContactPoint, Purchase

from . import sheets

pytestmark = pytest.mark.django_db


def people(count, start=0):
    rows = [
        [f"山本 花{n}", f"g{n}@mail.example", f"090-0000-{n:04}", "㈱ひかり", "hello"]
        for n in range(start, start + count)
    ]
    return sheets.workbook(rows, headers=["氏名", "メール", "電話", "会社名", "備考"])


class Killed(BaseException):
    """The worker was killed; nothing gets a chance to tidy up."""


def kill_after(monkeypatch, module, name, slices):
    original, seen = getattr(module, name), []

    def dying(*args):
        if len(seen) == slices:
            raise Killed
        seen.append(1)
        return original(*args)

    monkeypatch.setattr(module, name, dying)
    with pytest.raises(Killed):
        queue.run_due(module.KIND)
    monkeypatch.setattr(module, name, original)
    queue.Work.objects.update(lease_until=None)


def test_applying_goes_on_where_a_killed_worker_stopped(wizard, monkeypatch):
    monkeypatch.setattr(applying, "SLICE", 4)
    batch = wizard.check(wizard.upload(people(10)))
    applying.start_apply(batch, by=wizard.by)
    kill_after(monkeypatch, applying, "apply_slice", 2)
    work = queue.Work.objects.get(kind=applying.KIND)
    assert (work.position, Contact.objects.count()) == (8, 8)
    batch = wizard.run(batch, applying.KIND)
    assert Contact.objects.count() == 10
    assert batch.counts["done"]["created"] == 10


def test_a_slice_that_is_killed_half_way_leaves_nothing(wizard, monkeypatch):
    batch = wizard.check(wizard.upload(people(5)))
    applying.start_apply(batch, by=wizard.by)
    kill_after(monkeypatch, applying, "store_applied", 0)
    assert not Contact.objects.exists()
    wizard.run(batch, applying.KIND)
    assert Contact.objects.count() == 5
    assert ContactPoint.objects.count() == 10


def test_reading_goes_on_where_a_slice_ended(wizard, monkeypatch, settings):
    settings.CRM_WORK_SLICE_SECONDS = 0
    monkeypatch.setattr(reading, "SLICE", 3)
    batch = wizard.upload(people(10))
    assert batch.row_count == 10
    assert list(batch.rows.order_by("number").values_list("number", flat=True)) == [
        *range(2, 12)
    ]


def test_checking_goes_on_where_a_killed_worker_stopped(wizard, monkeypatch):
    monkeypatch.setattr(checking, "SLICE", 4)
    batch = wizard.upload(people(10))
    checking.start_check(batch, by=wizard.by)
    kill_after(monkeypatch, checking, "check_slice", 1)
    batch = wizard.run(batch, checking.KIND)
    assert batch.counts["new"] == 10
    assert sum(batch.counts["reach"].values()) == 10


def test_doubles_are_found_across_slices(wizard, monkeypatch):
    monkeypatch.setattr(checking, "SLICE", 2)
    rows = [[f"山本 花{n % 4}", f"g{n % 4}@mail.example"] for n in range(9)]
    data = sheets.workbook(rows, headers=["氏名", "メール"])
    batch = wizard.check(wizard.upload(data))
    assert (batch.counts["new"], batch.counts["double"]) == (4, 5)


def test_a_time_slice_ends_and_the_next_one_goes_on(wizard, monkeypatch, settings):
    settings.CRM_WORK_SLICE_SECONDS = 0
    monkeypatch.setattr(applying, "SLICE", 2)
    wizard.all(people(7))
    assert Contact.objects.count() == 7


def queries(step):
    with CaptureQueriesContext(connection) as asked:
        step()
    return len(asked)


def slice_cost(wizard, count, start, noun="contacts"):
    if noun == "purchases":
        rows = [
            ["2025/04/01", "12:10", f"M-{n}", "ランチ", "昼", "1200", "現金", ""]
            for n in range(start, start + count)
        ]
        batch = wizard.upload(sheets.till(rows), "pos.csv", noun=noun)
    else:
        batch = wizard.upload(people(count, start))
    checking.start_check(batch, by=wizard.by)
    checked = queries(lambda: queue.run_due(checking.KIND))
    applying.start_apply(ImportBatch.objects.get(pk=batch.pk), by=wizard.by)
    applied = queries(lambda: queue.run_due(applying.KIND))
    assert ImportRow.objects.filter(batch=batch, applied=True).count() == count
    return checked, applied


@pytest.mark.parametrize("noun", ["contacts", "purchases"])
def test_a_slice_costs_the_same_for_few_and_many_rows(wizard, noun):
    slice_cost(wizard, 1, 500, noun)
    few = slice_cost(wizard, 3, 0, noun)
    many = slice_cost(wizard, 20, 100, noun)
    assert many == few


def test_what_nobody_applied_is_gone_after_a_day(wizard, time_machine):
    wizard.check(wizard.upload())
    time_machine.move_to(timezone.now() + dt.timedelta(hours=25))
    purging.purge()
    assert not ImportBatch.objects.exists()
    assert not ImportRow.objects.exists()


def test_rows_of_an_old_import_go_and_undo_stays_possible(wizard, time_machine):
    batch = wizard.all()
    time_machine.move_to(timezone.now() + dt.timedelta(days=31))
    purging.purge()
    assert not ImportRow.objects.exists()
    wizard.undo(batch)
    assert not Contact.objects.exists()


def test_the_file_is_not_kept_after_it_was_applied(wizard):
    assert wizard.all().file is None


def test_purchases_go_on_where_a_killed_worker_stopped(wizard, monkeypatch):
    monkeypatch.setattr(applying, "SLICE", 2)
    batch = wizard.check(wizard.upload(sheets.till(), "pos.csv", noun="purchases"))
    applying.start_apply(batch, by=wizard.by)
    kill_after(monkeypatch, applying, "apply_slice", 1)
    wizard.run(batch, applying.KIND)
    assert Purchase.objects.count() == 5

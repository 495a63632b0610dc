import csv
import json
import random
from io import StringIO

import pytest
from django.core.management import call_command

from example.content import files, shop
from tests import factories


@pytest.fixture
def sheets(tmp_path, db):
    call_command("example_files", str(tmp_path), stdout=StringIO())
    return tmp_path


def dry_run(path, noun):
    out = StringIO()
    call_command(
        "crm_import", str(path), noun=noun, dry_run=True, json=True, stdout=out
    )
    return json.loads(out.getvalue().splitlines()[-1])


def test_the_same_files_are_written_every_time(sheets, tmp_path):
    before = (sheets / "till.csv").read_bytes()
    call_command("example_files", str(tmp_path), stdout=StringIO())
    assert (sheets / "till.csv").read_bytes() == before


def test_the_guest_list_has_a_double_and_two_bad_rows(sheets, db):
    shop.build_shop()
    found = dry_run(sheets / "guests.xlsx", "contacts")
    assert found["outcomes"] == {"new": 25, "double": 1, "bad": 2}
    assert sorted(problem["row"] for problem in found["problems"]) == [29, 30, 31]


def test_every_column_of_the_guest_list_is_understood(sheets, db):
    shop.build_shop()
    columns = dry_run(sheets / "guests.xlsx", "contacts")["columns"]
    assert set(columns.values()) >= {
        "contact.name", "contact.kana", "point.phone", "point.email",
        "organisation.name", "contact.birth_on", "point.card", "attribute.taste",
    }  # fmt: skip


def test_the_tills_export_is_taken_whole(sheets, db):
    found = dry_run(sheets / "till.csv", "purchases")
    assert set(found["columns"].values()) >= {"sale.on", "sale.amount", "sale.member"}
    assert found["outcomes"] == {"new": found["rows"]}


def test_one_receipt_of_the_till_names_a_card_that_nobody_holds(tmp_path, db):
    held = {"100002", "100007"}
    for card in held:
        factories.PointFactory(kind="card", value=card)
    call_command("example_files", str(tmp_path), stdout=StringIO())
    listed = {row[7] for row in files.guest_rows(random.Random(files.SEED))[:25]}
    text = (tmp_path / "till.csv").read_text("cp932")
    said = [row["会員番号"] for row in csv.DictReader(text.splitlines())]
    assert held <= set(said)
    assert [card for card in said if card and card not in held | listed] == ["900001"]

import json

import pytest
from django.core.management import CommandError, call_command

from crm_plugin.imports.models import ImportBatch
from crm_plugin.models import Consent, Contact, Purchase

from . import sheets

pytestmark = pytest.mark.django_db


@pytest.fixture
def guests(tmp_path):
    path = tmp_path / "guests.xlsx"
    path.write_bytes(sheets.guests())
    return path


def run(path, capsys, **options):
    call_command("crm_import", str(path), json=True, **options)
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_a_sheet_is_imported_and_told_as_one_json_object(guests, capsys):
    said = run(guests, capsys)
    assert said["outcomes"] == {"new": 4, "double": 1, "bad": 2}
    assert said["done"]["created"] == 4
    assert Contact.objects.count() == 4


def test_a_dry_run_writes_and_keeps_nothing(guests, capsys):
    said = run(guests, capsys, dry_run=True)
    assert said["outcomes"]["new"] == 4
    assert "done" not in said
    assert not Contact.objects.exists()
    assert not ImportBatch.objects.exists()


def test_problems_are_told_with_the_row_that_excel_shows(guests, capsys):
    said = run(guests, capsys, dry_run=True)
    assert [problem["row"] for problem in said["problems"]] == [7, 8, 9]


def test_a_basis_and_a_topic_make_people_reachable(guests, capsys, topic):
    said = run(guests, capsys, basis="agreed", topic="newsletter")
    assert said["reach"]["reached"] == 3
    assert Consent.objects.filter(state="granted").count() == 3


def test_purchases_are_imported(tmp_path, capsys):
    path = tmp_path / "pos.csv"
    path.write_bytes(sheets.till())
    assert run(path, capsys, noun="purchases")["done"]["created"] == 5
    assert Purchase.objects.count() == 5


def test_a_second_delivery_of_purchases_is_a_success_that_changes_nothing(
    tmp_path, capsys
):
    path = tmp_path / "pos.csv"
    path.write_bytes(sheets.till())
    run(path, capsys, noun="purchases")
    said = run(path, capsys, noun="purchases")
    assert said["outcomes"]["same"] == 6
    assert Purchase.objects.count() == 5


def test_the_user_who_imports_is_named(guests, capsys, staff):
    run(guests, capsys, by=staff.username)
    assert ImportBatch.objects.get().by == staff


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"basis": "agreed"}, "--topic"),
        ({"topic": "nosuch"}, "No topic"),
        ({"by": "nobody"}, "no user"),
    ],
)
def test_wrong_options_are_errors(guests, capsys, options, message):
    with pytest.raises(CommandError, match=message):
        run(guests, capsys, **options)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.xlsx", b""),
        ("x.xlsx", b"PK\x03\x04broken"),
        ("x.pdf", b"%PDF"),
        ("x.csv", "佐藤 花子,hanako@mail.example\n鈴木,s@mail.example\n".encode()),
        ("x.csv", b"\xff\xfe\xfd\x81"),
        ("x.csv", "氏名,メール\n".encode()),
        ("x.csv", "色,形\n赤,丸\n".encode()),
        ("x.csv", "氏名,メール\n佐藤,bad\n".encode()),
    ],
)
def test_a_sheet_that_cannot_be_used_is_an_error_and_leaves_nothing(
    tmp_path, capsys, name, data
):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(CommandError):
        run(path, capsys)
    assert not ImportBatch.objects.exists()


def test_a_missing_file_is_an_error(tmp_path, capsys):
    with pytest.raises(CommandError, match="nosuch.csv"):
        run(tmp_path / "nosuch.csv", capsys)

import datetime as dt
import io

import pytest
from openpyxl import Workbook

from crm_plugin import sheets

from .hostile import workbook


def rows(data, name="guests.csv", **options):
    return list(sheets.open_sheet(data, name, **options).rows())


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("cp932", "cp932"),
    ],
)
def test_a_japanese_csv_is_read_in_every_usual_encoding(encoding, named):
    data = "氏名,会社\r\n髙橋①,㈱ひなた～\r\n".encode(encoding)
    sheet = sheets.open_sheet(data, "guests.csv")
    assert sheet.encoding == named
    assert list(sheet.rows())[1] == (2, ["髙橋①", "㈱ひなた～"])


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_found(delimiter):
    text = f"Name{delimiter}Note\nSato{delimiter}likes fish\n"
    assert rows(text.encode())[1] == (2, ["Sato", "likes fish"])


def test_a_comma_inside_a_quoted_cell_is_no_delimiter():
    text = 'Name;Note\n"Sato, Hanako";"a,b,c"\n'
    assert rows(text.encode())[1] == (2, ["Sato, Hanako", "a,b,c"])


def test_csv_rows_carry_the_numbers_that_excel_shows():
    text = 'Name,Note\n\nSato,"two\nlines"\n,,\nKato,x\n'
    assert [number for number, _cells in rows(text.encode())] == [1, 3, 5]


def test_workbook_rows_carry_the_numbers_that_excel_shows():
    book = Workbook()
    book.active["B3"], book.active["B5"], book.active["B9"] = "Name", "Sato", "Kato"
    data = io.BytesIO()
    book.save(data)
    found = rows(data.getvalue(), "guests.xlsx")
    assert found == [(3, ["Name"]), (5, ["Sato"]), (9, ["Kato"])]


def test_cells_become_text_as_a_person_would_read_them():
    data = workbook(
        ("text", "number", "half", "day", "moment", "hour", "yes"),
        (
            "0901",
            312345678,
            1.5,
            dt.date(2025, 4, 1),
            dt.datetime(2025, 4, 1, 9, 30),  # noqa: DTZ001
            dt.time(18, 0),
            True,
        ),
    )
    assert rows(data, "x.xlsx")[1][1] == [
        "0901",
        "312345678",
        "1.5",
        "2025-04-01",
        "2025-04-01 09:30:00",
        "18:00:00",
        "1",
    ]


def test_the_first_visible_sheet_that_is_not_empty_is_read():
    book = Workbook()
    hidden = book.create_sheet("hidden")
    hidden["A1"], hidden.sheet_state = "secret", "hidden"
    book.create_sheet("顧客")["A1"] = "Name"
    data = io.BytesIO()
    book.save(data)
    sheet = sheets.open_sheet(data.getvalue(), "x.xlsx")
    assert sheet.name == "顧客"
    assert "hidden" not in sheet.names


def test_a_named_sheet_is_read_and_a_missing_one_refused():
    book = Workbook()
    book.active["A1"] = "Name"
    book.create_sheet("Second")["A1"] = "Other"
    data = io.BytesIO()
    book.save(data)
    assert rows(data.getvalue(), "x.xlsx", sheet="Second") == [(1, ["Other"])]
    with pytest.raises(sheets.Refused):
        rows(data.getvalue(), "x.xlsx", sheet="Third")


def test_rows_can_be_read_twice():
    sheet = sheets.open_sheet(workbook(), "x.xlsx")
    assert list(sheet.rows()) == list(sheet.rows())

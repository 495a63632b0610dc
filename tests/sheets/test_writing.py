import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from crm_plugin import sheets

FORMULAS = [
    "=1+1",
    "==1",
    "+1+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "＝1+1",
    "＋SUM(1)",
    "－2+3",
    "＠SUM(1)",
    '=HYPERLINK("http://evil.example","x")',
    "+81 90; =1",
    "'=1",
    "''=1",
    "\u3000=1",
]
HARMLESS = [
    "Sato",
    "+819012345678",
    "+81 90-1234-5678",
    "-1200",
    "09012345678",
    "O'Neil",
]


def as_csv(*rows):
    return b"".join(sheets.csv_lines(rows[0], rows[1:]))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_csv_cell_begins_a_formula(text):
    line = as_csv(["Name"], [text]).decode("utf-8-sig")
    cell = list(csv.reader(io.StringIO(line, newline="")))[1][0]
    assert cell.startswith("'")


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_csv_cell_stays_as_it_is(text):
    assert sheets.escape_formula(text) == text


@given(st.text())
def test_what_is_escaped_comes_back_exactly(text):
    assert sheets.unescape_formula(sheets.escape_formula(text)) == text


@given(st.text(alphabet="'=+-@\t\r\n 1a＝", max_size=8))
def test_escaping_is_exact_for_nasty_beginnings(text):
    assert sheets.unescape_formula(sheets.escape_formula(text)) == text


@given(
    st.lists(
        st.text(
            alphabet=st.characters(min_codepoint=32, exclude_categories=["Cs", "Co"]),
            max_size=12,
        ),
        min_size=2,
        max_size=2,
    )
)
def test_a_csv_that_we_wrote_reads_back_equal(cells):
    marked = ["x", *cells]
    found = list(sheets.open_sheet(as_csv(["a", "b", "c"], marked), "x.csv").rows())
    assert found[1] == (2, marked)


@pytest.mark.parametrize("text", FORMULAS + HARMLESS)
def test_a_workbook_cell_is_text_and_reads_back_equal(text):
    data = sheets.xlsx_file(["Name"], [[text]]).read()
    cell = load_workbook(io.BytesIO(data)).active["A2"]
    assert cell.data_type != "f"
    [_header, (_number, [found])] = sheets.open_sheet(data, "x.xlsx").rows()
    assert found.replace("\r", "").strip() == text.replace("\r", "").strip()


def test_a_csv_opens_in_excel_with_japanese_characters():
    assert as_csv(["氏名"]).startswith(b"\xef\xbb\xbf")


def test_control_characters_do_not_break_a_workbook():
    data = sheets.xlsx_file(["Name"], [["a\x00b\x0bc"]]).read()
    assert list(sheets.open_sheet(data, "x.xlsx").rows())[1] == (2, ["abc"])


def test_numbers_and_dates_stay_numbers_and_dates():
    data = sheets.xlsx_file(
        ["amount", "on", "nothing"], [[Decimal("1200"), dt.date(2025, 4, 1), None]]
    ).read()
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet["A2"].value == 1200
    assert sheet["B2"].value.date() == dt.date(2025, 4, 1)
    assert not sheet["C2"].value

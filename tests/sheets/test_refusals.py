import time

import pytest

from crm_plugin import sheets

from . import hostile

HOSTILE = [
    ("empty", "x.csv", b""),
    ("empty", "x.xlsx", b""),
    ("empty", "x.csv", b"\xef\xbb\xbf\r\n\r\n"),
    ("extension", "x.pdf", b"%PDF-1.4"),
    ("extension", "noname", b"a,b"),
    ("old_excel", "x.xls", hostile.old_excel()),
    ("old_excel", "x.xlsx", hostile.old_excel()),
    ("encrypted", "x.xlsx", hostile.encrypted()),
    ("macro", "x.xlsm", hostile.workbook()),
    ("macro", "x.xlsx", hostile.macros()),
    ("broken", "x.xlsx", b"PK\x03\x04 no zip at all"),
    ("broken", "x.xlsx", b"Name,Mail\r\n"),
    ("broken", "x.xlsx", hostile.truncated()),
    ("broken", "x.xlsx", hostile.lying()),
    ("broken", "x.xlsx", hostile.no_contents()),
    ("broken", "x.csv", hostile.workbook()),
    ("unsafe", "x.xlsx", hostile.slipped()),
    ("unsafe", "x.xlsx", hostile.entities()),
    ("too_big_inside", "x.xlsx", hostile.bomb()),
    ("too_many_columns", "x.xlsx", hostile.far_cell()),
    ("too_many_rows", "x.xlsx", hostile.far_cell(b"B1048576")),
    ("too_many_columns", "x.xlsx", hostile.many_columns()),
    *(("too_many_columns", "x.xlsx", hostile.odd_cell(c)) for c in hostile.ODD_CELLS),
    ("too_many_columns", "x.xlsx", hostile.hidden_sheet("xl/elsewhere/s.dat")),
    ("unsafe", "x.xlsx", hostile.hidden_sheet("xl/media/image1.png")),
    ("too_big_inside", "x.xlsx", hostile.shared_bomb()),
    ("encoding", "x.csv", b"Name,Mail\n\0\0\0,x\n"),
    ("encoding", "x.csv", "Name\nM\u00fcller\n".encode("latin-1")),
    ("encoding", "x.csv", b"Name\n\xff\xfe\xfd\x81\n"),
]


def read(name, data):
    return list(sheets.open_sheet(data, name).rows())


@pytest.mark.parametrize(("code", "name", "data"), HOSTILE)
def test_a_hostile_file_is_refused_by_name_and_at_once(code, name, data):
    started = time.process_time()
    with pytest.raises(sheets.Refused) as refused:
        read(name, data)
    assert refused.value.code == code
    assert time.process_time() - started < 10
    assert len(str(refused.value)) > 15
    assert "%(" not in str(refused.value)


def test_a_half_written_sheet_is_refused():
    with pytest.raises(sheets.Refused) as refused:
        read("x.xlsx", hostile.malformed())
    assert refused.value.code == "broken"


def test_a_file_over_the_limit_is_refused_with_the_limit(settings):
    settings.CRM_UPLOAD_MAX_MB = 1
    with pytest.raises(sheets.Refused, match="larger than 1 MB"):
        read("x.csv", b"Name\n" + b"x" * (1 << 20))


def test_an_open_quotation_mark_is_named_with_its_row():
    text = 'Name,Note\nSato,ok\nKato,"open\n' + "x" * 40_000
    with pytest.raises(sheets.Refused, match="row 3"):
        read("x.csv", text.encode())


def test_a_csv_with_thousands_of_columns_is_refused():
    with pytest.raises(sheets.Refused) as refused:
        read("x.csv", ",".join(["x"] * 5000).encode())
    assert refused.value.code == "too_many_columns"


def test_empty_formatted_cells_far_away_do_no_harm():
    def add_empty(xml):
        cell = b'</row><row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
        return xml.replace(b"</row></sheetData>", cell)

    data = hostile.rebuilt(replace={hostile.SHEET: add_empty})
    assert len(read("x.xlsx", data)) == 2

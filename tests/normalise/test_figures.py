import datetime as dt
from decimal import Decimal

import pytest

from crm_plugin import normalise


@pytest.mark.parametrize(
    "typed",
    [
        "1985-05-03",
        "1985/5/3",
        "１９８５年５月３日",
        "1985.5.3",
        "19850503",
        "1985-05-03 00:00:00",
        "1985-05-03T00:00",
        "昭和60年5月3日",
        "S60.5.3",
        "ｓ６０／５／３",
        dt.date(1985, 5, 3),
        dt.datetime(1985, 5, 3, 12, tzinfo=dt.UTC),
    ],
)
def test_a_date_is_read_in_every_usual_form(typed):
    assert normalise.date(typed) == dt.date(1985, 5, 3)


def test_the_first_year_of_an_era_may_be_written_out():
    assert normalise.date("令和元年5月1日") == dt.date(2019, 5, 1)


@pytest.mark.parametrize("typed", ["", None, "1985-13-01", "3/5/1985", "yesterday"])
def test_what_is_no_date_is_none(typed):
    assert normalise.date(typed) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("１，２００円", "1200"),
        ("¥1,200", "1200"),
        ("￥1,200.50", "1200.50"),
        ("-300", "-300"),
        ("▲300", "-300"),
        ("−300", "-300"),
        (3.5, "3.5"),
    ],
)
def test_a_number_is_read_in_every_usual_form(typed, meant):
    assert normalise.number(typed) == Decimal(meant)


@pytest.mark.parametrize("typed", ["", None, "three", "1.2.3", "NaN", "Infinity"])
def test_what_is_no_number_is_none(typed):
    assert normalise.number(typed) is None


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", 12),
        (" 12 ", 12),
        ("１２", 12),
        (7, 7),
        ("0", 0),
        (str(2**63 - 1), 2**63 - 1),
    ],
)
def test_a_whole_number_is_read_in_any_width(typed, number):
    assert normalise.whole(typed) == number


@pytest.mark.parametrize(
    "typed",
    ["", None, "²", "-1", "1.5", "1e3", "twelve", True, str(2**63), "9" * 5_000],
)
def test_what_is_no_id_or_count_is_no_whole_number(typed):
    assert normalise.whole(typed) is None

from itertools import pairwise

import pytest

from crm_plugin.ui.charts import HEAD_LINES, WIDTH, Item, bars, grid, line


def test_the_longest_bar_fills_the_width():
    chart = bars("T", [Item("a", 10), Item("b", 5), Item("c", 0)])
    widths = [mark["width"] for mark in chart.marks]
    assert widths == [390.0, 195.0, 0]


def test_a_long_value_stands_beside_its_bar_and_not_outside_the_drawing():
    text = "425人(利用なし64人、15.1 %)"
    (mark,) = bars("T", [Item("a", 425, text=text)]).marks
    assert mark["value_x"] + 11 * len(text) < WIDTH


def test_nothing_to_draw_is_said_in_words():
    assert "Nothing to draw yet" in str(bars("T", [Item("a", 0)]))


def test_labels_are_escaped():
    drawn = str(bars("T", [Item("<script>", 1)]))
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn


def test_a_line_runs_from_left_to_right():
    marks = line("T", [Item(str(n), n) for n in range(5)]).marks
    assert [m["x"] for m in marks] == sorted(m["x"] for m in marks)
    assert marks[0]["y"] > marks[-1]["y"]


def test_the_months_of_a_year_do_not_run_into_each_other():
    marks = line("T", [Item(f"2026-{n:02}", n) for n in range(1, 13)]).marks
    assert sum(mark["labelled"] for mark in marks) == 6


@pytest.mark.parametrize("number", [2, 3, 30])
def test_long_labels_of_a_line_stay_within_the_drawing_and_apart(number):
    items = [Item(f"2026/11/{n:02} 16:10", 1) for n in range(number)]
    width = 9 * len(items[0].label)
    marks = [mark for mark in line("T", items).marks if mark["labelled"]]
    places = [mark["text_x"] for mark in marks]
    assert marks[-1]["item"] == items[-1]
    assert places[0] >= width / 2
    assert places[-1] <= WIDTH - width / 2
    assert all(right - left >= width for left, right in pairwise(places))


def test_a_japanese_label_of_a_bar_is_cut_before_it_leaves_the_drawing():
    labels = [mark["label"] for mark in bars("T", [Item("長" * 22, 1)]).marks]
    assert labels == ["長" * 11 + "…"]


def test_numbers_are_written_for_the_reader(settings):
    assert Item("a", 12345).shown == "12,345"


def test_a_line_breaks_where_nothing_is_known_which_is_not_nothing():
    chart = line("T", [Item(str(n), value) for n, value in enumerate([1, 2, None, 0])])
    assert [run["points"].count(",") for run in chart.runs] == [2, 1]
    drawn = str(chart)
    assert drawn.count("<circle") == 3
    assert '<th scope="row">2</th><td>–</td>' in drawn
    assert '<th scope="row">3</th><td>0</td>' in drawn


def heads(*labels):
    chart = grid("T", ["r"], labels, [[Item("x", 1, url="/y") for _label in labels]])
    return [head["label"] for head in chart.heads], str(chart)


def test_headings_of_columns_are_broken_at_spaces_and_cut_when_too_long():
    found, _html = heads(*["very long words " * 5] * 8)
    assert len(found) == 8 * HEAD_LINES
    assert found[2].endswith("…")
    assert found[0] == "very"


def test_a_cell_that_leads_somewhere_is_a_link_with_its_figure():
    _found, html = heads("a")
    assert '<a href="/y" aria-label="x: 1">' in html

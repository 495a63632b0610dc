from crm_plugin.ui.charts import Item, bars, line


def test_the_longest_bar_fills_the_width():
    chart = bars("T", [Item("a", 10), Item("b", 5), Item("c", 0)])
    widths = [mark["width"] for mark in chart.marks]
    assert widths == [390.0, 195.0, 0]


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


def test_numbers_are_written_for_the_reader(settings):
    assert Item("a", 12345).shown == "12,345"

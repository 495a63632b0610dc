"""Periods of the calendar: months, quarters, years and the site's fiscal years."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from crm_plugin import rules
from crm_plugin.models import CrmSettings
from crm_plugin.rules import periods
from crm_plugin.segments.ready_made import condition, group
from tests import factories

pytestmark = pytest.mark.django_db
day = dt.date
TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")


def noon(of, zone=TOKYO):
    return dt.datetime.combine(of, dt.time(12), zone)


def days(kind, on, **value):
    found = periods.resolve({"when": kind, **value}, noon(on))
    return found.first, found.last


@pytest.mark.parametrize(
    ("number", "on", "first"),
    [
        (1, day(2026, 3, 31), day(2026, 2, 28)),
        (1, day(2028, 3, 31), day(2028, 2, 29)),
        (12, day(2028, 2, 29), day(2027, 2, 28)),
        (3, day(2026, 3, 1), day(2025, 12, 1)),
    ],
)
def test_the_last_months_start_on_the_same_day_and_hold_today(number, on, first):
    assert days("months", on, months=number) == (first, on)


@pytest.mark.parametrize(
    ("kind", "on", "first", "last"),
    [
        ("this_month", day(2028, 2, 10), day(2028, 2, 1), day(2028, 2, 29)),
        ("last_month", day(2026, 3, 31), day(2026, 2, 1), day(2026, 2, 28)),
        ("last_month", day(2026, 1, 1), day(2025, 12, 1), day(2025, 12, 31)),
        ("next_month", day(2027, 12, 31), day(2028, 1, 1), day(2028, 1, 31)),
        ("next_month", day(2028, 1, 31), day(2028, 2, 1), day(2028, 2, 29)),
        ("this_year", day(2026, 12, 31), day(2026, 1, 1), day(2026, 12, 31)),
        ("last_year", day(2026, 1, 1), day(2025, 1, 1), day(2025, 12, 31)),
    ],
)
def test_a_month_and_a_year_are_whole(kind, on, first, last):
    assert days(kind, on) == (first, last)


@pytest.mark.parametrize(
    ("start", "kind", "on", "first", "last"),
    [
        (4, "this_fiscal_year", day(2026, 3, 31), day(2025, 4, 1), day(2026, 3, 31)),
        (4, "this_fiscal_year", day(2026, 4, 1), day(2026, 4, 1), day(2027, 3, 31)),
        (4, "last_fiscal_year", day(2026, 4, 1), day(2025, 4, 1), day(2026, 3, 31)),
        (4, "last_quarter", day(2026, 4, 1), day(2026, 1, 1), day(2026, 3, 31)),
        (1, "this_fiscal_year", day(2026, 3, 31), day(2026, 1, 1), day(2026, 12, 31)),
        (1, "last_fiscal_year", day(2026, 3, 31), day(2025, 1, 1), day(2025, 12, 31)),
        (2, "this_quarter", day(2026, 1, 31), day(2025, 11, 1), day(2026, 1, 31)),
        (2, "last_quarter", day(2026, 2, 1), day(2025, 11, 1), day(2026, 1, 31)),
    ],
)
def test_quarters_follow_the_fiscal_year(start, kind, on, first, last):
    CrmSettings.objects.create(fiscal_year_start=start)
    assert days(kind, on) == (first, last)


def test_a_month_begins_and_ends_at_the_sites_midnight_whatever_the_clocks_do(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    # Still 28 February in London, already March in Berlin; at its end it is summer time.
    at = dt.datetime(2026, 2, 28, 23, 30, tzinfo=dt.UTC)
    found = periods.resolve({"when": "this_month"}, at).moments("at")
    first = dt.datetime(2026, 2, 28, 23, tzinfo=dt.UTC)
    after = dt.datetime(2026, 3, 31, 22, tzinfo=dt.UTC)
    assert found == {"at__gte": first, "at__lt": after}
    assert periods.next_change({"when": "this_month"}, at) == after
    assert periods.next_change({"when": "last_month"}, after) == dt.datetime(
        2026, 4, 30, 22, tzinfo=dt.UTC
    )


@pytest.mark.parametrize(
    ("kind", "moves_on"),
    [
        *((f"{which}_month", day(2026, 4, 1)) for which in ("this", "last", "next")),
        *((f"{which}_year", day(2027, 1, 1)) for which in ("this", "last")),
        # The start of the fiscal year may be set anew on any day.
        ("this_quarter", day(2026, 3, 15)),
        ("last_fiscal_year", day(2026, 3, 15)),
        ("months", day(2026, 3, 15)),
        ("dates", None),
    ],
)
def test_a_period_is_asked_again_when_it_moves(kind, moves_on):
    midnight = moves_on and dt.datetime.combine(moves_on, dt.time.min, TOKYO)
    change = periods.next_change({"when": kind, "months": 1}, noon(day(2026, 3, 14)))
    assert change == midnight


def test_the_fiscal_year_is_read_once_for_a_rule():
    kinds = ("this_quarter", "last_quarter", "this_fiscal_year")
    rule = [condition("last_use", when=kind) for kind in kinds]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        list(rules.compile_rule(rule))
    assert sum("crmsettings" in row["sql"] for row in asked) == 1


def test_days_to_come_belong_to_the_month(contact, time_machine):
    time_machine.move_to(noon(day(2026, 3, 14)))
    for on in (day(2026, 3, 31), day(2026, 4, 1)):
        factories.BookingFactory(contact=contact, starts_at=noon(on))
    value = {"kind": "standing", "how": "exactly", "number": 1}
    for kind in ("this_month", "next_month"):
        rule = [condition("bookings", when=kind, **value)]
        assert list(rules.compile_rule(rule)) == [contact.pk]


@pytest.mark.parametrize(
    ("born", "kind"),
    [
        (day(1984, 2, 29), "next_month"),
        (day(1990, 1, 1), "this_month"),
        (day(1990, 3, 1), ""),
    ],
)
def test_birthdays_of_this_month_and_the_next_are_found(contact, born, kind):
    contact.birth_on = born
    contact.save()
    at = noon(day(2026, 1, 31))
    found = {
        asked
        for asked in ("this_month", "next_month")
        if rules.compile_rule([condition("birthday", kind=asked)], at)
    }
    assert found == ({kind} if kind else set())


def test_birthdays_of_a_month_are_asked_again_in_the_next():
    at = noon(day(2026, 1, 31))
    rule = [condition("birthday", kind="next_month")]
    assert rules.next_change(rule, at) == dt.datetime(2026, 2, 1, tzinfo=TOKYO)
    assert (
        rules.next_change([condition("birthday", kind="month", month="2")], at) is None
    )


class TestTogether:
    def test_what_no_day_of_the_year_allows_is_named(self):
        lately = condition("last_use", when="last_month")
        long_ago = condition("last_use", when="before", days=90)
        assert "never true together" in rules.problems([lately, long_ago])[0]

    @pytest.mark.parametrize(
        ("on", "one", "other"),
        [
            (day(2026, 1, 10), "last_month", "this_year"),
            (day(2026, 4, 10), "last_quarter", "this_fiscal_year"),
            (day(2026, 3, 10), "next_month", "this_quarter"),
        ],
    )
    def test_what_only_some_days_rule_out_is_fine(self, time_machine, on, one, other):
        time_machine.move_to(noon(on))
        factories.AttributeFactory(key="wedding", type="date")
        rule = [
            condition("attribute", attribute="wedding", operator="date", when=kind)
            for kind in (one, other)
        ]
        assert rules.problems([group("all", *rule)]) == []

    def test_the_widest_reach_holds_the_days_of_every_day(self):
        CrmSettings.objects.create(fiscal_year_start=2)
        for kind, stretch in rules.months.STRETCHES.items():
            least, most = stretch.reach()
            for number in range(0, 4 * 366, 3):
                on = day(2023, 1, 1) + dt.timedelta(days=number)
                first, last = days(kind, on)
                assert least <= (first - on).days, (kind, on)
                assert (last - on).days <= most, (kind, on)


WORDS = [
    ("uses", {"when": "this_month"}, "2 uses this month", "今月に利用2回以上"),
    ("uses", {"when": "last_year"}, "2 uses last year", "昨年に利用2回以上"),
    (
        "uses",
        {"when": "months", "months": 3},
        "2 uses in the last 3 months",
        "過去3か月以内に利用2回以上",
    ),
    (
        "last_use",
        {"when": "last_fiscal_year"},
        "last use last fiscal year",
        "最終利用が前年度",
    ),
    ("birthday", {"kind": "next_month"}, "birthday next month", "誕生日が来月"),
    (
        "first_use_anniversary",
        {"kind": "this_month"},
        "anniversary of “first use” this month",
        "「初回」の記念日が今月",
    ),
]


@pytest.mark.parametrize(("name", "value", "english", "japanese"), WORDS)
def test_a_sentence_names_the_period_as_people_do(name, value, english, japanese):
    counted = {"how": "at_least", "number": 2} if name == "uses" else {}
    rule = [condition(name, **counted, **value)]
    assert english in rules.sentence(rule)
    with translation.override("ja"):
        assert japanese in rules.sentence(rule)


def test_the_editor_shows_the_kinds_in_groups_and_one_order():
    block = rules.rule_block().child_blocks["purchase_day"].child_blocks["when"]
    ever, by_days, by_months, dates = block.field.choices
    assert (ever[0], dates[0]) == ("ever", "dates")
    assert [name for name, _words in by_days[1]] == ["last", "before", "ago"]
    assert [name for name, _words in by_months[1]] == list(periods.CALENDAR)
    assert block.get_default() == "before"


def test_the_number_of_months_must_be_said():
    assert rules.problems([condition("last_use", when="months")]) == [
        "Last use: Please fill this in."
    ]
    assert rules.problems([condition("last_use", when="months", months=1)]) == []
    assert rules.problems([condition("last_use", when="this_month")]) == []


def test_what_was_recorded_is_not_asked_of_months_to_come(owner):
    factories.AttributeFactory(key="taste")
    value = {"attribute": "taste", "operator": "recorded", "when": "next_month"}
    assert rules.problems([condition("attribute", **value)], owner) == [
        "Attribute: Choose days of the past."
    ]


@pytest.mark.parametrize(
    ("value", "since"),
    [
        # 100 days are kept: since 6 December.
        ({"when": "last", "days": 30}, day(2026, 1, 5)),
        ({"when": "months", "months": 1}, day(2026, 1, 6)),
        ({"when": "this_month"}, day(2026, 1, 1)),
        ({"when": "last_month"}, day(2026, 2, 1)),
        ({"when": "last_year"}, day(2026, 3, 16)),
        ({"when": "ever"}, day(2026, 3, 16)),
    ],
)
def test_pages_can_be_asked_about_since_all_that_it_looks_back_upon_is_kept(
    settings, time_machine, value, since
):
    settings.CRM_BEHAVIOUR_DAYS = 100
    time_machine.move_to(noon(day(2026, 3, 16)))
    rule = [condition("pages_read", where="any", how="none", **value)]
    assert rules.first_day(rule) == since


def test_years_that_are_not_kept_are_a_problem(owner, settings, time_machine):
    time_machine.move_to(noon(day(2026, 3, 16)))
    settings.CRM_BEHAVIOUR_DAYS = 365
    found = {
        kind: rules.problems(
            [condition("pages_read", where="any", how="none", when=kind)], owner
        )
        for kind in ("this_year", "last_year")
    }
    assert found["this_year"] == []
    assert "kept for 365 days" in found["last_year"][0]

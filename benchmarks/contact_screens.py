"""The screens of contacts at a million contacts, against the same at ten thousand.

Both databases take turns in one process. A page is asked as staff ask for it, through
the whole stack. Query counts must be equal.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_plugin.models import Contact

from . import crowd
from .harness import Case, Report, in_turns
from .two_sizes import two_sizes

SIZE, SMALL = 1_000_000, 10_000
ROUNDS = 11
OWN, COMMON = 1.0, 2.0
databases = two_sizes
FILTERED = "stage=established&a_taste=lunch"
SEARCHES = {
    "search: part of a rare name": ("使河原", OWN),
    "search: kana": ("てしがわら", OWN),
    "search: a whole name": ("勅使河原 愛", OWN),
    "search: phone": ("090-0004-8271", OWN),
    "search: e-mail": ("guest7@mail", OWN),
    "search: a common name": ("佐藤", COMMON),
    "search: a common name in kana": ("さとう", COMMON),
}


def run(size: int, made: Any) -> Report:
    browsers = {}
    for name, number in (("small", SMALL), ("large", size)):
        made.use(name)
        started = time.perf_counter()
        crowd.build(number)
        print(f"{name}: {number:,} contacts in {time.perf_counter() - started:.0f} s")
        browsers[name] = _browser()
    report, unequal = Report(), []
    for case, (url, goal) in pages().items():
        counts = {name: _queries(made, name, browsers[name], url) for name in browsers}
        if len(set(counts.values())) > 1:
            unequal.append(f"{case}: {counts}")
        large, small = in_turns(
            _ask(made, "large", browsers["large"], url),
            _ask(made, "small", browsers["small"], url),
            rounds=ROUNDS,
        )
        label = f"{case} ({counts['large']} queries)"
        report.cases.append(Case(label, large, small, f"{SMALL:,} contacts", goal))
    report.cases += _long_history(made, browsers["large"])
    assert not unequal, f"query counts differ: {unequal}"
    return report


def pages() -> dict[str, tuple[str, float]]:
    """Address and goal of every screen that is measured."""
    index = reverse("crm_contact:index")
    usual = reverse("crm_contact:inspect", args=[10])
    return {
        "list, first page": (index, OWN),
        "list, filtered": (f"{index}?{FILTERED}", OWN),
        "list, one segment": (f"{index}?segment=1", OWN),
        **{
            case: (f"{index}?q={typed}", goal)
            for case, (typed, goal) in SEARCHES.items()
        },
        "record with its history": (usual, OWN),
        "history, next page": (
            reverse("crm_contact:story", args=[10])
            + "?before=2026-01-01T00:00:00%2B00:00",
            OWN,
        ),
    }


def _long_history(made: Any, browser: Client) -> list[Case]:
    """A history of 5,000 entries against one of 50: its top, and a few far down."""
    made.use("large")
    assert Contact.objects.filter(pk__in=crowd.HISTORIES).count() == 2
    cases = []
    for name, asked in (("", ""), (", five far down", "?text=number&phase=support")):
        long, short = (
            reverse("crm_contact:inspect", args=[contact]) + asked
            for contact in crowd.HISTORIES
        )
        times = in_turns(
            partial(_get, browser, long), partial(_get, browser, short), rounds=ROUNDS
        )
        cases.append(Case(f"record, 5,000 entries{name}", *times, "50 entries", OWN))
    return cases


def _browser() -> Client:
    user = User.objects.create_superuser("owner", "owner@shop.example", "owner")
    browser = Client()
    browser.force_login(user)
    return browser


def _ask(made: Any, name: str, browser: Client, url: str) -> Callable[[], None]:
    def ask() -> None:
        made.use(name)
        _get(browser, url)

    return ask


def _get(browser: Client, url: str) -> None:
    answer = browser.get(url)
    assert answer.status_code == 200, (url, answer.status_code)


def _queries(made: Any, name: str, browser: Client, url: str) -> int:
    made.use(name)
    cache.clear()
    _get(browser, url)
    with CaptureQueriesContext(connection) as queries:
        _get(browser, url)
    return len(queries)

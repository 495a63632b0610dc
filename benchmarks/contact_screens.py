"""The screens of contacts at a million contacts, against the same at ten thousand.

Both databases take turns in one process. A page is asked as staff ask for it, through
the whole stack. Query counts must be equal, except for common words. ``--case``
measures some of them again, ``--keep`` spares the next run the filling.
"""

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_plugin.models import Contact
from crm_plugin.snippets.contacts.choosing import Choice

from . import crowd
from .harness import Case, Report, in_turns
from .two_sizes import two_sizes

SIZE, SMALL = 1_000_000, 10_000
ROUNDS = 11
OWN, COMMON = 1.0, 2.0
# Further queries where the first thousand who hold a common word were not enough.
MORE = 10
databases = two_sizes
FILTERS = {
    "": "stage=established&a_taste=lunch",
    " by stage": "stage=lost",
    " by a number": "a_points_min=9900",
    " by how they heard": "heard_from=sns",
    " by source": "source=instagram",
    " by a rare source": "source=fair",
    " by channel": "source=line",
    " by last touch": "last_touch_from=2026-05-01",
    " by uses": "uses_min=3",
    " by first day": "created_to=2025-01-01",
    " by owner": "owner=nobody",
    " by segment": "segment=1",
    " by what seldom meets": "stage=lost&source=instagram&a_points_min=9900",
}
SEARCHES = {
    "part of a rare name": ("使河原", OWN),
    "kana": ("てしがわら", OWN),
    "a whole name": ("勅使河原 愛", OWN),
    "a common name and a rare one": ("佐藤 桜子", OWN),
    "phone": ("090-4827-1000", OWN),
    "e-mail": ("guest7@mail", OWN),
    "e-mail, whole": ("guest7@mail.example", OWN),
    "a common name": ("佐藤", COMMON),
    "a common name in kana": ("さとう", COMMON),
    "one character": ("佐", COMMON),
    "a common whole name": ("佐藤 花子", COMMON),
    "two names that seldom meet": ("佐藤 勘太", COMMON),
    "the end of a phone": ("1000", COMMON),
    "the longer end of a phone": ("4827-1000", COMMON),
    "a common domain": ("@mail.example", COMMON),
}


class Screen(Case):
    """It must make as many queries; a few more where more people hold common words."""

    @property
    def kept(self) -> bool:
        more = self.queries[0] - self.queries[1]
        return super().kept and (more == 0 if self.goal == OWN else more <= MORE)


def run(size: int, made: Any, chosen: Sequence[str] = ()) -> Report:
    browsers = {}
    for name, number in (("small", SMALL), ("large", size)):
        made.use(name)
        _fill(name, number)
        browsers[name] = _browser()
        unheard = ignored(_owner())
        assert not unheard, unheard
    report = Report()
    for case, (url, goal) in pages().items():
        if not _is_chosen(case, chosen):
            continue
        queries = tuple(
            _queries(made, name, browsers[name], url) for name in ("large", "small")
        )
        large, small = in_turns(
            _ask(made, "large", browsers["large"], url),
            _ask(made, "small", browsers["small"], url),
            rounds=ROUNDS,
        )
        told = f"{SMALL:,} contacts"
        report.cases.append(Screen(case, large, small, told, goal, queries))
        _progress(f"{case}: {large / small:.2f}")
    report.cases += _long_history(made, browsers["large"], chosen)
    return report


def _is_chosen(case: str, chosen: Sequence[str]) -> bool:
    return not chosen or any(part in case for part in chosen)


def _fill(name: str, number: int) -> None:
    """Fill the current database, unless the last run left it so."""
    if crowd.stands(number):
        return
    started = time.perf_counter()
    crowd.build(number)
    taken = time.perf_counter() - started
    _progress(f"{name}: {number:,} contacts in {taken:.0f} s")


def _progress(said: str) -> None:
    """For whoever waits; the report comes at the end."""
    print(said, file=sys.stderr, flush=True)


def pages() -> dict[str, tuple[str, float]]:
    """Address and goal of every screen that is measured."""
    index = reverse("crm_contact:index")
    usual = reverse("crm_contact:inspect", args=[10])
    return {
        "list, first page": (index, OWN),
        **{
            f"list, filtered{by}": (
                f"{index}?{asked}",
                COMMON if "seldom" in by else OWN,
            )
            for by, asked in FILTERS.items()
        },
        **{
            f"search: {case}": (f"{index}?{urlencode({'q': typed})}", goal)
            for case, (typed, goal) in SEARCHES.items()
        },
        "search among the filtered": (f"{index}?q=てしがわら&{FILTERS['']}", OWN),
        "search a common name among few": (f"{index}?q=佐藤&source=fair", COMMON),
        "record with its history": (usual, OWN),
        "history, next page": (
            reverse("crm_contact:story", args=[10])
            + "?before=2026-01-01T00:00:00%2B00:00",
            OWN,
        ),
    }


def _long_history(made: Any, browser: Client, chosen: Sequence[str]) -> list[Case]:
    """A history of 5,000 entries against one of 50: its top, and a few far down."""
    made.use("large")
    assert Contact.objects.filter(pk__in=crowd.HISTORIES).count() == 2
    cases = []
    for name, asked in (("", ""), (", five far down", "?text=number&phase=support")):
        case = f"record, 5,000 entries{name}"
        if not _is_chosen(case, chosen):
            continue
        long, short = (
            reverse("crm_contact:inspect", args=[contact]) + asked
            for contact in crowd.HISTORIES
        )
        times = in_turns(
            partial(_get, browser, long), partial(_get, browser, short), rounds=ROUNDS
        )
        cases.append(Case(case, *times, "50 entries", OWN))
    return cases


def ignored(user: Any) -> list[str]:
    """What the list of contacts is asked for and does not hear: it would be measured
    without that filter."""
    index = reverse("crm_contact:index")
    asked = [urlsplit(url) for url, _goal in pages().values()]
    return [
        f"{name}={value}"
        for url in asked
        for name, value in parse_qsl(url.query)
        if url.path == index and name != "q"
        if not Choice(QueryDict(urlencode({name: value})), user).rule
    ]


def _owner() -> User:
    user = User.objects.filter(username="owner").first()
    return user or User.objects.create_superuser("owner", "owner@shop.example", "owner")


def _browser() -> Client:
    browser = Client()
    browser.force_login(_owner())
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

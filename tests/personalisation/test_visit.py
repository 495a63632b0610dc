"""What a request tells of its visit, and what needs a yes."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone, translation

from crm_plugin.personalisation import choice, visit
from crm_plugin.personalisation.visit import COOKIE

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
YES = f"yes.1777636800.7.{choice.WORDS}"
LATELY = f"v=3&n=2&t={int(NOW.timestamp()) - 60}&p=%2Fja%2F&p=%2Fja%2Fmenu%2F"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def seen(rf):
    def look(address="/", cookies=(), **headers):
        request = rf.get(address, headers=headers)
        request.COOKIES = dict(cookies)
        return visit.of(request)

    return look


def remembered(said=LATELY, chosen=YES):
    return {choice.COOKIE: chosen, COOKIE: said}


def test_a_bare_request_was_typed_and_began_here(seen):
    found = seen("/ja/menu/?page=2")
    assert (found.path, found.query) == ("/ja/menu/", {"page": "2"})
    assert (found.utm, found.referrer, found.memory) == ({}, "", None)


def test_the_marks_of_the_link_and_the_referring_host_are_read(seen):
    found = seen(
        "/?utm_source=newsletter&utm_campaign=may", referer="https://News.Example/a?b"
    )
    assert found.utm == {"utm_source": "newsletter", "utm_campaign": "may"}
    assert found.referrer == "news.example"


def test_a_second_page_keeps_the_marks_of_the_first(seen):
    found = seen("/b/", referer="http://testserver/?utm_source=newsletter")
    assert found.utm == {"utm_source": "newsletter"}
    assert found.referrer is None


def test_in_the_middle_of_a_visit_its_beginning_is_not_known(seen):
    found = seen("/b/", referer="http://testserver/a/")
    assert (found.utm, found.referrer) == (None, None)


def test_with_consent_the_beginning_is_remembered(seen):
    said = f"{LATELY}&utm_source=newsletter&referrer=mail.example"
    found = seen("/b/", remembered(said), referer="http://testserver/a/")
    assert found.utm == {"utm_source": "newsletter"}
    assert found.referrer == "mail.example"


def test_who_comes_by_another_marked_link_began_anew(seen):
    said = f"{LATELY}&utm_source=newsletter"
    found = seen("/?utm_source=flyer", remembered(said))
    assert found.utm == {"utm_source": "flyer"}


@pytest.mark.parametrize("referer", ["junk", "http://[", "https://", "android-app://x"])
def test_a_referrer_that_is_none_harms_nobody(seen, referer):
    assert seen(referer=referer).referrer == ""


def test_the_language_is_the_browsers_first_wish(seen):
    assert seen(**{"accept-language": "en;q=0.5, De-AT, *;q=0.1"}).language == "de-at"


def test_the_pages_language_stands_in_for_a_browser_that_says_nothing(seen):
    with translation.override("ja"):
        assert seen(**{"accept-language": "*"}).language == "ja"


def test_the_clock_is_the_sites_whatever_the_readers_zone(seen):
    with timezone.override("America/New_York"):
        assert seen().at.hour == 21


def test_what_was_read_is_remembered_after_a_yes(seen):
    memory = seen(cookies=remembered()).memory
    assert (memory.visits, memory.count) == (3, 2)
    assert memory.paths == ("/ja/", "/ja/menu/")


def test_after_half_an_hour_it_is_another_visit(seen):
    said = LATELY.replace(str(int(NOW.timestamp()) - 60), str(NOW.timestamp() - 1801))
    said = said.replace(".0&", "&")
    memory = seen(cookies=remembered(said)).memory
    assert (memory.visits, memory.count, memory.paths) == (4, 0, ())


@pytest.mark.parametrize(
    "chosen",
    [
        "",
        "no.1777636800.7.2",
        # Agreed to before the words spoke of it.
        "yes.1777636800.7",
        "yes",
    ],
)
def test_without_that_yes_nothing_is_known(seen, chosen):
    assert seen(cookies=remembered(chosen=chosen)).memory is None


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_a_browser_that_asks_not_to_be_tracked_is_not_known(seen, header):
    assert seen(cookies=remembered(), **{header: "1"}).memory is None


@pytest.mark.parametrize(
    "said",
    [
        *("", "junk", "v=1", "v=-1&n=2&t=3", "v=1&n=0&t=1777636800", "v=x&n=y&t=z"),
        *("v=1&n=1&t=" + "9" * 400, "&".join(["p=1"] * 200), "p=" + "x" * 5_000),
    ],
)
def test_a_cookie_that_somebody_wrote_harms_nobody(seen, said):
    memory = seen(cookies=remembered(said)).memory
    assert memory is None or memory.visits == 1

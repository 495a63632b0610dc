"""What a visit tells, in a real browser: the variant, and what the device keeps of it."""

import pytest
from playwright.sync_api import Page, expect

from .story import until
from .test_visits import NOTHING, bar, names, stored

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PLACED = """
import uuid
from crm_plugin.models import Segment
from crm_plugin.segments.ready_made import condition
from example.models import StandardPage

def segment(name, *rule):
    found = Segment.objects.filter(key=name).first() or Segment(key=name, name=name)
    found.rule = list(rule)
    found.live = True
    found.save()
    return found.pk

def words(text):
    return [{"type": "text", "value": f"<p>{text}</p>"}]

def variant(pk, text):
    value = {"include": [pk], "exclude": [], "content": words(text)}
    return {"type": "item", "id": str(uuid.uuid4()), "value": value}

reader = segment("e2e-reader", condition("visit_utm", source="e2e-letter"))
menu = {"how": "at_least", "number": 1, "address": "/menu"}
hungry = segment("e2e-hungry", condition("visit_pages", **menu))
again = segment("e2e-again", condition("visit_number", kind="returning"))
variants = [
    variant(reader, "FROM THE LETTER"),
    variant(hungry, "AFTER THE MENU"),
    variant(again, "WELCOME AGAIN"),
]
page = StandardPage.objects.get(slug="about", locale__language_code="en")
block = {"variants": variants, "default": words("FOR EVERYONE ELSE")}
page.body = [{"type": "personal", "value": block}]
page.save_revision().publish()
print(page.url)
"""


@pytest.fixture
def about(inside, browser_window):
    """The address of a page for visits, once the running site knows them."""
    address = inside(PLACED).splitlines()[-1]
    address = address[address.index("/en/") :]
    page = browser_window("en-US")

    def known() -> bool:
        page.goto(f"{address}?utm_source=e2e-letter")
        return reads(page) == "FROM THE LETTER"

    until(known, seconds=60)
    return address


def reads(page: Page) -> str:
    wanted = ("FROM THE LETTER", "AFTER THE MENU", "WELCOME AGAIN", "FOR EVERYONE ELSE")
    return next(word for word in wanted if word in page.locator("main").inner_text())


def agree(page: Page) -> None:
    with page.expect_response("**/crm/site-visits*"):
        bar(page).get_by_role("button", name="Yes").click()
    expect(bar(page)).to_be_hidden()


def half_an_hour_later(page: Page) -> None:
    """The browser's memory as it will be when its visit is over."""
    page.evaluate(
        r"document.cookie = document.cookie.match(/crm_visit=[^;]*/)[0]"
        r".replace(/t=\d+/, 't=' + (Math.floor(Date.now() / 1000) - 1900))"
        " + '; Path=/; Max-Age=9000; SameSite=Lax'"
    )


def test_a_stranger_sees_what_the_link_says_and_nothing_is_stored(
    about, browser_window
):
    page = browser_window("en-US")
    answer = page.goto(f"{about}?utm_source=e2e-letter")
    assert reads(page) == "FROM THE LETTER"
    assert answer.headers["cache-control"] == "private, no-store"
    assert stored(page) == NOTHING
    page.goto("/en/menu/")
    page.goto(about)
    assert reads(page) == "FOR EVERYONE ELSE"
    assert stored(page) == NOTHING
    assert names(page) == set()


def test_after_a_yes_the_browser_remembers_pages_and_visits(about, browser_window):
    page = browser_window("en-US")
    page.goto("/en/")
    agree(page)
    assert names(page) == {"crm_choice", "crm_visit"}
    page.goto(about)
    assert reads(page) == "FOR EVERYONE ELSE"
    page.goto("/en/menu/")
    page.goto(about)
    assert reads(page) == "AFTER THE MENU"
    half_an_hour_later(page)
    page.goto(about)
    assert reads(page) == "WELCOME AGAIN"
    # The link counts for the whole visit that it began.
    half_an_hour_later(page)
    page.goto("/en/?utm_source=e2e-letter")
    page.goto("/en/circle/")
    page.goto(about)
    assert reads(page) == "FROM THE LETTER"


@pytest.mark.parametrize("way", ["a no", "not you", "no tracking"])
def test_what_is_remembered_ends_with(about, browser_window, way):
    page = browser_window("en-US")
    page.goto("/en/menu/")
    agree(page)
    assert "crm_visit" in names(page)
    if way == "no tracking":
        page.context.set_extra_http_headers({"Sec-GPC": "1"})
        page.add_init_script(
            "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
        )
    elif way == "a no":
        page.goto("/crm/site-visits?in=en")
        page.get_by_role("button", name="No, thank you").click()
    else:
        page.goto("/crm/not-you")
        page.locator("main form button").click()
        assert "crm_visit" not in names(page)
        return
    page.goto(about)
    assert reads(page) == "FOR EVERYONE ELSE"
    assert names(page) == {"crm_choice"}


def test_a_yes_to_earlier_words_is_none_to_this(about, browser_window):
    page = browser_window("en-US")
    page.goto("/en/")
    page.evaluate("document.cookie = 'crm_choice=yes.1777636800.7; Path=/'")
    page.goto("/en/menu/")
    page.goto(about)
    assert reads(page) == "FOR EVERYONE ELSE"
    assert names(page) == {"crm_choice"}

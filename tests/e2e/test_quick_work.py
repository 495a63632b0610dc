"""A busy day at the counter: who is it, what is there to know, and write it down."""

import re
import time
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from . import story as s
from .story import Story
from .test_staff_day import speak

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ESSENTIALS = ["next", "quotes", "frequency", "uses", "money", "segments", "consents"]
NUMBERS = [
    "090-7777-3311",
    "０９０（７７７７）３３１１",
    "+81 90 7777 3311",
    "9077773311",
    "090-7777-3311 内線12",
]


@pytest.fixture
def story(hinata, browser_window):
    return Story(hinata, browser_window)


@contextmanager
def within(seconds: int):
    """What a practised hand does in this time; typing is slowed down to a person's."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds


def by_hand(page: Page, *words: str) -> None:
    """Type into one field after the other, by keyboard alone."""
    for number, word in enumerate(words):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(word, delay=40)


def somebody_with_a_deal(page: Page) -> None:
    page.goto("/admin/crm/deals/list/?state=open")
    s.press(page, page.locator("td.title a").first)
    s.press(page, page.locator("main a[href*='/crm/contacts/inspect/']").first)
    expect(page.locator("#card-next")).to_be_visible()


def test_the_essentials_need_no_scrolling(story):
    page = story.desk("staff")
    try:
        for language in ("en", "ja"):
            speak(page, language)
            somebody_with_a_deal(page)
            for name in ESSENTIALS:
                card = page.locator(f"section[aria-labelledby=card-{name}]")
                box = card.bounding_box()
                assert 0 < box["y"] < box["y"] + box["height"] <= 768, (language, name)
            s.fits(page)
    finally:
        speak(page, "ja")


def test_a_card_a_call_and_a_visit_are_written_down_in_seconds(story):
    page = story.desk("staff")
    s.walk(
        story,
        [
            staff_type_a_card_in,
            staff_are_warned_while_typing,
            any_spelling_of_the_number_opens_her,
            a_call_is_two_keys_and_the_words,
            a_visit_is_noted_with_what_comes_next,
            the_history_goes_on_as_one_scrolls,
        ],
    )
    s.fits(page)


def staff_type_a_card_in(story: Story) -> None:
    """One short form, by keyboard, and the next card can begin."""
    page = story.desk("staff")
    page.goto("/admin/crm/contacts/quick/")
    with within(20):
        by_hand(
            page,
            "段田 綾香",
            "だんだ あやか",
            "株式会社みなと印刷",
            "営業部",
            "課長",
            "danda@minato.example",
            NUMBERS[0],
        )
        with page.expect_navigation():
            page.keyboard.press("Enter")
    expect(page.locator(".messages .success")).to_contain_text("段田 綾香")
    expect(page.locator("[name=contact__name]")).to_be_focused()


def staff_are_warned_while_typing(story: Story) -> None:
    """The same number again: who it may be stands there before anything is sent."""
    page = story.desk("staff")
    page.locator("[name=point__phone]").press_sequentially("０９０ 7777 3311")
    expect(page.locator("[data-crm-suspects]")).to_contain_text("段田 綾香")
    page.fill("[name=point__phone]", "090-1")
    expect(page.locator("[data-crm-suspects]")).not_to_contain_text("段田 綾香")


def any_spelling_of_the_number_opens_her(story: Story) -> None:
    page = story.desk("staff")
    for number in NUMBERS:
        page.goto("/admin/crm/call/")
        expect(page.locator("[name=number]")).to_be_focused()
        page.keyboard.type(number)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.locator("main h1").first).to_contain_text("段田 綾香")


def a_call_is_two_keys_and_the_words(story: Story) -> None:
    page = story.desk("staff")
    page.keyboard.type("「土曜の夜に六人で」とのこと。")
    page.keyboard.press("Alt+Digit1")
    with page.expect_navigation():
        page.keyboard.press("Alt+Digit8")
    expect(page.locator("#card-next + ul")).to_contain_text("土曜の夜に六人で")
    expect(page.locator(".crm-quote").first).to_contain_text("土曜の夜に六人で")
    story.facts["record"] = page.url


def a_visit_is_noted_with_what_comes_next(story: Story) -> None:
    page = story.desk("staff")
    with within(15):
        page.get_by_role("link", name="会話を記録").click()
        form = page.locator("#note form")
        form.locator("[name=happened]").select_option("visit")
        form.locator("[name=phase]").select_option("sales")
        form.locator("[name=summary]").press_sequentially("個室の下見", delay=40)
        form.locator("[name=tags]").press_sequentially("個室、忘年会", delay=40)
        form.locator("[name=next_what]").press_sequentially("見積もりを送る", delay=40)
        form.locator("[name=next_on]").fill("2030-01-31")
        s.press(page, form.locator("button:not([type=button])"))
    expect(page.locator("#story")).to_contain_text("個室, 忘年会")
    expect(page.locator("#card-next + ul")).to_contain_text("見積もりを送る")


def the_history_goes_on_as_one_scrolls(story: Story) -> None:
    page = story.desk("staff")
    page.goto(story.facts["record"])
    form = page.locator("#note form")
    address = form.get_attribute("action")
    token = form.locator("[name=csrfmiddlewaretoken]").get_attribute("value")
    for number in range(40):
        said = {"happened": "note", "summary": f"メモ{number}号", "key": f"e2e{number}"}
        headers = {"Referer": story.address + address}
        data = {**said, "csrfmiddlewaretoken": token}
        answer = page.request.post(address, form=data, headers=headers, max_redirects=0)
        assert answer.status == 302
    page.goto(f"{story.facts['record'].split('#')[0]}?text=メモ")
    expect(page.locator(".crm-entry")).to_have_count(30)
    page.locator(".crm-entry").last.scroll_into_view_if_needed()
    expect(page.locator(".crm-entry")).to_have_count(40)
    expect(page.locator("#story")).to_contain_text("メモ0号")


def test_who_is_looked_for_is_found_while_one_types(story):
    page = story.desk("staff")
    page.goto("/admin/crm/contacts/")
    page.evaluate("window.stayed = true")
    box = page.locator("main input[name=q]").first
    names = page.locator("td.title")
    for typed in ("わたなべ まこと", "ﾜﾀﾅﾍﾞ", "watanabe makoto"):
        box.fill("")
        box.press_sequentially(typed, delay=30)
        expect(names.first).to_contain_text("渡辺")
    box.fill("zzzz")
    expect(page.locator("main")).to_contain_text(re.compile("該当する方がいません"))
    assert page.evaluate("window.stayed")

"""Trust row P8 in a real browser: what the device keeps before, after and without a yes."""

import pytest
from playwright.sync_api import Page, expect

from .barriers import barriers
from .story import until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
STORED = """async () => ({
    cookies: document.cookie,
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).map((each) => each.name),
    caches: 'caches' in window ? await caches.keys() : [],
    workers: 'serviceWorker' in navigator
        ? (await navigator.serviceWorker.getRegistrations()).length : 0,
})"""
NOTHING = {
    "cookies": "",
    "local": [],
    "session": [],
    "databases": [],
    "caches": [],
    "workers": 0,
}
ROAD = ["/ja/", "/ja/menu/", "/ja/news/", "/ja/search/?q=ランチ", "/ja/circle/", "/en/"]


def stored(page: Page) -> dict:
    return page.evaluate(STORED)


def names(page: Page) -> set[str]:
    return {cookie["name"] for cookie in page.context.cookies()}


def bar(page: Page):
    return page.locator("[data-crm-visits]")


def test_nothing_is_stored_before_an_answer(browser_window):
    page = browser_window()
    for address in ROAD:
        page.goto(address)
        assert stored(page) == NOTHING, address
        assert names(page) == set(), address
    expect(bar(page)).to_be_visible()


def test_a_page_with_a_form_keeps_the_number_against_forgery_only(browser_window):
    page = browser_window()
    page.goto("/ja/inquiry/")
    assert names(page) == {"csrftoken"}


@pytest.mark.parametrize(
    ("word", "said", "kept"),
    [
        ("記録しない", "no", {"crm_choice"}),
        ("かまいません", "yes", {"crm_choice", "crm_visit"}),
    ],
)
def test_an_answer_is_kept_and_asked_for_once(browser_window, word, said, kept):
    page = browser_window()
    page.goto("/ja/")
    with page.expect_response("**/crm/site-visits*"):
        bar(page).get_by_role("button", name=word).click()
    expect(bar(page)).to_be_hidden()
    assert names(page) == kept
    assert stored(page)["cookies"].startswith(f"crm_choice={said}.")
    page.goto("/en/")
    expect(bar(page)).to_be_hidden()


def test_the_answer_is_given_by_keyboard_alone(browser_window):
    page = browser_window("en-US")
    page.goto("/en/about/")
    question = page.get_by_role(
        "region", name="May we note which of our pages you read?"
    )
    expect(question).to_be_visible()
    question.get_by_role("link", name="More about it").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Yes, you may")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="No, thank you")).to_be_focused()
    with page.expect_response("**/crm/site-visits*"):
        page.keyboard.press("Enter")
    expect(question).to_be_hidden()


def test_the_two_buttons_look_equal(browser_window):
    page = browser_window("en-US", phone=True)
    page.goto("/en/")
    looks = (
        bar(page)
        .locator("button")
        .evaluate_all(
            """buttons => buttons.map((button) => {
            const style = getComputedStyle(button);
            const { width, height } = button.getBoundingClientRect();
            return [style.color, style.backgroundColor, style.border, style.fontSize,
                style.fontWeight, Math.round(width), Math.round(height)].join();
        })"""
        )
    )
    assert len(looks) == 2
    assert looks[0] == looks[1]


def test_whoever_changes_their_mind_finds_the_way_in_the_foot(browser_window):
    page = browser_window("en-US")
    page.goto("/en/")
    with page.expect_response("**/crm/site-visits*"):
        bar(page).get_by_role("button", name="Yes").click()
    page.locator("footer").get_by_role("link", name="Your visits to our site").click()
    expect(page.get_by_text("At present: you agreed")).to_be_visible()
    page.get_by_role("button", name="No, thank you").click()
    expect(page.get_by_role("status")).to_contain_text("we note nothing")
    assert stored(page)["cookies"].startswith("crm_choice=no.")


def test_a_browser_that_asks_not_to_be_tracked_is_not_asked(browser_window):
    page = browser_window("en-US")
    page.context.set_extra_http_headers({"Sec-GPC": "1"})
    page.add_init_script(
        "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
    )
    page.goto("/en/")
    expect(bar(page)).to_be_hidden()
    page.goto("/crm/site-visits?in=en")
    expect(page.get_by_role("button")).to_have_count(0)
    assert stored(page) == NOTHING


def test_without_scripts_the_page_with_the_buttons_does(chromium, hinata):
    context = chromium.new_context(base_url=hinata, java_script_enabled=False)
    page = context.new_page()
    page.goto("/en/")
    assert not bar(page).is_visible()
    page.locator("footer a[href*='site-visits']").click()
    page.get_by_role("button", name="Yes").click()
    assert names(page) == {"crm_choice"}
    context.close()


def test_no_barrier_where_visits_are_asked_about(browser_window):
    found = []
    for locale, address in (("ja-JP", "/ja/"), ("en-US", "/en/")):
        page = browser_window(locale)
        page.goto(address)
        expect(bar(page)).to_be_visible()
        found += barriers(page)
        for other in (f"/crm/site-visits?in={address[1:3]}", f"{address}circle/"):
            page.goto(other)
            found += barriers(page)
    assert not found


def test_what_has_the_focus_does_not_hide_behind_the_question(browser_window):
    page = browser_window("ja-JP", phone=True)
    page.goto("/ja/")
    expect(bar(page)).to_be_visible()
    page.evaluate("document.fonts.ready")
    for link in page.locator("footer a").all():
        until(lambda link=link: stands_free(page, link), seconds=20)


def stands_free(page, link):
    """Whether *link*, once it has the focus, stands above the bar."""
    link.blur()
    link.focus()
    return page.evaluate(
        "([link, bar]) => link.getBoundingClientRect().bottom"
        " <= bar.getBoundingClientRect().top + 1",
        [link.element_handle(), bar(page).element_handle()],
    )

"""The preview beside the rule: what is changed in the editor is shown and kept.

The page's clock stands still, so that each change falls into the moment it is about.
"""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from . import story as s
from .story import Story

pytestmark = [pytest.mark.e2e, pytest.mark.once]
A_MOMENT = 400  # Wagtail looks at the form for the first time after 2 seconds
A_WHILE = 4_000  # look for changes, wait for more of them, save, show


@pytest.fixture
def page(hinata, browser_window):
    """The editor of a new segment, just opened."""
    page = Story(hinata, browser_window).desk("marketer")
    now = dt.datetime.now(dt.UTC)
    page.clock.install(time=now)
    page.clock.pause_at(now + dt.timedelta(seconds=1))
    page.goto("/admin/crm/segments/add/")
    page.clock.run_for(A_MOMENT)
    return page


def say_lunch(page: Page) -> None:
    s.add_block(page.locator("[data-contentpath=rule]"), "tag")
    page.clock.run_for(A_MOMENT)
    page.select_option("[name='rule-0-value-attribute']", "taste")
    page.select_option("[name='rule-0-value-operator']", "one_of")
    s.tick(page.locator("[name='rule-0-value-choices'][value='taste:lunch']"))


def saved(page: Page):
    return page.expect_response(lambda r: r.request.method == "POST" and is_save(r))


def is_save(response) -> bool:
    return "/preview/" not in response.url and "/crm/segments/" in response.url


def test_a_change_made_while_the_editor_opens_is_shown(page):
    seen = s.preview(page)
    s.visible(seen.locator("main h1"))
    say_lunch(page)
    page.clock.run_for(A_WHILE)
    page.clock.resume()
    expect(seen.locator(".figure strong")).not_to_be_empty(timeout=s.PATIENCE)


def test_a_change_made_while_the_editor_opens_is_kept(page):
    page.fill("[name=name]", "Typed at once")
    with saved(page) as answer:
        page.clock.run_for(A_WHILE)
    assert answer.value.ok


def test_a_change_made_while_a_draft_is_being_saved_is_shown_and_kept(page):
    seen = s.preview(page)
    s.visible(seen.locator("main h1"))
    page.clock.run_for(A_WHILE)
    held = []
    page.route("**/crm/segments/add/", lambda route: held.append(route))
    page.fill("[name=name]", "Changed in between")
    page.clock.run_for(A_WHILE)
    s.until(lambda: page.wait_for_timeout(50) or held)
    say_lunch(page)
    with page.expect_response(lambda r: "/edit/" in r.url) as editor:
        held[0].continue_()
    editor.value.finished()
    page.wait_for_timeout(500)
    page.clock.run_for(100)
    with saved(page):
        page.clock.resume()
    expect(seen.locator(".figure strong")).not_to_be_empty(timeout=s.PATIENCE)


def test_looking_at_the_editor_saves_nothing(page):
    sent = []
    page.on("request", lambda r: r.method == "POST" and sent.append(r.url))
    s.visible(s.preview(page).locator("main h1"))
    page.clock.run_for(3 * A_WHILE)
    page.wait_for_timeout(500)
    assert all("/preview/" in url for url in sent)

"""The preview beside the rule: what is changed in the editor is shown and kept.

The page's clock stands still, so that each change falls into the moment it is about;
but not where somebody works by keyboard alone.
"""

import datetime as dt
import re

import pytest
from playwright.sync_api import Locator, Page, expect

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


def test_a_period_asks_only_for_the_number_that_it_needs(page):
    s.add_block(page.locator("[data-contentpath=rule]"), "calendar")
    page.clock.run_for(A_MOMENT)
    when, days, months = (
        page.locator(f"[name='rule-0-value-{name}']")
        for name in ("when", "days", "months")
    )
    expect(when.locator("optgroup")).to_have_count(2)
    for kind, shown in (("last", days), ("months", months), ("next_month", None)):
        when.select_option(kind)
        for field in (days, months):
            expect(field).to_be_visible(visible=field is shown)


def test_looking_at_the_editor_saves_nothing(page):
    sent = []
    page.on("request", lambda r: r.method == "POST" and sent.append(r.url))
    s.visible(s.preview(page).locator("main h1"))
    page.clock.run_for(3 * A_WHILE)
    page.wait_for_timeout(500)
    assert all("/preview/" in url for url in sent)


def focused(place: Locator) -> bool:
    return place.evaluate("place => place === document.activeElement")


def go_to(place: Locator) -> None:
    """By the Tab key alone, as somebody without a mouse."""
    page = place.page
    for _stop in range(150):
        if place.count() and focused(place):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {place}: {s.seen(page)}")


def add_by_keyboard(stream: Locator, name: str) -> None:
    """The last + sign of a stream, the name of a block, Enter.

    Once more where the list closed again, as in ``story.add_block``.
    """
    page, blocks = stream.page, stream.locator("[data-streamfield-child]")
    search = page.locator(".w-combobox input").locator("visible=true")
    wanted = blocks.count() + 1

    def added() -> bool:
        if blocks.count() < wanted:
            page.keyboard.press("Escape")
            go_to(stream.locator(".c-sf-add-button").last)
            page.keyboard.press("Enter")
            go_to(search)
            page.keyboard.type(name)
            page.keyboard.press("Enter")
            page.wait_for_timeout(500)
        return blocks.count() == wanted

    s.until(added, seconds=30)


def names_a_nested_group(page: Page) -> None:
    """Who came at least once, or is a prospect."""
    go_to(page.locator("[name=name]"))
    page.keyboard.type("Known by keyboard")
    rule = page.locator("[data-contentpath=rule]")
    add_by_keyboard(rule, "グループ")
    expect(page.locator("[name='rule-0-value-match']")).to_have_value("any")
    conditions = rule.locator("[data-contentpath=conditions]")
    add_by_keyboard(conditions.first, "利用回数")
    add_by_keyboard(conditions.first, "グループ")
    add_by_keyboard(conditions.nth(1), "顧客ステージ")
    go_to(stage(page, "prospect"))
    page.keyboard.press("Space")


def stage(page: Page, name: str) -> Locator:
    inner = "rule-0-value-conditions-1-value-conditions-0-value-stages"
    return page.locator(f"[name='{inner}'][value={name}]")


def publish_by_keyboard(page: Page) -> None:
    go_to(page.locator("footer .w-dropdown__toggle"))
    page.keyboard.press("Enter")
    go_to(page.locator("[name=action-publish]"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".messages .success")).to_be_visible()


@pytest.mark.slow
def test_a_marketer_makes_a_segment_by_keyboard_and_cannot_lose_what_is_used(
    hinata, browser_window
):
    page = Story(hinata, browser_window).desk("marketer")
    page.goto("/admin/crm/segments/add/")
    figure = s.preview(page).locator(".figure strong")
    names_a_nested_group(page)
    expect(figure).to_have_text(re.compile(r"\d{3}"), timeout=s.PATIENCE)
    publish_by_keyboard(page)
    page.goto("/admin/crm/segments/")
    row = page.locator("main tr", has_text="Known by keyboard")
    editor, members = row.locator(".title-wrapper a"), row.locator("a[href*=inspect]")
    s.reload_until(page, members, r"\d{3}")
    address, listed = (link.get_attribute("href") for link in (editor, members))

    page.goto(address)
    enter = s.preview(page).locator(".moves > div").first
    go_to(stage(page, "new"))
    page.keyboard.press("Space")
    expect(enter).to_contain_text(re.compile(r"\+[1-9]"), timeout=s.PATIENCE)
    s.visible(enter.locator("li"))
    publish_by_keyboard(page)

    page.goto(listed)
    s.press(page, page.locator("a[href*='/explain/']", has_text="理由を見る").first)
    expect(page.locator(".crm-verdict")).to_contain_text("該当します")
    expect(page.locator(".crm-lines__yes")).not_to_have_count(0)

    page.goto("/admin/crm/segments/add/")
    page.fill("[name=name]", "Rests on another")
    add_by_keyboard(page.locator("[data-contentpath=rule]"), "セグメント")
    page.select_option("[name='rule-0-value-segment']", label="Known by keyboard")
    s.publish(page)
    page.goto(address.replace("/edit/", "/delete/"))
    expect(page.locator("main li a")).to_have_text("Rests on another")
    expect(page.locator("main form")).to_have_count(0)


NAMES_WHAT_IS_GONE = """
from crm_plugin.models import Segment
from crm_plugin.segments.ready_made import condition
ticked = {"operator": "one_of", "choices": ["taste:gone", "taste:lunch"]}
rule = [
    condition("uses", how="none", when="ever", category="gone"),
    condition("attribute", attribute="taste", **ticked),
    condition("shop_gone", plan="gold"),
]
print(Segment.objects.create(key="of_the_gone", name="Of the gone", rule=rule).pk)
"""


def test_what_is_gone_is_kept_by_the_editor_and_refused(hinata, browser_window, inside):
    page = Story(hinata, browser_window).desk("marketer")
    page.goto(f"/admin/crm/segments/edit/{inside(NAMES_WHAT_IS_GONE)}/")
    kept_by_the_editor(page)
    page.locator("footer .w-dropdown__toggle").click()
    s.press(page, page.locator("[name=action-publish]"))
    kept_by_the_editor(page)
    beside = page.locator("[data-contentpath=category]").first
    expect(beside).to_contain_text("「gone」はもうありません")


def kept_by_the_editor(page: Page) -> None:
    expect(page.locator("[name='rule-0-value-category']")).to_have_value("gone")
    ticks = page.locator("[name='rule-1-value-choices']:checked")
    expect(ticks).to_have_count(2)
    expect(page.locator("label", has_text="taste:gone（削除済み）")).to_be_visible()
    expect(page.locator("[name='rule-2-value']")).to_have_value(re.compile("shop_gone"))


TOO_MUCH = """
from crm_plugin.models import Segment
from crm_plugin.segments.ready_made import condition, group
used = condition("uses", how="at_least", number=3, when="ever")
never = condition("uses", how="none", when="ever")
rule = used
for _level in range(5):
    rule = group("any", rule)
rule = [rule, group("all", used, never)]
print(Segment.objects.create(key="too_much", name="Too much", rule=rule).pk)
"""


def test_what_is_wrong_is_said_inside_the_group_it_is_about(
    hinata, browser_window, inside
):
    page = Story(hinata, browser_window).desk("marketer")
    page.goto(f"/admin/crm/segments/edit/{inside(TOO_MUCH)}/")
    page.locator("footer .w-dropdown__toggle").click()
    s.press(page, page.locator("[name=action-publish]"))
    deep = page.locator(".crm-group", has=page.locator(f"[name='{DEEP}-match']")).last
    expect(deep).to_contain_text("グループの入れ子は4段までです")
    expect(page.locator(f"[name='{DEEP}-conditions-0-value-number']")).to_have_value(
        "3"
    )
    both = page.locator(".crm-group", has=page.locator("[name='rule-1-value-match']"))
    expect(both.last).to_contain_text("同時に成り立ちません")
    expect(both.last).not_to_contain_text("4段まで")


DEEP = "rule-0-value" + "-conditions-0-value" * 4

"""A till's sheet changes uses and segments; taken back, it leaves no trace."""

import datetime as dt
import re

from playwright.sync_api import Page, expect

from . import shaping
from . import story as s
from .story import Story

GUESTS = [
    ["会員番号", "お名前"],
    ["E2E-1", "夕月 夏"],
    ["E2E-2", "若葉 一"],
    ["E2E-3", "冬木 眠"],
]
# Who came how many days ago, for what; each joins one of the segments.
VISITS = {"E2E-1": (5, "ディナー"), "E2E-2": (30, "ランチ"), "E2E-3": (400, "ランチ")}
JOINED = {
    "ディナーのお客様": "夕月",
    "1回だけご利用の方": "若葉",
    "しばらくお越しでない方": "冬木",
}
OTHERS = 1_000
# Writes down what the bar shows, for as long as this window is open.
NOTE_THE_BAR = """new MutationObserver(() => {
    const bar = document.querySelector('.crm-progress__bar');
    if (bar) sessionStorage.bar = `${sessionStorage.bar || ''} ${bar.value}`;
}).observe(document, {subtree: true, childList: true, attributes: true})"""
HEAD = "日付,時刻,会員番号,商品,部門,数量,金額,支払方法,区分"


def till() -> bytes:
    """Three known guests, and so many others that the bar has a way to go."""
    today = dt.date.today()  # noqa: DTZ011
    known = [
        f"{today - dt.timedelta(days=ago):%Y/%m/%d},12:00,{card},定食,{kind},1,1500,現金,売上"
        for card, (ago, kind) in VISITS.items()
    ]
    day = today - dt.timedelta(days=2)
    others = [
        f"{day:%Y/%m/%d},{n // 60 % 24:02}:{n % 60:02},,小皿,ランチ,1,{500 + n},現金,売上"
        for n in range(OTHERS)
    ]
    return "\n".join([HEAD, *known, *others]).encode("cp932")


def sizes(story: Story) -> dict[str, int]:
    """How many are in each of the segments, by the list."""
    page = story.desk("marketer")
    page.goto("/admin/crm/segments/")
    return {
        name: int(row_of(page, name).locator("td").nth(3).inner_text().replace(",", ""))
        for name in JOINED
    }


def row_of(page: Page, name: str):
    link = page.get_by_role("link", name=name, exact=True)
    return page.locator("main tbody tr").filter(has=link)


def staff_bring_three_guests(story: Story) -> None:
    """8. Three people with their member cards; nobody of them has come yet."""
    story.facts["sizes"] = sizes(story)
    page = story.desk("staff")
    shaping.upload(page, "contacts", "会員.xlsx", shaping.workbook(GUESTS))
    shaping.go_on(page)
    page.check("[name=basis][value=none]")
    shaping.go_on(page)
    s.visible(page.locator(".crm-import__rows tbody tr"))
    shaping.write(page)
    expect(page.locator(".crm-import__facts strong").first).to_have_text("3")


def staff_watch_the_till_come_in(story: Story) -> None:
    """8. The bar moves while the sheet is checked and written."""
    page = story.desk("staff")
    page.add_init_script(NOTE_THE_BAR)
    shaping.upload(page, "purchases", "レジ.csv", till())
    shaping.go_on(page)
    s.visible(page.locator(".crm-import__rows tbody tr"))
    shaping.write(page)
    seen = page.evaluate("sessionStorage.bar").split()
    assert len(set(seen)) > 1, f"the bar stood still at {seen}"
    story.facts["till"] = page.url


def purchases_change_uses(story: Story) -> None:
    """8. Each of the three stands at one use."""
    story.facts["guests"] = [record_of(story, name) for name in JOINED.values()]
    for record in story.facts["guests"]:
        uses_become(story, record, "1")


def record_of(story: Story, name: str) -> str:
    page = story.desk("staff")
    page.goto(f"/admin/crm/contacts/?q={name}")
    link = page.locator(".title-wrapper a", has_text=name).first
    return link.get_attribute("href")


def uses_become(story: Story, record: str, count: str) -> None:
    page = story.desk("staff")
    page.goto(record)
    uses = page.locator("[aria-labelledby=card-uses] strong").first
    s.reload_until(page, uses, f"^{count}$")


def segments_count_them(story: Story) -> None:
    """9. One more in each segment: by the list, the preview and the members' names."""
    more = {name: size + 1 for name, size in story.facts["sizes"].items()}
    s.until(lambda: sizes(story) == more)
    page = story.desk("marketer")
    for name, guest in JOINED.items():
        page.goto("/admin/crm/segments/")
        with page.expect_navigation():
            row_of(page, name).get_by_role("link", name=name, exact=True).click()
        figure = s.preview(page).locator(".figure strong")
        expect(figure).to_have_text(str(more[name]), timeout=s.PATIENCE)
        number = re.search(r"/edit/(\d+)", page.url)[1]
        page.goto(f"/admin/crm/segments/inspect/{number}/?since=1")
        expect(page.locator("main table").first).to_contain_text(guest)


def staff_take_the_till_back(story: Story) -> None:
    """8. As if it had never been: no use, and the segments are as before."""
    page = story.desk("staff")
    page.goto(story.facts["till"])
    with page.expect_navigation():
        page.click("a[href$='/undo/']")
    s.press(page, page.locator("form.crm-import__actions button"))
    s.visible(page.locator(".help-block.help-info"))
    for record in story.facts["guests"]:
        uses_become(story, record, "0")
    s.until(lambda: sizes(story) == story.facts["sizes"])

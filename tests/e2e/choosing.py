"""Steps 11–13: the personal page, her choice, and what came of it."""

from playwright.sync_api import expect

from . import story as s
from .story import Story

LUNCH, EVERYONE = "きのこの定食、始まりました", "日のあたる席で、土鍋ごはんを"


def she_clicks(story: Story) -> None:
    """11. The home page opens with lunch for her, with the default for any other."""
    box = story.desks["mailbox"]
    box.goto(story.facts["letter"])
    link = box.locator(".mail-text a[href*='/crm/c/']").first.get_attribute("href")
    page = story.open_window("ja-JP")
    page.goto("/ja/")
    expect(page.locator(".feature h2").first).to_have_text(EVERYONE)
    answer = page.goto(link)
    assert page.url.split("?")[0] == f"{story.address}/ja/"
    expect(page.locator(".feature h2").first).to_have_text(LUNCH)
    assert "private" in answer.headers["cache-control"]
    page.reload()
    expect(page.locator(".feature h2").first).to_have_text(LUNCH)
    other = story.open_window("ja-JP")
    other.goto("/ja/")
    expect(other.locator(".feature h2").first).to_have_text(EVERYONE)
    expect(other.locator("main")).not_to_contain_text(LUNCH)
    desk = story.desk("staff")
    desk.goto(story.facts["record"])
    s.reload_until(
        desk, desk.locator(".crm-entry--click"), "家族のお昼|席を予約する|/ja/"
    )


def search_knows_the_default_only(story: Story) -> None:
    """11. Nobody finds the lunch block, not even she."""
    page = story.open_window("ja-JP")
    home = page.locator("main li a[href$='/ja/']")
    page.goto(f"/ja/search/?q={EVERYONE}")
    expect(home).to_have_count(1)
    page.goto(f"/ja/search/?q={LUNCH}")
    expect(home).to_have_count(0)


def she_unsubscribes(story: Story) -> None:
    """12. The page changes nothing when it is looked at; one click of the client does."""
    box = story.desks["mailbox"]
    box.goto(story.facts["letter"])
    link = box.locator(".mail-text a[href*='/crm/u/']").first.get_attribute("href")
    page = story.open_window("ja-JP")
    page.goto(link)
    expect(page.locator("form button").first).to_be_visible()
    desk = story.desk("staff")
    desk.goto(story.facts["record"])
    consents = desk.locator("[aria-labelledby=card-consents]")
    expect(consents.locator(".icon-check")).to_have_count(1)
    s.press(box, box.locator("form[action$='/one-click/'] button"))
    assert box.url.endswith("unsubscribed=200")
    desk.reload()
    expect(consents.locator(".icon-check")).to_have_count(0)


def nobody_is_left(story: Story) -> None:
    """12. A second launch would reach nobody, and says why."""
    page = story.desk("marketer")
    page.goto(f"/admin/crm/campaign/send/{story.facts['campaign']}/")
    expect(page.locator(".crm-big")).to_have_text("0")
    expect(page.locator("form.crm-launch button[type=submit]")).to_be_disabled()


def owner_sees_what_came_of_it(story: Story) -> None:
    """13. Heartbeat, came once, stages, results: drawn, as a table, to export."""
    page = story.desk("owner")
    page.goto("/admin/crm/")
    s.visible(page.locator(".crm-beat--alive"))
    once = page.locator("[aria-labelledby=once]")
    assert int(s.said(once.locator(".crm-number")).replace(",", "")) > 10
    s.visible(once.locator(".crm-people a"))
    for card in ("once", "stages", "moves"):
        chart = page.locator(f"[aria-labelledby={card}] .crm-chart")
        s.visible(chart.locator("svg"))
        expect(chart.locator("details table")).to_be_attached()
    expect(page.locator("[aria-labelledby=campaigns]")).to_contain_text("家族のお昼")
    page.goto(story.facts["mailing"])
    s.visible(page.locator("[aria-labelledby=results] .crm-sums li"))
    with page.expect_download() as download:
        page.click("a[href='?export=csv']")
    assert download.value.suggested_filename.endswith(".csv")


def staff_stand_in_the_restaurant(story: Story) -> None:
    """The record, Today and the bookings at 390 pixels: nothing runs out of sight."""
    page = story.desk("staff", phone=True)
    addresses = ("/admin/crm/today/", story.facts["record"], "/admin/crm/bookings/")
    for address in addresses:
        page.goto(address)
        s.visible(page.locator("h1"))
        s.fits(page)

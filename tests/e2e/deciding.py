"""What waits on Today, and three forms with one address: staff decide."""

from playwright.sync_api import Locator, expect

from . import story as s
from .story import Story

SAKURA = "haruno@e2e.example"
HERS = {"family_name": "春野", "given_name": "さくら", "email": SAKURA}
NEW_NUMBER = "03-5555-0199"


def overdue_is_red(story: Story) -> None:
    """4. On the dashboard and on Today, what is late stands out in red."""
    page = story.desk("staff")
    page.goto("/admin/")
    late = page.locator(".crm-owed-panel .crm-late a", has_text="期限切れ")
    assert int(late.locator("strong").inner_text()) > 0
    assert is_red(late)
    page.goto("/admin/crm/today/")
    assert is_red(page.locator("#answers .crm-desk__late").first)


def is_red(place: Locator) -> bool:
    script = "each => getComputedStyle(each).color.match(/\\d+/g).map(Number)"
    red, green, blue = place.evaluate(script)[:3]
    return red > 150 and red > 2 * green and red > 2 * blue


def three_forms_with_one_address(story: Story) -> None:
    """6. She asks; asks again with a new number; somebody else uses her address."""
    page = story.open_window("ja-JP")
    for answers in (
        HERS,
        {**HERS, "given_name": "桜子", "phone": NEW_NUMBER},
        {**HERS, "given_name": "大地"},
    ):
        page.goto("/ja/inquiry/")
        said = "テラス席は何名まで座れますか。よろしくお願いします。"
        s.fill_like_a_person(page, {**answers, "message": said})
        s.send_form(page)
        s.visible(page.locator(".crm-thanks"))


def staff_accept_one_and_reject_one(story: Story) -> None:
    """6. The number is hers, the new name is not; each by one click."""
    page = story.desk("staff")
    page.goto("/admin/crm/contacts/?q=春野")
    name = page.locator(".title-wrapper a", has_text="春野 さくら")
    s.reload_until(page, name, "さくら")
    with page.expect_navigation():
        name.first.click()
    record = page.url
    s.reload_until(page, page.locator(".crm-waits summary"), "変更3件")
    page.click(".crm-waits summary")
    expect(page.locator(".crm-claims").last).to_contain_text("大地")
    s.press(page, answer(page.locator("body"), "5555", "accept"))
    reach = page.locator("[aria-labelledby=card-reach]")
    expect(reach).to_contain_text("5555")
    s.press(page, answer(page.locator("body"), "桜子", "reject"))
    assert page.url.partition("#")[0] == record
    expect(page.locator("h1")).to_contain_text("春野 さくら")
    expect(page.locator(".crm-claims")).to_have_count(1)
    story.facts["sakura"] = record


def answer(place: Locator, words: str, verdict: str) -> Locator:
    row = place.locator(".crm-claims__row", has_text=words)
    return row.locator(f"form[action*='/claims/{verdict}/'] button")


def staff_make_a_record_of_the_other(story: Story) -> None:
    """6. Another person at this address: a record of his own; hers stays."""
    page = story.desk("staff")
    claims = page.locator(".crm-claims", has_text="大地")
    s.press(page, claims.locator("form[action*='/another-person/'] button"))
    assert page.url != story.facts["sakura"]
    expect(page.locator("h1")).to_contain_text("春野 大地")
    expect(page.locator("[aria-labelledby=card-reach]")).to_contain_text(SAKURA)
    page.goto(story.facts["sakura"])
    expect(page.locator("h1")).to_contain_text("春野 さくら")
    expect(page.locator(".crm-claims")).to_have_count(0)

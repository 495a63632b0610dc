"""At the counter and at the board: what staff do with a hand on the keys."""

import time

from playwright.sync_api import expect

from . import story as s
from .story import Story

SECONDS = 10


def a_cash_sale_of_a_found_guest(story: Story) -> None:
    """A part of a name, Enter, the amount, Enter: booked in less than ten seconds."""
    page = story.desk("staff")
    page.goto("/admin/crm/counter/")
    found = page.locator("[data-crm-finder-target=found] input[type=radio]")
    begun = time.monotonic()
    page.keyboard.type("サトウ")
    page.keyboard.press("Enter")
    s.visible(found.first)
    expect(found.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#id_amount")).to_be_focused()
    page.keyboard.type("1500")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert time.monotonic() - begun < SECONDS
    expect(page.locator(".crm-counter__today")).to_contain_text("¥1,500")
    expect(page.locator(".crm-counter__today")).to_contain_text("現金")


def a_deal_is_dragged_and_pushed_back(story: Story) -> None:
    """By the mouse to the next stage, by the keyboard back again."""
    page = story.desk("staff")
    page.goto("/admin/crm/deals/")
    columns = page.locator(".crm-board__column")
    card = columns.first.locator(".crm-deal").first
    number = card.get_attribute("id")
    card.drag_to(columns.nth(1))
    moved = columns.nth(1).locator(f"#{number}")
    s.visible(moved)
    moved.locator(".crm-deal__moves button").first.focus()
    page.keyboard.press("Enter")
    s.visible(columns.first.locator(f"#{number}"))


def a_guest_steps_up_to_another_plan(story: Story) -> None:
    """Staff change the plan; the record and its history tell it at once."""
    page = story.desk("staff")
    page.goto("/admin/crm/contacts/")
    # Those on top are of other tests, and have a long history of today.
    page.locator(".title-wrapper a").last.click()
    page.get_by_role("link", name="プランを始める").or_(
        page.get_by_role("link", name="プランを変更")
    ).click()
    page.select_option("[name=plan]", label="ゴールド")
    page.fill("[name=note]", "記念日に使いたい")
    s.press(page, page.get_by_role("button", name="保存"))
    card = page.locator("section:has(#card-plan)")
    expect(card).to_contain_text("ゴールド")
    expect(page.locator(".crm-story")).to_contain_text("記念日に使いたい")

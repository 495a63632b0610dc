"""A day at the desk: what is late, whose form it was, the till's sheet; in English, too."""

import pytest
from playwright.sync_api import expect

from . import counting, deciding, selling
from . import story as s
from .story import Story

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def story(hinata, browser_window):
    return Story(hinata, browser_window)


def test_staff_decide_what_forms_said(story):
    s.walk(
        story,
        [
            deciding.overdue_is_red,
            deciding.three_forms_with_one_address,
            deciding.staff_accept_one_and_reject_one,
            deciding.staff_make_a_record_of_the_other,
        ],
    )


def test_a_sheet_of_purchases_counts_until_it_is_taken_back(story):
    s.walk(
        story,
        [
            counting.staff_bring_three_guests,
            counting.staff_watch_the_till_come_in,
            counting.purchases_change_uses,
            counting.segments_count_them,
            counting.staff_take_the_till_back,
        ],
    )


def test_staff_sell_at_the_counter_and_move_a_deal(story):
    s.walk(
        story,
        [
            selling.a_cash_sale_of_a_found_guest,
            selling.a_deal_is_dragged_and_pushed_back,
            selling.a_guest_steps_up_to_another_plan,
        ],
    )


def test_a_marketer_works_in_english(story):
    page = story.desk("marketer")
    speak(page, "en")
    try:
        page.goto("/admin/crm/segments/")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("main")).to_contain_text(
            "more uses of Lunch than of Dinner"
        )
        with page.expect_navigation():
            page.get_by_role("link", name="Lunch guests", exact=True).click()
        expect(s.preview(page).locator(".figure")).to_contain_text("contacts")
        page.goto("/admin/crm/campaign/add/")
        expect(page.locator("main")).to_contain_text("Send to members of")
        expect(page.locator("main")).to_contain_text("Dinner guests – 1")
    finally:
        speak(page, "ja")


def speak(page, language: str) -> None:
    page.goto("/admin/account/")
    page.select_option("[name=locale-preferred_language]", language)
    s.press(page, page.locator("main form button[type=submit]"))

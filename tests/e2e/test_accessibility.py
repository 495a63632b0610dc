"""Nothing in our own markup stands in anybody's way, on a desktop and on a phone."""

import re

import pytest
from playwright.sync_api import Page

from . import shaping
from . import story as s
from .barriers import barriers
from .story import Story

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PAGES = [
    "/ja/",
    "/ja/booking/",
    "/ja/search/?q=ランチ",
    "/en/",
    "/en/catering/",
    "/crm/preferences/",
    "/ja/newsletter/",
    "/ja/catering/",
    "/ja/feedback/?score=9&stars=4",
    "/ja/faq/",
    "/en/feedback/",
    "/en/party/",
]
SCREENS = [
    "/admin/crm/",
    "/admin/crm/today/",
    "/admin/crm/today/follow-ups/",
    "/admin/crm/bookings/",
    "/admin/crm/claims/",
    "/admin/crm/counter/",
    "/admin/crm/evidence/",
    "/admin/crm/segments/",
    "/admin/crm/schemes/",
    "/admin/crm/scores/",
    "/admin/crm/scores/new/?ready=topic",
    "/admin/crm/attributes/new/",
    "/admin/crm/deals/",
    "/admin/crm/deals/list/",
    "/admin/crm/purchases/new/",
    "/admin/crm/plans/",
    "/admin/crm/reports/data_map/",
    "/admin/crm/submissions/",
    "/admin/crm/reports/form_results/",
    "/admin/crm/reports/nps/",
    "/admin/crm/ledgers/touchpoints/",
]
FIRST_OF = {
    "/admin/crm/contacts/": ".title-wrapper a",
    "/admin/crm/today/": "#answers .crm-desk__acts a",
    "/admin/crm/segments/": "main td a",
    "/admin/crm/campaign/": "main td a",
    "/admin/crm/": "[aria-labelledby=campaigns] td a",
    "/admin/crm/imports/": "main td a",
    "/admin/crm/organisations/": "main td.title a",
    "/admin/crm/attributes/": "main td.title a",
    "/admin/crm/deals/": ".crm-deal h3 a",
    "/admin/crm/purchases/": "main td.title a",
}


@pytest.fixture
def story(hinata, browser_window):
    return Story(hinata, browser_window)


def on_each(page: Page, addresses: list[str]) -> list[str]:
    found = []
    for address in addresses:
        page.goto(address)
        found += barriers(page)
    return found


def test_no_barrier_on_the_pages_of_visitors(story):
    page = story.open_window("ja-JP")
    assert not on_each(page, PAGES)


def test_no_barrier_from_a_form_to_its_confirmation(story):
    page = story.open_window("ja-JP")
    page.goto("/ja/inquiry/")
    found = barriers(page)
    s.send_form(page)  # empty: with its complaints
    found += barriers(page)
    page.check("input[name=crm_consent]")
    answers = {
        "family_name": "段田",
        "given_name": "直美",
        "email": s.NAOMI,
        "message": "入口に段差はありますか。車いすの母と二人で伺います。",
    }
    s.fill_like_a_person(page, answers)
    s.send_form(page)
    s.visible(page.locator(".crm-thanks"))
    found += barriers(page)
    link = story.mail(s.NAOMI).locator(".mail-text a[href*='/crm/confirm/']").first
    page.goto(link.get_attribute("href"))
    found += barriers(page)
    s.press(page, page.locator("form button"))
    found += barriers(page)
    page.click("a[href*='/crm/p']")
    found += barriers(page)
    assert not found


def test_no_barrier_on_the_steps_of_a_form(story):
    page = story.open_window("ja-JP", phone=True)
    page.goto("/ja/party/")
    s.send_form(page)  # the first step with its complaints
    found = barriers(page)
    page.check("input[name=occasion][value=お祝い]")
    page.fill("input[name=celebration]", "還暦")
    page.fill("input[name=day]", "2030-05-12")
    page.fill("input[name=people]", "12")
    s.send_form(page)
    found += barriers(page)
    page.check("input[name=allergy]")
    s.visible(page.locator("textarea[name=allergies]"))
    found += barriers(page)
    page.fill("textarea[name=allergies]", "そば")
    s.send_form(page)
    found += barriers(page)
    s.fits(page)
    assert "3 / 3" in page.locator(".crm-progress").inner_text()
    assert not found


def test_no_barrier_on_the_screens_of_staff_and_marketers(story):
    page = story.desk("owner")
    found = on_each(page, SCREENS)
    for list_of, first in FIRST_OF.items():
        page.goto(list_of)
        if list_of not in SCREENS:
            found += barriers(page)
        address = page.locator(first).first.get_attribute("href")
        found += on_each(page, [address])
        if "/campaign/edit/" in address:
            number = re.search(r"\d+", address)[0]
            found += on_each(page, [f"/admin/crm/campaign/send/{number}/"])
    page.goto("/admin/crm/contacts/")
    one, two = (
        re.search(r"\d+", page.locator(".title-wrapper a").nth(n).get_attribute("href"))
        for n in (0, 1)
    )
    number = one[0]
    found += on_each(
        page,
        [
            f"/admin/crm/contacts/{number}/map/",
            f"/admin/crm/contacts/{number}/scores/",
            f"/admin/crm/plan-periods/of/{number}/",
            "/admin/crm/organisations/1/people/add/",
        ],
    )
    merge = f"/admin/crm/merge/?survivor={one[0]}&duplicate={two[0]}"
    wishes = f"/admin/crm/contacts/{one[0]}/preferences/"
    found += on_each(page, [f"/admin/crm/merge/{one[0]}/with/", merge, wishes])
    assert not found


def test_on_a_telephone_a_ledger_begins_with_its_list(story):
    page = story.desk("owner", phone=True)
    page.goto("/admin/crm/ledgers/touchpoints/")
    row, filters = page.locator("tbody tr").first, page.locator(".crm-filters")
    assert row.bounding_box()["y"] < 400
    s.fits(page)
    filters.locator("summary").click()
    s.press(page, filters.get_by_role("link", name="電話").first)
    assert filters.locator("summary").inner_text() == "フィルター: 電話"
    assert row.bounding_box()["y"] < 400
    filters.locator("summary").click()
    assert not barriers(page)


def test_no_barrier_on_the_way_of_a_spreadsheet(story):
    page = story.desk("staff")
    found = on_each(page, ["/admin/crm/imports/new/"])
    sheet = shaping.workbook(shaping.PEOPLE)
    shaping.upload(page, "contacts", "名簿.xlsx", sheet)
    found += barriers(page)
    shaping.go_on(page)
    found += barriers(page)
    page.check("[name=basis][value=agreed]")
    page.select_option("[name=topic]", label="ひなたのお便り")
    page.fill("[name=note]", "事務所の棚")
    shaping.go_on(page)
    s.visible(page.locator(".crm-import__rows tbody tr"))
    found += barriers(page)
    page.click("a[href$='/apply/']")
    found += barriers(page)
    assert not found

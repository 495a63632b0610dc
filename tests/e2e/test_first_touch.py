"""Where somebody first landed goes with her from page to page, into what she sends."""

import json

import pytest
from playwright.sync_api import expect

from . import story as s

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ADDRESS = "spring.card@mail.example"
TOLD = f"""
import json
from crm_plugin.models import FormCount, Submission
row = Submission.objects.get(email_norm="{ADDRESS}")
counted = FormCount.objects.filter(page_id=row.page_id, starts__gt=0)
print(json.dumps([row.source, counted.exists()]))
"""


def test_the_first_page_and_its_marks_reach_the_submission_and_nothing_is_kept(
    inside, browser_window
):
    page = browser_window("en-GB")
    page.goto("/en/?utm_source=spring-card&utm_medium=card&utm_campaign=spring")
    page.locator("a[href*='/en/menu/']").first.click()
    page.wait_for_url("**/en/menu/**")
    page.locator("a[href*='/en/inquiry/']").first.click()
    page.wait_for_url("**/en/inquiry/**")
    assert "crm-from" not in page.url
    answers = {
        "family_name": "Card",
        "given_name": "Hana",
        "email": ADDRESS,
        "message": "Is there a table by the window?",
    }
    s.fill_like_a_person(page, answers)
    s.send_form(page)
    expect(page.locator(".crm-thanks")).to_be_visible()
    source, begun = json.loads(inside(TOLD).splitlines()[-1])
    assert source["utm_source"] == "spring-card"
    assert (source["utm_medium"], source["utm_campaign"]) == ("card", "spring")
    assert source["landing_url"].endswith("/en/")
    assert begun
    kept = page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage)]")
    assert kept == [[], []]

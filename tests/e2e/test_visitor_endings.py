"""What a visitor sees after pressing, on a desktop and on a phone: nothing in the way."""

import json

import pytest
from playwright.sync_api import expect

from . import story as s
from .barriers import barriers
from .story import Story

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
GUEST = "ayame@e2e.example"
A_LETTER = """
from crm_plugin import signing
from crm_plugin.delivery import links
from crm_plugin.delivery.models import Delivery
letters = Delivery.objects.filter(mailing__isnull=False, contact__archived_at=None)
letter = letters.filter(point__isnull=False, state="sent").latest("created_at")
print(letter.address, signing.make(links.FORM, letter.public_id.hex))
"""
FULL = """
import datetime as dt
from django.contrib.auth.models import User
from crm_plugin.bookings import reserve
from crm_plugin.bookings.models import Service
from crm_plugin.models import Contact
service = Service.objects.get(key={key!r})
staff, guest = User.objects.get(username="owner"), Contact.objects.first()
for time in {times!r}:
    at = dt.datetime.fromisoformat(time)
    for _place in range(60):
        said = dict(party=1, contact=guest, key=None, by=staff)
        try:
            reserve.book(service, at, **said)
        except reserve.SlotTaken:
            break
    else:
        raise SystemExit("never full")
print("full")
"""
# What a reader has of one letter, who hears of us as it comes until now.
A_READER = """
import json
from crm_plugin import signing
from crm_plugin.consents import preferences
from crm_plugin.delivery import links, opt_out
from crm_plugin.delivery.models import Delivery
letters = Delivery.objects.filter(mailing__isnull=False, topic__isnull=False)
sent = letters.filter(point__isnull=False, rendering__isnull=False, state="sent")
for letter in sent.order_by("created_at"):
    way = opt_out.way_out(letter)
    if not (way.gone or way.left or way.seldom):
        break
else:
    raise SystemExit("nobody")
token = letter.public_id.hex
print(json.dumps({
    "less": "/crm/u/" + signing.make(links.UNSUBSCRIBE, token),
    "view": "/crm/v/" + signing.make(links.VIEW, token),
    "preferences": "/crm/preferences/" + preferences.link_token(letter.point),
}))
"""


@pytest.fixture
def story(hinata, browser_window):
    return Story(hinata, browser_window)


def seen(page):
    """The barriers of the page as it stands, which fits the screen of a phone."""
    found = barriers(page)
    page.set_viewport_size({"width": 390, "height": 844})
    s.fits(page)
    return found


def test_no_barrier_on_the_way_to_a_form_that_is_filled_in(story, inside):
    """The link of a newsletter, its button, the mail, its link, and its button."""
    address, token = inside(A_LETTER).split()[-2:]
    page = story.open_window("ja-JP", phone=True)
    page.goto(f"/ja/inquiry/?crm_for={token}")
    found = seen(page)
    press = page.locator("button[name=crm_known]")
    page.fill("[name=message]", "夜の席について。")
    s.press(page, press)
    expect(page.locator("p.crm-known")).to_be_focused()
    expect(page.locator("[name=message]")).to_have_value("夜の席について。")
    found += seen(page)
    link = story.mail(address).locator(".mail-text a[href*='crm_for=']").first
    page.goto(link.get_attribute("href"))
    found += seen(page)
    s.press(page, press)
    expect(press).to_have_count(0)
    expect(page.locator("[name=email]")).to_have_value(address)
    found += seen(page)
    assert not found


def test_no_barrier_where_the_time_was_taken_meanwhile(story, inside):
    page = story.open_window("ja-JP", phone=True)
    page.goto("/ja/booking/")
    time = page.locator("[name=crm_slot]").last
    time.check()
    key = page.locator("[name=crm_service]").first.get_attribute("value")
    inside(FULL.format(key=key, times=[time.get_attribute("value")]))
    answers = {"family_name": "遅井", "given_name": "あやめ", "email": GUEST}
    s.fill_like_a_person(page, answers | {"message": "静かな席をお願いします。"})
    s.send_form(page)
    expect(page.locator(".crm-form__errors")).to_be_visible()
    expect(page.locator("[name=message]")).to_have_value("静かな席をお願いします。")
    assert not seen(page)


def test_no_barrier_where_a_day_is_full_and_on_its_waiting_list(story, inside):
    page = story.open_window("ja-JP", phone=True)
    page.goto("/ja/booking/")
    day = page.locator("button.crm-day--free").last.get_attribute("id")

    def open_day():
        page.locator(f"#{day}").click()
        expect(page.locator(f"#{day}")).to_have_attribute("aria-pressed", "true")
        return page.locator("[name=crm_slot]")

    times = [time.get_attribute("value") for time in open_day().all()]
    key = page.locator("[name=crm_service]").first.get_attribute("value")
    inside(FULL.format(key=key, times=times))
    page.goto("/ja/booking/")
    waiting = open_day()
    expect(waiting).to_have_value(day.replace("crm-day-", "wait:"))
    found = seen(page)
    waiting.check()
    person = {"family_name": "待田", "given_name": "あやめ", "email": GUEST}
    s.fill_like_a_person(page, person | {"message": "空きが出ましたら。"})
    s.send_form(page)
    s.visible(page.locator(".crm-thanks"))
    expect(page.locator("main")).to_contain_text("キャンセル待ち")
    found += seen(page)
    assert not found


def test_no_barrier_on_the_thank_you_pages(story):
    page = story.open_window("ja-JP", phone=True)
    found = []
    page.goto("/ja/booking/")
    page.locator("[name=crm_slot]").first.check()
    person = {"family_name": "菖蒲", "given_name": "あやめ", "email": GUEST}
    s.fill_like_a_person(page, person | {"message": "窓際の席をお願いします。"})
    s.send_form(page)
    s.visible(page.locator(".crm-thanks__booking .crm-thanks__reference"))
    found += seen(page)
    page.goto("/ja/newsletter/")
    s.fill_like_a_person(page, {"email": "ayame.news@e2e.example"})
    s.send_form(page)
    s.visible(page.locator(".crm-thanks"))
    found += seen(page)
    page.goto("/ja/feedback/?score=9&stars=4")
    words = page.locator("textarea").first
    words.press_sequentially("とてもおいしかったです。また伺います。", delay=90)
    s.send_form(page)
    s.visible(page.locator(".crm-thanks"))
    found += seen(page)
    assert not found


def test_no_barrier_from_asking_for_the_preferences_to_saving_them(story, inside):
    address = inside(A_LETTER).split()[-2]
    page = story.open_window("ja-JP", phone=True)
    page.goto("/crm/preferences/")
    found = seen(page)
    page.fill("[name=email]", address)
    s.press(page, page.locator("main form button, form button").first)
    found += seen(page)
    link = "a[href*='/crm/preferences/']"
    mail = story.mail(address)
    s.until(lambda: story.mail(address).locator(link).count())
    page.goto(mail.locator(link).first.get_attribute("href"))
    found += seen(page)
    s.press(page, page.locator("form button").first)
    found += seen(page)
    assert not found


def test_no_barrier_where_a_reader_says_something_that_cannot_be(story, inside):
    to = json.loads(inside(A_READER).splitlines()[-1])
    page = story.open_window("ja-JP", phone=True)
    page.goto("/crm/preferences/")
    page.fill("[name=email]", "nobody")
    s.press(page, page.locator("form button").first)
    expect(page.locator("[name=email]")).to_have_attribute("aria-invalid", "true")
    found = seen(page)
    page.goto(to["preferences"])
    page.select_option("[name=pause]", "day")
    s.press(page, page.locator("form button").first)
    expect(page.locator("[role=alert]").first).to_be_visible()
    expect(page.locator("[name=until]")).to_have_attribute("aria-invalid", "true")
    found += seen(page)
    assert not found


def test_no_barrier_from_a_letter_in_the_browser_to_fewer_of_them(story, inside):
    to = json.loads(inside(A_READER).splitlines()[-1])
    page = story.open_window("ja-JP", phone=True)
    letter = page.goto(to["view"])
    assert letter.ok
    s.fits(page)
    # No script runs on that page, not even the one that looks for barriers.
    beside = story.open_window("ja-JP", phone=True)
    beside.set_content(letter.text())
    found = seen(beside)
    page.goto(to["less"])
    s.press(page, page.locator("form button[name=less]"))
    expect(page.locator("form button[name=less]")).to_have_count(0)
    found += seen(page)
    assert not found

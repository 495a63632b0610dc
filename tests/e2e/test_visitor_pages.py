"""Every page that a visitor may land on: nothing in the way, and no script needed."""

import datetime as dt
import json
import uuid

import pytest
import time_machine
from playwright.sync_api import expect

from crm_plugin import signing

from . import story as s
from .barriers import barriers
from .story import Story

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TOKENS = """
import json
from django.contrib.auth.models import User
from django.utils import timezone
from crm_plugin import signing
from crm_plugin.bookings import moments, moving, tokens, waiting
from crm_plugin.bookings.models import Booking, Service
from crm_plugin.bookings.refusals import NotBookable
from crm_plugin.delivery import links
from crm_plugin.delivery.models import Delivery
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.personalisation import member_links
from example.models import StandardPage
coming = Booking.objects.filter(starts_at__gt=timezone.now(), cancelled_at=None)
def open_to_change(booking):
    try:
        moving.may_change(booking)
    except NotBookable:
        return False
    return True
booking = next(each for each in coming.order_by("-starts_at") if open_to_change(each))
past = Booking.objects.filter(starts_at__lt=timezone.now()).first()
staff = User.objects.get(username="owner")
service = Service.objects.filter(active=True, waiting_list=True).first()
def wait(day):
    said = {"party": 2, "contact": booking.contact, "key": None, "by": staff}
    try:
        return waiting.wait(service, moments.today() + day * moments.DAY, **said)
    except NotBookable:
        return wait(day + 1)
entry = wait(3)
letter = Delivery.objects.filter(mailing__isnull=False, topic__isnull=False).first()
point = ContactPoint.objects.filter(kind="email").first()
page = StandardPage.objects.filter(slug="circle").first()
print(json.dumps({
    "booking": tokens.of_booking(booking, "ja"),
    "past": tokens.of_booking(past, "ja"),
    "waiting": tokens.of_waiting(entry, "ja"),
    "letter": signing.make(links.UNSUBSCRIBE, letter.public_id.hex),
    "members": member_links.make(point, page.pk),
}))
"""


@pytest.fixture
def story(hinata, browser_window):
    return Story(hinata, browser_window)


@pytest.fixture
def tokens(inside):
    return json.loads(inside(TOKENS).splitlines()[-1])


def old(purpose: str) -> str:
    """A token that was made forty days ago."""
    with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(days=40)):
        return signing.make(purpose, uuid.uuid4().hex)


def test_no_barrier_where_a_link_leads_nowhere_any_more(story):
    page = story.open_window("ja-JP")
    nobody = uuid.uuid4().hex
    places = [
        "/crm/confirm/x",
        f"/crm/confirm/{old('confirm')}",
        f"/crm/confirm/{signing.make('confirm', nobody)}",
        "/crm/u/x",
        f"/crm/u/{signing.make('unsubscribe', nobody)}",
        f"/crm/booking/{signing.make('booking', nobody)}",
        f"/crm/waiting/{signing.make('waiting', nobody)}",
        f"/crm/preferences/{old('preferences')}",
        f"/crm/members/enter/{old('members')}",
        "/crm/v/x",
        "/crm/not-you",
    ]
    found = []
    for place in places:
        page.goto(place)
        assert page.locator("html").get_attribute("lang") == "ja", place
        found += barriers(page)
        s.fits(page)
    s.press(page, page.locator("form button"))
    found += barriers(page)
    assert not found


def test_no_barrier_from_a_booking_to_its_end(story, tokens):
    page = story.open_window("ja-JP")
    found = []
    for name in ("past", "booking"):
        page.goto(f"/crm/booking/{tokens[name]}")
        found += barriers(page)
    page.locator("input[name=at]").last.check()
    s.press(page, page.locator("button[value=move]"))
    found += barriers(page)
    s.press(page, page.locator("button[value=cancel]"))
    found += barriers(page)
    assert not found


def test_no_barrier_on_the_waiting_list(story, tokens):
    page = story.open_window("ja-JP")
    page.goto(f"/crm/waiting/{tokens['waiting']}")
    found = barriers(page)
    s.press(page, page.locator("button[value=leave]"))
    found += barriers(page)
    assert not found


def test_no_barrier_on_the_way_out_of_a_mailing(story, tokens):
    page = story.open_window("ja-JP")
    page.goto(f"/crm/u/{tokens['letter']}")
    found = barriers(page)
    s.press(page, page.locator("form button").first)
    found += barriers(page)
    s.press(page, page.locator("form button[name=undo]"))
    found += barriers(page)
    assert not found


def test_no_barrier_at_the_door_of_a_members_page(story, tokens):
    page = story.open_window("ja-JP")
    page.goto("/ja/circle/")
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.fill("main input[name=address]", "nobody")
    s.press(page, page.locator("main form button").first)
    found = barriers(page)
    page.fill("main input[name=address]", "nobody@mail.example")
    s.press(page, page.locator("main form button").first)
    found += barriers(page)
    page.goto(f"/crm/members/enter/{tokens['members']}")
    found += barriers(page)
    assert not found


def test_no_barrier_where_a_post_is_refused(story):
    page = story.open_window("ja-JP")
    page.goto("/ja/newsletter/")
    page.fill("input[name=email]", "hanako@mail.example")
    page.context.clear_cookies()
    s.send_form(page)
    expect(page.locator("main")).to_contain_text("hanako@mail.example")
    assert not barriers(page)


def test_no_barrier_where_a_form_was_closed_meanwhile(story, inside):
    page = story.open_window("ja-JP")
    page.goto("/ja/newsletter/")
    page.fill("input[name=email]", "hanako@mail.example")
    find = (
        "from example.models import SignUpPage as P; from wagtail.models import Locale"
    )
    one = "page = P.objects.get(slug='newsletter', locale__language_code='ja')"
    inside(f"{find}; {one}; page.unpublish()")
    try:
        s.send_form(page)
        expect(page.locator("main")).to_contain_text("hanako@mail.example")
        found = barriers(page)
    finally:
        inside(f"{find}; {one}; page.save_revision().publish()")
    assert not found


@pytest.fixture
def without_script(chromium, hinata):
    context = chromium.new_context(
        base_url=hinata,
        locale="ja-JP",
        java_script_enabled=False,
        viewport={"width": 390, "height": 844},
    )
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def test_without_script_a_table_is_booked_moved_and_cancelled(without_script, story):
    page = without_script
    page.goto("/ja/booking/")
    s.press(page, page.locator("button.crm-day:not([aria-pressed=true])").first)
    page.locator("[name=crm_slot]").first.check()
    answers = {
        "family_name": "無地",
        "given_name": "静",
        "email": "shizuka@e2e.example",
        "message": "窓際の席をお願いします。",
    }
    s.fill_like_a_person(page, answers)
    s.send_form(page)
    s.visible(page.locator(".crm-thanks__booking .crm-thanks__reference"))
    s.fits(page)
    mail = story.mail("shizuka@e2e.example")
    link = mail.locator(".mail-text a[href*='/crm/booking/']").first
    page.goto(link.get_attribute("href"))
    s.press(page, page.locator("button.day[aria-pressed=false]").last)
    page.locator("input[name=at]").first.check()
    s.press(page, page.locator("button[value=move]"))
    expect(page.locator("h1")).to_have_text("ご予約を変更しました")
    s.press(page, page.locator("button[value=cancel]"))
    expect(page.locator("h1")).to_have_text("このご予約はキャンセルされています")
    s.fits(page)


def test_without_script_a_form_in_steps_is_sent_with_all_its_answers(
    without_script, story, inside
):
    page = without_script
    page.goto("/ja/party/")
    s.send_form(page)
    expect(page.locator(".crm-form__errors, .crm-field__error").first).to_be_visible()
    page.check("input[name=occasion][value=お祝い]")
    page.fill("input[name=celebration]", "還暦")
    page.fill("input[name=day]", "2030-05-12")
    page.fill("input[name=people]", "12")
    s.send_form(page)
    page.check("input[name=allergy]")
    page.fill("textarea[name=allergies]", "そば")
    s.send_form(page)
    back = page.locator("button[name=crm_go][value=back]")
    s.press(page, back)
    expect(page.locator("textarea[name=allergies]")).to_have_value("そば")
    s.send_form(page)
    answers = {
        "family_name": "段田",
        "email": "dan@e2e.example",
    }
    s.fill_like_a_person(page, answers)
    s.send_form(page)
    s.visible(page.locator(".crm-thanks"))
    find = "from crm_plugin.intake.models import Submission as S"
    last = "S.objects.get(email_norm='dan@e2e.example')"
    texts = inside(f"{find}; print([each['text'] for each in {last}.answers])")
    for said in ("お祝い", "還暦", "12", "そば", "段田"):
        assert said in texts

"""Pictures of every screen: ``make screenshots FOLDER=…``, about eight minutes.

All screens of staff at 1366×768 in both languages, and all pages of visitors at 390×844
in Japanese, of an example that is loaded for it. ``index.html`` in the folder shows them
and tells what could not be opened. Only who names this file runs it.
"""

import json
import os
import sys
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError

from crm_plugin import signing

from . import story as s
from .album import Album
from .story import Story
from .test_staff_day import speak
from .test_visitor_endings import A_LETTER
from .test_visitor_pages import TOKENS, old

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
MORE_TOKENS = """
import json
from crm_plugin import signing
from crm_plugin.consents import preferences
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.delivery import links
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake.models import Confirmation
letters = Delivery.objects.filter(mailing__isnull=False, state="sent")
letter = letters.exclude(rendering=None).latest("created_at")
waiting = Confirmation.objects.filter(confirmed_at=None).first()
print(json.dumps({
    "confirm": waiting and signing.make("confirm", waiting.public_id),
    "preferences": preferences.link_token(ContactPoint.objects.get(pk=letter.point_id)),
    "view": signing.make(links.VIEW, letter.public_id.hex),
}))
"""
PAGES = {
    "home": "/ja/",
    "menu": "/ja/menu/",
    "faq": "/ja/faq/",
    "news": "/ja/news/",
    "news-page": "/ja/news/autumn-mushrooms/",
    "search": "/ja/search/?q=ランチ",
    "inquiry": "/ja/inquiry/",
    "catering": "/ja/catering/",
    "booking": "/ja/booking/",
    "newsletter": "/ja/newsletter/",
    "feedback": "/ja/feedback/?score=9&stars=4",
    "party-1": "/ja/party/",
    "preferences-ask": "/crm/preferences/",
    "not-you": "/crm/not-you",
}
GUEST = {"family_name": "絵野", "given_name": "映子", "email": "eiko@e2e.example"}


@pytest.fixture
def album():
    made = Album(Path(os.environ["CRM_SCREENSHOTS"]).absolute())
    yield made
    made.bind()
    sys.stdout.write(made.told())


def test_the_walk(hinata, browser_window, inside, album):
    story = Story(hinata, browser_window)
    visitors(story, inside, album)
    staff(story, inside, album)
    assert album.taken


def staff(story: Story, inside, album: Album) -> None:
    told = "from tests.e2e import places; places.tell()"
    addresses = json.loads(inside(told).splitlines()[-1])
    page = story.desk("owner")
    for language in ("ja", "en"):
        speak(page, language)
        for name, address in addresses.items():
            album.open(page, name, address, language)
        rule(page, addresses["crm_segment:edit"], album, language)


def rule(page, address: str, album: Album, language: str) -> None:
    """The editor of a segment with its preview: as published, and after a change."""
    days = page.locator("input[name$=value-days]").first
    page.goto(address)
    seen = s.preview(page)
    s.visible(seen.locator("#known"))
    album.take(page, "crm_segment:edit preview", language)
    days.fill("90")
    s.visible(seen.locator(".moves"))
    album.take(page, "crm_segment:edit impact", language)
    days.fill("180")
    s.visible(seen.locator("[aria-labelledby=moves] > p"))
    page.wait_for_timeout(4_000)  # until it is saved as it was


def visitors(story: Story, inside, album: Album) -> None:
    page = story.open_window("ja-JP", phone=True)
    tokens = json.loads(inside(TOKENS).splitlines()[-1])
    tokens |= json.loads(inside(MORE_TOKENS).splitlines()[-1])
    album.open(page, "visitor.home-first", "/ja/", "ja")
    page.get_by_role("button", name="いいえ、記録しない").click()
    for name, address in PAGES.items():
        album.open(page, f"visitor.{name}", address, "ja")
    for walk in (complaints, steps, thanks, by_link, mailings, members, closed):
        try:
            walk(story, page, tokens, inside, album)
        except (PlaywrightError, AssertionError) as error:
            why = str(error).splitlines()[0]
            album.missed[f"visitor, {walk.__name__}"] = f"{why} {s.seen(page)}"
    nowhere(page, album)


def complaints(story, page, tokens, inside, album) -> None:
    for name in ("inquiry", "booking", "newsletter", "party"):
        page.goto(f"/ja/{name}/")
        page.evaluate("document.querySelector('main form').noValidate = true")
        s.send_form(page)
        album.take(page, f"visitor.{name}-complaints", "ja")


def steps(story, page, tokens, inside, album) -> None:
    page.goto("/ja/party/")
    page.check("input[name=occasion][value=お祝い]")
    page.fill("input[name=celebration]", "還暦")
    page.fill("input[name=day]", "2030-05-12")
    page.fill("input[name=people]", "12")
    s.send_form(page)
    page.check("input[name=allergy]")
    album.take(page, "visitor.party-2", "ja")
    page.fill("textarea[name=allergies]", "そば")
    s.send_form(page)
    album.take(page, "visitor.party-3", "ja")


def thanks(story, page, tokens, inside, album) -> None:
    page.goto("/ja/booking/")
    album.take(page, "visitor.booking-days", "ja")
    page.locator("[name=crm_slot]").first.check()
    s.fill_like_a_person(page, GUEST | {"message": "窓際の席をお願いします。"})
    s.send_form(page)
    s.visible(page.locator(".crm-thanks"))
    album.take(page, "visitor.booking-thanks", "ja")
    page.goto("/ja/inquiry/")
    page.check("input[name=crm_consent]")
    s.fill_like_a_person(page, GUEST | {"message": "入口に段差はありますか。"})
    s.send_form(page)
    s.visible(page.locator(".crm-thanks"))
    album.take(page, "visitor.inquiry-thanks", "ja")
    page.goto("/ja/newsletter/")
    new = f"eiko.{uuid.uuid4().hex[:6]}@e2e.example"
    s.fill_like_a_person(page, {"email": new})
    s.send_form(page)
    s.visible(page.locator(".crm-thanks"))
    album.take(page, "visitor.newsletter-thanks", "ja")
    mail = story.mail(new)
    link = mail.locator(".mail-text a[href*='/crm/confirm/']").first
    page.goto(link.get_attribute("href"))
    album.take(page, "visitor.confirm", "ja")
    s.press(page, page.locator("form button"))
    album.take(page, "visitor.confirmed", "ja")
    page.goto("/ja/feedback/?score=9&stars=4")
    page.locator("textarea").first.press_sequentially("おいしかったです。", delay=300)
    s.send_form(page)
    s.visible(page.locator(".crm-thanks"))
    album.take(page, "visitor.feedback-thanks", "ja")


def by_link(story, page, tokens, inside, album) -> None:
    for name in ("past", "booking"):
        album.open(page, f"visitor.link-{name}", f"/crm/booking/{tokens[name]}", "ja")
    page.locator("input[name=at]").last.check()
    s.press(page, page.locator("button[value=move]"))
    album.take(page, "visitor.booking-moved", "ja")
    s.press(page, page.locator("button[value=cancel]"))
    album.take(page, "visitor.booking-cancelled", "ja")
    album.open(page, "visitor.waiting", f"/crm/waiting/{tokens['waiting']}", "ja")
    s.press(page, page.locator("button[value=leave]"))
    album.take(page, "visitor.waiting-left", "ja")


def mailings(story, page, tokens, inside, album) -> None:
    address, token = inside(A_LETTER).split()[-2:]
    for name, place in (
        ("known", f"/ja/inquiry/?crm_for={token}"),
        ("web-view", f"/crm/v/{tokens['view']}"),
        ("preferences", f"/crm/preferences/{tokens['preferences']}"),
    ):
        album.open(page, f"visitor.{name}", place, "ja")
    page.goto(f"/crm/preferences/{tokens['preferences']}")
    s.press(page, page.locator("form button").first)
    album.take(page, "visitor.preferences-saved", "ja")
    album.open(page, "visitor.unsubscribe", f"/crm/u/{tokens['letter']}", "ja")
    s.press(page, page.locator("form button").first)
    album.take(page, "visitor.unsubscribed", "ja")
    page.goto("/crm/preferences/")
    page.fill("[name=email]", address)
    s.press(page, page.locator("form button").first)
    album.take(page, "visitor.preferences-asked", "ja")


def members(story, page, tokens, inside, album) -> None:
    page.goto("/ja/circle/")
    page.fill("main input[name=address]", "nobody@mail.example")
    s.press(page, page.locator("main form button").first)
    album.take(page, "visitor.members-link-sent", "ja")
    enter = f"/crm/members/enter/{tokens['members']}"
    album.open(page, "visitor.members-enter", enter, "ja")


def closed(story, page, tokens, inside, album) -> None:
    find = (
        "from example.models import SignUpPage as P;"
        "page = P.objects.get(slug='newsletter', locale__language_code='ja');"
    )
    page.goto("/ja/newsletter/")
    page.fill("input[name=email]", "hanako@mail.example")
    inside(f"{find} page.unpublish()")
    try:
        s.send_form(page)
        album.take(page, "visitor.form-closed", "ja")
    finally:
        inside(f"{find} page.save_revision().publish()")


def nowhere(page, album: Album) -> None:
    """Where nothing is to be had: answers with an error, and still pages."""
    nobody = uuid.uuid4().hex
    for name, place in {
        "members-door": "/ja/circle/",
        "confirm-altered": "/crm/confirm/x",
        "confirm-expired": f"/crm/confirm/{old('confirm')}",
        "confirm-gone": f"/crm/confirm/{signing.make('confirm', nobody)}",
        "unsubscribe-altered": "/crm/u/x",
        "unsubscribe-gone": f"/crm/u/{signing.make('unsubscribe', nobody)}",
        "booking-gone": f"/crm/booking/{signing.make('booking', nobody)}",
        "waiting-gone": f"/crm/waiting/{signing.make('waiting', nobody)}",
        "preferences-expired": f"/crm/preferences/{old('preferences')}",
        "members-expired": f"/crm/members/enter/{old('members')}",
        "view-altered": "/crm/v/x",
    }.items():
        page.goto(place)
        album.take(page, f"visitor.{name}", "ja")
    page.goto("/ja/newsletter/")
    page.fill("input[name=email]", "hanako@mail.example")
    page.context.clear_cookies()
    s.send_form(page)
    album.take(page, "visitor.post-refused", "ja")

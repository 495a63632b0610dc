"""The story's people, their browser windows, and the mail that reached them."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import FrameLocator, Locator, Page, expect

PATIENCE = 60_000
TYPING = 2_500
HANAKO = "hanako.natsume@e2e.example"
TARO = "taro.kitami@e2e.example"
NAOMI = "naomi.dansa@e2e.example"
HER_WORDS = "誕生日に家族6人でお昼の席をお願いできますか🎂"


@dataclass
class Story:
    """What one step found out and a later one needs."""

    address: str
    open_window: Callable[..., Page]
    facts: dict[str, Any] = field(default_factory=dict)
    desks: dict[str, Page] = field(default_factory=dict)

    def desk(self, login: str, *, phone: bool = False) -> Page:
        """The browser in which *login* works; logged in at the first call."""
        name = f"{login}-phone" if phone else login
        if name not in self.desks:
            page = self.open_window("ja-JP", phone=phone)
            page.goto("/admin/login/")
            page.fill("input[name=username]", login)
            page.fill("input[name=password]", f"hinata-{login}")
            with page.expect_navigation():
                page.click("form button[type=submit]")
            assert "/login/" not in page.url
            self.desks[name] = page
        return self.desks[name]

    def mails(self, to: str) -> list[str]:
        """The mailbox's addresses of the mails to *to*, newest first."""
        page = self._mailbox_window()
        page.goto(f"/mailbox/?to={to}")
        links = page.locator("table a").all()
        return [link.get_attribute("href") for link in links]

    def mail(self, to: str, *, number: int = 1) -> Page:
        """Wait for mail *number* to *to*, and open the newest."""
        found = until(lambda: (m := self.mails(to)) and len(m) >= number and m)
        page = self._mailbox_window()
        page.goto(found[0])
        return page

    def _mailbox_window(self) -> Page:
        if "mailbox" not in self.desks:
            self.desks["mailbox"] = self.open_window("ja-JP")
        return self.desks["mailbox"]


def walk(story: Story, steps: list[Callable[[Story], None]]) -> None:
    """Take one step after the other; a failure names the step it happened in."""
    for step in steps:
        try:
            step(story)
        except BaseException as error:
            error.add_note(f"in the step {step.__name__}: {step.__doc__}")
            for who, page in story.desks.items():
                error.add_note(f"{who} saw {seen(page)}")
            raise


def seen(page: Page, *, most: int = 1_500) -> str:
    """Where somebody stood when it went wrong, and the words on the screen."""
    try:
        words = " ".join(page.locator("main, body").last.inner_text().split())
    except PlaywrightError as error:
        words = f"nothing: {error}"
    return f"{page.url}: {words[:most]}"


def until(check: Callable[[], Any], *, seconds: int = PATIENCE // 1000) -> Any:
    """Ask until the answer is true; the worker needs a moment."""
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, f"waited {seconds} seconds in vain"
        time.sleep(0.3)
    return found


def press(page: Page, button: Locator) -> None:
    """Press a button that sends a form, and wait for the page that follows."""
    with page.expect_navigation():
        button.click()


def reload_until(page: Page, wanted: Locator, text: str | re.Pattern) -> None:
    """Load the page again until *wanted* says *text*: what a worker brings late."""

    def says() -> bool:
        page.reload()
        found = " ".join(wanted.all_inner_texts())
        return bool(re.search(text, found))

    until(says)


def fill_like_a_person(page: Page, answers: dict[str, str]) -> None:
    """Type into a visitor's form; the last field slowly, as no machine would.

    A post within two seconds would wait as suspected spam, however short the words.
    """
    *first, (name, words) = answers.items()
    for field_name, value in first:
        page.fill(f"[name={field_name}]", value)
    page.locator(f"[name={name}]").press_sequentially(
        words, delay=max(90, TYPING / len(words))
    )


def send_form(page: Page) -> None:
    press(page, page.locator(".crm-form__submit button").first)


def fits(page: Page) -> None:
    """Nothing stands out to the side of the screen."""
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), page.url


def visible(locator: Locator) -> None:
    expect(locator.first).to_be_visible(timeout=PATIENCE)


def tick(box: Locator) -> None:
    """By the keyboard: the editor may still be moving under a mouse."""
    box.press("Space")
    expect(box).to_be_checked()


def add_block(place: Locator, icon: str) -> None:
    """In a stream of Wagtail's editor: the + sign, then the block with *icon*.

    Once more where the list closed again: the page saves itself while one chooses.
    """
    blocks = place.locator("[data-streamfield-child]")
    option = f".w-combobox__option:has(use[href='#icon-{icon}'])"
    before = blocks.count()

    def added() -> bool:
        if blocks.count() == before:
            place.page.keyboard.press("Escape")
            place.locator(".c-sf-add-button").last.click()
            place.page.locator(option).locator("visible=true").first.click()
            place.page.wait_for_timeout(500)
        return blocks.count() > before

    until(added, seconds=20)


def preview(page: Page) -> FrameLocator:
    """Open the preview beside Wagtail's editor."""
    panel = page.locator("[data-side-panel=preview]")
    if not panel.is_visible():
        page.locator("[data-side-panel-toggle=preview]").click()
    return page.frame_locator("iframe[data-w-preview-target]:not(.w-preview__proxy)")


def publish(page: Page) -> None:
    """Wagtail's own button, in the menu beside "save draft"."""
    page.locator("footer .w-dropdown__toggle").click()
    press(page, page.locator("[name=action-publish]"))
    expect(page.locator(".messages .success")).to_be_visible()


def said(locator: Locator) -> str:
    """The text, once it is there."""
    expect(locator.first).not_to_be_empty(timeout=PATIENCE)
    return locator.first.inner_text()

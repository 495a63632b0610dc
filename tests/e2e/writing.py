"""Step 10: one click to a draft, written in the block editor, tested and launched."""

import re

from playwright.sync_api import Page, expect

from . import story as s
from .story import Story

SUBJECT = "今週のお昼のご案内"
FOR_LUNCH, FOR_OTHERS = "お昼のきのこ定食から", "ひなたからのお知らせ"


def marketer_drafts(story: Story) -> None:
    """10. From "came once" on the CRM home to a draft; then her own text and people."""
    page = story.desk("marketer")
    page.goto("/admin/crm/")
    s.press(page, page.locator("form[action*='draft-came-once'] button"))
    assert "/campaign/edit/" in page.url
    story.facts["campaign"] = re.search(r"\d+", page.url.split("/edit/")[1])[0]
    page.fill("[name=name]", "家族のお昼")
    page.fill("[name='versions-0-subject']", SUBJECT)
    write_body(page, story.address)
    reveal(page, "[name=include_segments]")
    tick_only(page, "家族で来る方")
    page.select_option("[name=topic]", label="ひなたのお便り")
    s.publish(page)


def write_body(page: Page, address: str) -> None:
    """A heading with a merge tag, a personalised block, a button; below the draft's."""
    mail = page.locator("[data-contentpath=body]").first
    s.add_block(mail, "title")
    name = "{{ contact.given_name | default:'お客様' }}".replace("'", '"')
    page.fill("[name='versions-0-body-1-value']", f"{name}さんへ")
    s.add_block(mail, "group")
    block = "versions-0-body-2-value"
    page.locator("[data-contentpath=variants] [data-streamfield-list-add]").last.click()
    lunch = page.locator(f"[name^='{block}-variants-0'][name$='-include']")
    label = page.locator(f"label:has([name^='{block}-variants-0'][name$='-include'])")
    label.filter(has_text="ランチのお客様").click()
    expect(lunch.and_(page.locator(":checked"))).to_have_count(1)
    s.add_block(page.locator("[data-contentpath=content]").last, "title")
    page.fill(f"[name='{block}-variants-0-value-content-0-value']", FOR_LUNCH)
    s.add_block(page.locator("[data-contentpath=default]").last, "title")
    page.fill(f"[name='{block}-default-0-value']", FOR_OTHERS)
    s.add_block(mail, "link")
    page.fill("[name='versions-0-body-3-value-label']", "席を予約する")
    page.fill("[name='versions-0-body-3-value-url']", f"{address}/ja/")


def reveal(page: Page, field: str) -> None:
    """Open the editor's tab on which *field* stands."""
    for tab in page.locator("[role=tab]").all():
        if page.locator(field).first.is_visible():
            return
        tab.click()
    s.visible(page.locator(field))


def tick_only(page: Page, name: str) -> None:
    """Of the segments to send to, choose this one."""
    for label in page.locator("label:has([name=include_segments])").all():
        label.locator("input").set_checked(name in label.inner_text())


def an_open_inquiry_holds_her_back(story: Story) -> None:
    """4. While her second inquiry is open, the campaign would not reach her."""
    page = story.desk("marketer")
    page.goto(f"/admin/crm/campaign/send/{story.facts['campaign']}/")
    expect(page.locator(".crm-big")).to_have_text("0")
    held = page.locator("table.crm-reasons tr", has_text="お問い合わせ")
    expect(held.locator("td").first).to_have_text("1")


def staff_call_her(story: Story) -> None:
    """4. "Called her", with a note; a dated next step is offered; nothing is owed."""
    page = story.desk("staff")
    page.goto(story.facts["record"])
    with page.expect_navigation():
        page.locator("[aria-labelledby=card-next] a[href*='/inquiries/']").first.click()
    page.fill("[name=note]", "番号は変わっていないとのこと")
    s.press(page, page.locator("button[name=do][value=called]"))
    assert page.url.endswith("/next/")
    assert page.locator("button[name=quick]").count() == 3
    page.fill("[name=what]", "前日に確認の電話")
    s.press(page, page.locator("button[name=quick]").nth(1))
    page.goto(story.facts["record"])
    expect(page.locator(".crm-story")).to_contain_text("番号は変わっていない")
    steps = page.locator("[aria-labelledby=card-next]")
    expect(steps).to_contain_text("前日に確認の電話")
    expect(steps.locator("a[href*='/inquiries/']")).to_have_count(0)


def marketer_tries(story: Story) -> None:
    """10. As each reader, as text, as herself; a test; how many, and why not more."""
    page = story.desk("marketer")
    page.goto(f"/admin/crm/campaign/send/{story.facts['campaign']}/")
    letter = page.frame_locator(".crm-letter iframe").locator("body")
    looks = page.locator(".crm-looks").first.locator("a")
    with page.expect_navigation():
        looks.filter(has_text="ランチのお客様").click()
    expect(letter).to_contain_text(FOR_LUNCH)
    with page.expect_navigation():
        looks.first.click()
    expect(letter).to_contain_text(FOR_OTHERS)
    expect(letter).not_to_contain_text(FOR_LUNCH)
    with page.expect_navigation():
        page.click(".crm-looks a[href*='medium=text']")
    expect(letter).to_contain_text(FOR_OTHERS)
    page.fill("[name=who]", "なつめ")
    s.press(page, page.locator("form.crm-find button"))
    with page.expect_navigation():
        page.locator(".crm-looks a[href*='contact=']").first.click()
    expect(letter).to_contain_text("花子さんへ")
    s.press(page, page.locator("form[action$='/test/'] button"))
    text = story.mail("marketer@hinata.example").locator(".mail-text")
    expect(text).to_contain_text(FOR_LUNCH)
    expect(page.locator(".crm-big")).to_have_text("1")
    expect(page.locator("table.crm-reasons td").first).to_have_text("1")


def launch(story: Story) -> Page:
    page = story.desk("marketer")
    page.goto(f"/admin/crm/campaign/send/{story.facts['campaign']}/")
    s.press(page, page.locator("form.crm-launch button[type=submit]"))
    return page


def marketer_takes_it_back(story: Story) -> None:
    """10. Pressed in time: it is over, and nobody got it."""
    page = launch(story)
    s.press(page, page.locator("#crm-take-back"))
    expect(page.locator("[data-over]")).to_be_attached(timeout=s.PATIENCE)
    counted = page.locator(".crm-sums").first.locator("strong")
    expect(counted.first).to_have_text("0")


def marketer_launches(story: Story) -> None:
    """10. It can be taken back for a moment; then it counts up; one mail, to her."""
    before = {who: len(story.mails(who)) for who in (s.HANAKO, s.TARO)}
    page = launch(story)
    expect(page.locator("#crm-take-back")).to_be_visible()
    expect(page.locator("[data-over]")).to_be_attached(timeout=s.PATIENCE)
    counted = page.locator(".crm-sums").first.locator("strong")
    expect(counted).to_have_text(["1", "1", "2"])
    assert len(story.mails(s.TARO)) == before[s.TARO]
    assert len(story.mails(s.HANAKO)) == before[s.HANAKO] + 1
    mail = story.mail(s.HANAKO)
    expect(mail.locator("h1")).to_have_text(SUBJECT)
    text = mail.locator(".mail-text")
    expect(text).to_contain_text("花子さんへ")
    expect(text).to_contain_text(FOR_LUNCH)
    expect(text).not_to_contain_text(FOR_OTHERS)
    story.facts["mailing"], story.facts["letter"] = page.url, mail.url

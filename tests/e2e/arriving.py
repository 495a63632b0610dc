"""Steps 1–6: she asks, he books, staff answer, she confirms, somebody else tries."""

from playwright.sync_api import Locator, expect

from . import story as s
from .story import Story


def she_asks(story: Story) -> None:
    """1. The inquiry form, with the newsletter ticked."""
    page = story.open_window("ja-JP")
    page.goto("/ja/inquiry/")
    s.visible(page.locator(".crm-form__purpose"))
    s.visible(page.locator(".crm-field__mark--required"))
    page.check("input[name=taste][value=lunch]")
    page.check("input[name=crm_consent]")
    page.select_option("select[name=channel]", index=1)
    answers = {
        "family_name": "夏目",
        "given_name": "花子",
        "family_kana": "なつめ",
        "given_kana": "ハナコ",
        "email": s.HANAKO.upper(),
        "phone": "０９０－１２３４－５６７８",
        "introduced_by": "北見さん",
        "message": s.HER_WORDS,
    }
    s.fill_like_a_person(page, answers)
    s.send_form(page)
    thanks = page.locator(".crm-thanks")
    s.visible(thanks)
    expect(thanks).to_contain_text("hinata.example")
    expect(thanks.locator("a[href^='tel:']").first).to_be_visible()
    story.facts["thanks"] = words_of(thanks)


def firms_say_who_they_are(story: Story) -> None:
    """1. The catering form asks for the organisation, too; in English, on a phone."""
    page = story.open_window("en-GB", phone=True)
    page.goto("/en/catering/")
    for name in ("name", "department", "family_name", "email", "message"):
        expect(page.locator(f".crm-form [name={name}]")).to_be_visible()
    s.fits(page)


def words_of(thanks: Locator) -> str:
    """The thank-you page's words, whatever number it gives."""
    number = thanks.locator(".crm-thanks__reference").inner_text()
    return thanks.inner_text().replace(number, "#")


def he_books(story: Story) -> None:
    """2. A table for two, the first time that is free."""
    page = story.open_window("en-GB")
    page.goto("/en/booking/")
    page.locator("[name=crm_slot]").first.check()
    answers = {
        "family_name": "北見",
        "given_name": "太郎",
        "email": s.TARO,
        "message": "A quiet table, if there is one.",
    }
    story.facts["day"] = page.locator("[name=crm_day]").input_value()
    s.fill_like_a_person(page, answers)
    s.send_form(page)
    s.visible(page.locator(".crm-thanks__booking .crm-thanks__reference"))


def he_came(story: Story) -> None:
    """2. Staff tick "came": one use."""
    page = story.desk("staff")
    page.goto(f"/admin/crm/bookings/?day={story.facts['day']}")
    row = page.locator("#bookings .crm-desk__row", has_text="北見 太郎").first
    s.reload_until(page, row, "北見")
    s.press(page, row.locator("button[name=mark][value=came]"))
    expect(row.locator(".crm-desk__good")).to_be_visible()
    find(story, "北見 太郎", "北見")
    uses = page.locator("[aria-labelledby=card-uses] strong").first
    s.reload_until(page, uses, "^1$")
    story.facts["his_record"] = page.url


def find(story: Story, words: str, name: str) -> None:
    """Search among the contacts and open the record."""
    page = story.desk("staff")
    page.goto("/admin/crm/contacts/")
    page.goto(f"/admin/crm/contacts/?q={words}")
    link = page.locator(".title-wrapper a", has_text=name).first
    with page.expect_navigation():
        link.click()
    s.visible(page.locator(".crm-record"))


def staff_find_her(story: Story) -> None:
    """3. By kana in the other script; one screen holds it all."""
    find(story, "ナツメ", "夏目 花子")
    page = story.desk("staff")
    story.facts["record"] = page.url
    record = page.locator(".crm-record")
    for words in (s.HER_WORDS, s.HANAKO, "ナツメ", "ランチ", "北見"):
        expect(record).to_contain_text(words)
    expect(page.locator(".crm-story")).to_contain_text("お問い合わせ")
    expect(page.locator("[aria-labelledby=card-consents] .icon-time")).to_be_visible()
    expect(page.locator("[aria-labelledby=card-uses] strong").first).to_have_text("0")


def staff_answer(story: Story) -> None:
    """4. From Today; her words on top; the mail goes out and closes the inquiry."""
    page = story.desk("staff")
    page.goto("/admin/crm/today/")
    row = page.locator("#answers .crm-desk__row", has_text="夏目 花子")
    s.visible(row.locator(".crm-desk__when time"))
    with page.expect_navigation():
        row.locator(".crm-desk__acts a").click()
    expect(page.locator(".crm-quote").first).to_contain_text(s.HER_WORDS)
    page.fill("[name=subject]", "お席のご用意ができます")
    page.fill("[name=body]", "夏目様\n6名様のお席をご用意いたします。ひなた 原")
    s.press(page, page.locator("button[name=do][value=send]"))
    assert page.url.endswith("/next/")
    page.fill("[name=what]", "ケーキの確認")
    s.press(page, page.locator("button[name=quick]").first)
    page.goto("/admin/crm/today/")
    answers = page.locator("#answers .crm-desk__row", has_text="夏目 花子")
    expect(answers).to_have_count(0)
    page.goto(story.facts["record"])
    expect(page.locator("[aria-labelledby=card-next]")).to_contain_text("ケーキの確認")
    expect(page.locator(".crm-story")).to_contain_text("お席のご用意ができます")
    text = story.mail(s.HANAKO, number=2).locator(".mail-text")
    expect(text).to_contain_text("6名様のお席をご用意いたします")


def she_confirms(story: Story) -> None:
    """5. One button in the mail; looking changes nothing, pressing does."""
    box = story.mail(s.HANAKO, number=2)
    links = []
    for address in story.mails(s.HANAKO):
        box.goto(address)
        links += box.locator(".mail-text a[href*='/crm/confirm/']").all_inner_texts()
    assert len(links) == 1
    page = story.open_window("ja-JP")
    page.goto(links[0])
    page.reload()
    consents = story.desk("staff").locator("[aria-labelledby=card-consents]")
    story.desk("staff").goto(story.facts["record"])
    expect(consents.locator(".icon-time")).to_be_visible()
    expect(page.locator(".wording")).to_contain_text("月2回ほど")
    s.press(page, page.locator("form button"))
    story.desk("staff").reload()
    expect(consents.locator(".icon-check")).to_be_visible()
    reach = story.desk("staff").locator("[aria-labelledby=card-reach]")
    expect(reach.locator("li", has_text=s.HANAKO).locator(".crm-good")).to_be_visible()


def somebody_takes_her_address(story: Story) -> None:
    """6. Another name with her address changes nothing; staff reject the claims."""
    page = story.open_window("ja-JP")
    page.goto("/ja/inquiry/")
    page.check("input[name=crm_consent]")
    answers = {
        "family_name": "別野",
        "given_name": "人志",
        "email": s.HANAKO,
        "phone": "080-9999-0000",
        "message": "わたしが夏目です。番号を変えてください。",
    }
    s.fill_like_a_person(page, answers)
    s.send_form(page)
    thanks = page.locator(".crm-thanks")
    s.visible(thanks)
    assert words_of(thanks) == story.facts["thanks"]
    desk = story.desk("staff")
    desk.goto(story.facts["record"])
    s.reload_until(desk, desk.locator(".crm-waits summary"), "フォームからの変更")
    desk.click(".crm-waits summary")
    expect(desk.locator(".crm-claims").first).to_contain_text("別野")
    expect(desk.locator("h1")).to_contain_text("夏目 花子")
    reach = desk.locator("[aria-labelledby=card-reach]")
    expect(reach).not_to_contain_text("9999")
    expect(desk.locator(".crm-entry--unverified").first).to_be_visible()
    s.press(desk, desk.locator("form[action*='/claims/reject-all/'] button"))
    expect(desk.locator(".crm-claims")).to_have_count(0)
    expect(desk.locator("h1")).to_contain_text("夏目 花子")
    expect(reach).not_to_contain_text("9999")

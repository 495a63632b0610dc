"""Steps 7–9: a new attribute without code, two spreadsheets, segments."""

import io
import re

from openpyxl import Workbook
from playwright.sync_api import Locator, Page, expect

from . import story as s
from .story import Story

OCCASIONS = [
    ("Family", "家族の集まり"),
    ("Anniversary", "記念日"),
    ("Business", "会食"),
]
PEOPLE = [
    ["来店名簿(2025年)", "", "", "", ""],
    ["お名前", "ふりがな", "メールアドレス", "携帯電話", "機会"],
    ["雪村 冬子 様", "ゆきむら ふゆこ", "fuyuko@e2e.example", "０９０１１１１２２２２", "記念日"],
    ["霜田 一郎さん", "しもだ いちろう", "ichiro@e2e.example", "090-3333-4444", ""],
    ["雪村冬子", "ユキムラ フユコ", "fuyuko@e2e.example", "090-1111-2222", ""],
    ["", "", "", "", "会食"],
    ["氷室 二郎", "ひむろ じろう", "jiro＠", "12", ""],
]  # fmt: skip
DOUBLE_OR_BAD = {"5", "6", "7"}
TILL = """日付,時刻,会員番号,商品,部門,数量,金額,支払方法,区分
2026/11/01,12:10,E-1,きのこの土鍋ごはん定食,ランチ,1,1480,現金,売上
2026/11/02,18:30,E-1,季節の小皿三品,ディナー,1,1800,カード,売上
2026/11/02,18:45,E-1,季節の小皿三品,ディナー,1,-1800,カード,返品
"""


def marketer_adds_an_attribute(story: Story) -> None:
    """7. "Occasion": at once a mapping, a condition and a merge tag."""
    page = story.desk("marketer")
    page.goto("/admin/crm/attributes/new/")
    page.fill("[name=label]", "Occasion")
    page.fill("[name=label_ja]", "ご利用の機会")
    page.select_option("[name=type]", "choice")
    for number, (label, label_ja) in enumerate(OCCASIONS):
        page.fill(f"[name=choices-{number}-label]", label)
        page.fill(f"[name=choices-{number}-label_ja]", label_ja)
    s.press(page, page.locator("main .button-longrunning"))
    expect(page.locator("main table")).to_contain_text("occasion")

    page.goto("/admin/pages/search/?q=お問い合わせ")
    edit = page.locator("main a[href^='/admin/pages/'][href$='/edit/']").first
    page.goto(edit.get_attribute("href"))
    offered = values_of(page.locator("select[name='form_fields-0-maps_to']"))
    assert "attribute.occasion" in offered
    assert "attribute.allergies" not in offered

    page.goto("/admin/crm/campaign/add/")
    tags = page.locator(".crm-tags").text_content()
    assert "attribute.occasion" in tags
    assert "allergies" not in tags


def values_of(select: Locator) -> set[str]:
    options = select.locator("option")
    return set(options.evaluate_all("found => found.map(each => each.value)"))


def staff_note_an_occasion(story: Story) -> None:
    """7. The record's form has the field: both guests come with the family."""
    page = story.desk("staff")
    for record in (story.facts["record"], story.facts["his_record"]):
        page.goto(record.replace("/inspect/", "/edit/"))
        field = page.locator("select[name='attribute__occasion']")
        field.select_option("family")
        s.press(page, page.locator("main .button-longrunning"))
        page.goto(record)
        about = page.locator("[aria-labelledby=card-about]")
        expect(about).to_contain_text("家族の集まり")


def workbook(rows: list[list[str]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def upload(page: Page, noun: str, name: str, content: bytes) -> None:
    """The wizard's first step, up to the columns."""
    page.goto("/admin/crm/imports/new/")
    page.check(f"[name=noun][value={noun}]")
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.set_input_files("[name=file]", file)
    s.press(page, page.locator("form.crm-import__form button[type=submit]"))
    s.visible(page.locator(".crm-import__columns"))


def staff_import_contacts(story: Story) -> None:
    """8. A messy sheet: dry run, basis, apply, how many can be reached."""
    page = story.desk("staff")
    upload(page, "contacts", "名簿.xlsx", workbook(PEOPLE))
    offered = values_of(page.locator(".crm-import__columns select").first)
    assert {"attribute.occasion", "attribute.allergies"} <= offered
    last = page.locator(".crm-import__columns select").last
    last.select_option("attribute.occasion")
    go_on(page)
    page.check("[name=basis][value=agreed]")
    page.select_option("[name=topic]", label="ひなたのお便り")
    page.fill("[name=note]", "2025年の名簿、事務所の棚")
    go_on(page)
    rows = page.locator(".crm-import__rows tbody tr")
    s.visible(rows)
    told = rows.filter(has=page.locator(".crm-import__problem"))
    assert set(told.locator("td.number").all_inner_texts()) == DOUBLE_OR_BAD
    expect(rows.filter(has_text="雪村").first).not_to_contain_text("様")
    write(page)
    expect(page.locator(".crm-import__facts strong").first).to_have_text("2")
    expect(page.locator("progress.crm-reach__bar")).to_have_attribute("value", "2")
    with page.expect_download() as download:
        page.click("a[href$='/left-out/']")
    assert download.value.suggested_filename.endswith(".xlsx")
    story.facts["contacts_import"] = page.url


def staff_import_purchases(story: Story) -> None:
    """8. The till's export, in the encoding of a Japanese Excel, with a return."""
    page = story.desk("staff")
    upload(page, "purchases", "売上.csv", TILL.encode("cp932"))
    go_on(page)
    s.visible(page.locator(".crm-import__rows tbody tr"))
    write(page)
    facts = page.locator(".crm-import__facts strong")
    expect(facts.first).to_have_text("3")
    expect(facts.nth(1)).to_have_text("1")


def staff_take_an_import_back(story: Story) -> None:
    """8. As if it had never been: the people of the sheet are gone."""
    page = story.desk("staff")
    page.goto("/admin/crm/contacts/?q=雪村")
    expect(page.locator(".title-wrapper a", has_text="雪村")).to_have_count(1)
    page.goto(story.facts["contacts_import"])
    with page.expect_navigation():
        page.click("a[href$='/undo/']")
    s.press(page, page.locator("form.crm-import__actions button"))
    s.visible(page.locator(".help-block.help-info"))
    page.goto("/admin/crm/contacts/?q=雪村")
    expect(page.locator(".title-wrapper a", has_text="雪村")).to_have_count(0)


def go_on(page: Page) -> None:
    s.press(page, page.locator(".crm-import__actions button[type=submit]"))


def write(page: Page) -> None:
    """Ask for it, confirm it, and watch until the result stands."""
    with page.expect_navigation():
        page.click("a[href$='/apply/']")
    s.press(page, page.locator("form.crm-import__actions button"))
    s.visible(page.locator("a[href$='/undo/']"))


def marketer_looks_at_lunch_guests(story: Story) -> None:
    """9. The preview beside the rule counts and names."""
    page = story.desk("marketer")
    page.goto("/admin/crm/segments/")
    with page.expect_navigation():
        page.locator("main td a", has_text="ランチのお客様").first.click()
    figure = s.preview(page).locator(".figure strong")
    assert int(re.sub(r"\D", "", s.said(figure))) > 20
    s.publish(page)


def marketer_makes_a_segment(story: Story) -> None:
    """9. With the rule editor, on the attribute made a minute ago."""
    page = story.desk("marketer")
    page.goto("/admin/crm/segments/add/")
    s.preview(page)
    page.fill("[name=name]", "Family parties")
    page.fill("[name=name_ja]", "家族で来る方")
    s.add_block(page.locator("[data-contentpath=rule]"), "tag")
    page.select_option("[name='rule-0-value-attribute']", "occasion")
    page.select_option("[name='rule-0-value-operator']", "one_of")
    family = "[name='rule-0-value-choices'][value='occasion:family']"
    s.tick(page.locator(family))
    figure = s.preview(page).locator(".figure strong")
    expect(figure).to_have_text(re.compile("2"), timeout=s.PATIENCE)
    s.publish(page)
    page.goto("/admin/crm/segments/")
    row = page.locator("main tr", has_text="家族で来る方")
    s.reload_until(page, row, r"\b2\b")
    with page.expect_navigation():
        row.locator("td a").first.click()
    figure = s.preview(page).locator(".figure strong")
    expect(figure).to_have_text(re.compile("2"), timeout=s.PATIENCE)

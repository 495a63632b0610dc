import datetime as dt

import pytest

from crm_plugin.imports.models import ImportRow
from crm_plugin.models import (
    Change,
    Contact,
    ContactChange,
    ContactPoint,
    ContactValue,
    Organisation,
)

from . import sheets

pytestmark = pytest.mark.django_db


def row(batch, number):
    return ImportRow.objects.get(batch=batch, number=number)


def test_messy_japanese_headings_are_understood(wizard, occasion):
    batch = wizard.upload()
    mapped = {batch.headers[int(index)]: name for index, name in batch.mapping.items()}
    assert mapped == {
        "お名前（漢字）": "contact.name",
        "フリガナ": "contact.kana",
        "ＴＥＬ": "point.phone",
        "メールアドレス※": "point.email",
        "会社名": "organisation.name",
        "誕生日": "contact.birth_on",
        "会員番号": "point.card",
        "ご利用シーン": "attribute.occasion",
        "備考": "contact.note",
    }


def test_the_heading_is_found_below_a_title(wizard):
    assert wizard.upload().header_row == 3


def test_the_dry_run_counts_and_writes_nothing(wizard, occasion):
    batch = wizard.check(wizard.upload())
    assert {k: v for k, v in batch.counts.items() if k != "reach"} == {
        "new": 4,
        "double": 1,
        "bad": 2,
    }
    assert not Contact.objects.exists()


def test_rows_carry_the_numbers_that_excel_shows(wizard):
    batch = wizard.check(wizard.upload())
    bad = batch.rows.filter(outcome="bad").order_by("number")
    numbers = list(bad.values_list("number", flat=True))
    assert numbers == [sheets.FIRST_ROW + 4, sheets.FIRST_ROW + 5]


def test_a_cell_that_cannot_be_read_is_named(wizard):
    batch = wizard.check(wizard.upload())
    [problem] = row(batch, sheets.FIRST_ROW + 4).problems
    assert batch.headers[problem["column"]] == "メールアドレス※"
    assert "ken(at)mail.example" in problem["message"]


def test_a_double_points_at_the_earlier_row(wizard):
    batch = wizard.check(wizard.upload())
    [problem] = row(batch, sheets.FIRST_ROW + 3).problems
    assert "row 4" in problem["message"]


def test_names_lose_honorifics_and_are_split(wizard):
    wizard.all()
    hanako = Contact.objects.get(points__value_norm="hanako@mail.example")
    assert (hanako.family_name, hanako.given_name) == ("髙橋", "花子")
    assert (hanako.family_kana, hanako.given_kana) == ("タカハシ", "ハナコ")


def test_full_width_digits_and_letters_become_ordinary(wizard):
    wizard.all()
    norms = set(ContactPoint.objects.values_list("value_norm", flat=True))
    assert {"+819012345678", "hanako@mail.example"} <= norms


def test_dates_are_read_in_both_ways_of_writing(wizard):
    wizard.all()
    births = Contact.objects.exclude(birth_on=None).values_list("birth_on", flat=True)
    assert set(births) == {dt.date(1985, 5, 3)}


def test_two_spellings_of_a_firm_are_one_organisation(wizard):
    wizard.all()
    assert Organisation.objects.count() == 1
    assert Organisation.objects.get().affiliations.count() == 2


def test_an_attribute_is_imported_by_the_label_of_its_choice(wizard, occasion):
    wizard.all()
    chosen = ContactValue.objects.values_list("choice__key", flat=True)
    assert sorted(chosen) == ["business", "family"]


def test_imported_people_can_be_found_and_are_fed_to_the_worker(wizard, staff):
    from crm_plugin.contacts import search

    wizard.all()
    assert search.find("たかはし", user=staff).count() == 1
    assert ContactChange.objects.filter(aspect="fields").count() == 4


def test_a_second_import_of_the_same_sheet_changes_nothing(wizard, occasion):
    wizard.all()
    before = list(Contact.objects.order_by("pk").values())
    batch = wizard.all()
    assert batch.counts["same"] == 4
    assert "new" not in batch.counts
    assert list(Contact.objects.order_by("pk").values()) == before


def test_blanks_are_filled_and_values_kept(wizard, contact):
    contact.note = "likes the window"
    contact.family_kana = contact.given_kana = ""
    contact.save()
    rows = [["佐藤 太郎", "サトウ タロウ", "hanako@mail.example", "new note"]]
    data = sheets.workbook(rows, headers=["氏名", "フリガナ", "メール", "備考"])
    wizard.all(data)
    contact.refresh_from_db()
    assert contact.kana == "サトウ タロウ"
    assert contact.note == "likes the window"
    assert contact.given_name == "花子"


def test_values_are_replaced_only_when_asked(wizard, contact):
    contact.note = "old"
    contact.save()
    data = sheets.workbook([["hanako@mail.example", "new"]], headers=["メール", "備考"])
    batch = wizard.check(wizard.upload(data), update=True)
    assert row(batch, 2).cleaned["changes"]["contact.note"] == ["old", "new"]
    wizard.apply(batch)
    contact.refresh_from_db()
    assert contact.note == "new"


def test_the_dry_run_says_what_is_kept(wizard, contact):
    contact.note = "old"
    contact.save()
    data = sheets.workbook([["hanako@mail.example", "new"]], headers=["メール", "備考"])
    batch = wizard.check(wizard.upload(data))
    assert row(batch, 2).outcome == "same"
    assert row(batch, 2).cleaned["kept"] == {"contact.note": "old"}


def test_a_known_address_in_other_case_is_the_same_person(wizard, contact):
    data = sheets.workbook([["HANAKO@mail.example", "x"]], headers=["メール", "備考"])
    assert wizard.check(wizard.upload(data)).counts["update"] == 1


def test_a_phone_number_alone_matches_only_a_name_that_agrees(wizard, contact):
    rows = [[contact.name, "090-1234-5678"], ["別人 太郎", "090-1234-5678"]]
    data = sheets.workbook(rows, headers=["氏名", "電話"])
    batch = wizard.check(wizard.upload(data))
    assert row(batch, 2).target_id == contact.pk
    assert row(batch, 3).target_id is None
    assert row(batch, 3).cleaned["note"]


def test_a_bare_name_matches_the_only_one_of_that_name(wizard):
    data = sheets.workbook([["髙橋 花子", "x"]], headers=["氏名", "備考"])
    wizard.all(data)
    assert wizard.all(data).counts["same"] == 1


def test_a_second_phone_column_is_a_second_number(wizard):
    rows = [["山本 さくら", "0166-12-3456", "090-9999-0000"]]
    wizard.all(sheets.workbook(rows, headers=["氏名", "電話番号", "携帯電話"]))
    assert ContactPoint.objects.filter(kind="phone").count() == 2


def test_parts_of_an_address_are_joined(wizard):
    rows = [["山本 さくら", "070-0030", "北海道旭川市", "1-2-3"]]
    headers = ["氏名", "郵便番号", "住所1", "住所2"]
    wizard.all(sheets.workbook(rows, headers=headers))
    point = ContactPoint.objects.get(kind="postal")
    assert point.value == "070-0030 北海道旭川市 1-2-3"
    assert point.postal_code == "070-0030"


def test_bad_cells_can_be_left_out(wizard):
    batch = wizard.check(wizard.upload(), lenient=True)
    assert row(batch, sheets.FIRST_ROW + 4).outcome == "new"
    wizard.apply(batch)
    assert Contact.objects.filter(family_name="佐藤").exists()


def test_imported_contacts_are_no_longer_provisional(wizard):
    wizard.all()
    assert not Contact.objects.filter(confirmed_at=None).exists()


def test_an_import_is_one_operation_in_the_journal(wizard):
    batch = wizard.all()
    created = Change.objects.filter(
        operation=batch.operation, model="contact", field=""
    )
    assert created.count() == 4
    assert batch.operation.by == batch.by


def test_a_csv_in_the_windows_code_page_is_read(wizard):
    data = sheets.csv_bytes([["髙橋 花子", "㈱ひかり"]], headers=["氏名", "会社名"])
    batch = wizard.all(data, "guests.csv")
    assert batch.encoding == "cp932"
    assert Contact.objects.get().family_name == "髙橋"


def test_a_person_who_came_by_form_since_the_dry_run_is_not_doubled(wizard):
    from tests import factories

    batch = wizard.check(wizard.upload())
    factories.ContactFactory(
        family_name="髙橋", given_name="花子", email="hanako@mail.example"
    )
    wizard.apply(batch)
    assert Contact.objects.filter(given_name="花子").count() == 1


def test_a_sensitive_attribute_is_not_offered_without_the_right(role):
    from crm_plugin.imports import nouns
    from tests import factories

    factories.AttributeFactory(key="allergies", type="text", sensitive=True)
    marketer, staff = role("marketer"), role("staff")
    assert "attribute.allergies" not in {
        field.name for field in nouns.fields_for("contacts", marketer)
    }
    assert "attribute.allergies" in {
        field.name for field in nouns.fields_for("contacts", staff)
    }

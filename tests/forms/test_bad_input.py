import re
import time

import pytest
from django.test import Client
from wagtail.models import Locale

from crm_plugin.contacts.models import Contact
from crm_plugin.intake.models import Submission
from crm_plugin.touchpoints.models import Inquiry

pytestmark = pytest.mark.django_db
SAID = {"family_name": "佐藤", "e_mail": "hanako@mail.example", "message": "Hello"}


@pytest.fixture
def visitor(visit, inquiry_page):
    return visit(inquiry_page)


def refused(answer):
    assert answer.status_code == 200
    assert not Submission.objects.exists()
    html = answer.content.decode()
    assert "Please check these entries" in html
    return html


def test_an_empty_form_names_what_is_required(visitor):
    html = refused(visitor.send())
    assert 'href="#id_family_name"' in html
    assert 'href="#id_e_mail"' in html


def test_the_error_stands_by_its_field(visitor):
    html = refused(visitor.send(**SAID | {"e_mail": "hanako(at)mail"}))
    assert 'aria-describedby="id_e_mail_errors"' in html
    assert 'aria-invalid="true"' in html
    assert "This is not an e-mail address" in html
    assert 'value="佐藤"' in html


@pytest.mark.parametrize(
    ("name", "length"),
    [("family_name", 81), ("phone", 41), ("message", 10_001), ("e_mail", 400)],
)
def test_too_long_is_said_and_kept(visitor, name, length):
    text = "9" * length if name == "phone" else "あ" * length
    html = refused(visitor.send(**SAID | {name: text}))
    assert text in html


def test_an_error_names_its_field_in_the_summary_and_not_beside_it(visitor):
    html = refused(visitor.send(**SAID | {"family_name": "あ" * 81}))
    said = "Please use at most 80 characters."
    assert html.count(said) == 2
    assert f"Family name: {said}" in html
    assert f"family name: {said}" not in html
    beside = html.partition('id="id_family_name_errors"')[2].partition("</")[0]
    assert beside.strip().endswith(said)
    assert "amily name" not in beside


@pytest.mark.parametrize("phone", ["no number", "12", "９"])
def test_a_phone_number_needs_digits(visitor, phone):
    assert "not a phone number" in refused(visitor.send(**SAID, phone=phone))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("佐\x00藤\x1b[31m", "佐藤[31m"),
        ("佐藤\u202e\u200b", "佐藤"),
        ("𠮷田", "𠮷田"),
        ("佐藤🍣", "佐藤🍣"),
        ("  佐藤\r\n様 ", "佐藤"),
        ("O'Brien-Smith", "O'Brien-Smith"),
        ("null", "null"),
    ],
)
def test_names_of_every_kind_arrive(visitor, typed, kept):
    assert visitor.send(**SAID | {"family_name": typed}).status_code == 302
    assert Contact.objects.get().family_name == kept


@pytest.mark.parametrize(
    "typed", ["さとう", "サトウ", "ｻﾄｳ", "Sato", "佐藤", "サトゥー・ｱ"]
)
def test_kana_in_any_script_is_never_refused(visitor, typed):
    assert visitor.send(**SAID, family_name_kana=typed).status_code == 302
    assert Contact.objects.get().family_kana


@pytest.mark.parametrize(
    ("typed", "norm"),
    [
        ("ｈａｎａｋｏ＠ｍａｉｌ．ｅｘａｍｐｌｅ", "hanako@mail.example"),
        ("Hanako@Mail.Example ", "hanako@mail.example"),
        ("taro..yamada@docomo.example", "taro..yamada@docomo.example"),
        ("taro.@docomo.example", "taro.@docomo.example"),
        (".taro@docomo.example", ".taro@docomo.example"),
        ("ta-ro_+1@mail.example", "ta-ro_+1@mail.example"),
        ("hanako@例え.テスト", "hanako@xn--r8jz45g.xn--zckzah"),
    ],
)
def test_every_address_that_people_have_is_welcome(visitor, typed, norm):
    assert visitor.send(**SAID | {"e_mail": typed}).status_code == 302
    assert Submission.objects.get().email_norm == norm
    assert Contact.objects.get().points.get(kind="email").value_norm == norm


@pytest.mark.parametrize(
    "typed",
    ["hanako", "@mail.example", "hanako@", "a b@mail", "hanako@mail", "a@b@c", "<a@b>"],
)
def test_what_is_no_address_is_refused_in_words(visitor, typed):
    assert "not an e-mail address" in refused(visitor.send(**SAID | {"e_mail": typed}))


def test_a_choice_that_was_never_offered_is_refused(visitor):
    refused(visitor.send(**SAID, heard_of_us="hacked"))


def test_the_message_keeps_her_lines(visitor):
    visitor.send(**SAID | {"message": "One\r\n\r\nTwo\x00 <b>three</b> ①"})
    answers = {a["name"]: a["text"] for a in Submission.objects.get().answers}
    assert answers["message"].startswith("One\n\nTwo <b>three</b>")


@pytest.fixture
def japanese_page(inquiry_page):
    japanese, _new = Locale.objects.get_or_create(language_code="ja")
    front = inquiry_page.get_parent().copy_for_translation(japanese)
    front.save_revision().publish()
    page = inquiry_page.copy_for_translation(japanese)
    page.save_revision().publish()
    return page


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"family_name": ""}, "入力してください。"),
        ({"family_name": "\x00\u200b"}, "入力してください。"),
        ({"family_name": "あ" * 81}, "80文字以内"),
        ({"e_mail": "x"}, "メールアドレスの形ではありません"),
        ({"phone": "x"}, "電話番号の形ではありません"),
        ({"preferred": "hacked"}, "正しく選択してください"),
    ],
)
def test_errors_speak_the_language_of_the_page(visit, japanese_page, said, words):
    visitor = visit(japanese_page)
    assert visitor.url.startswith("/ja/")
    html = visitor.send(**SAID | said).content.decode()
    assert '<html lang="ja">' in html
    assert words in html
    assert not Submission.objects.exists()


def without_csrf(page):
    return Client(enforce_csrf_checks=True).post(page.url, SAID)


def test_without_a_csrf_token_she_reads_what_to_do(inquiry_page):
    answer = without_csrf(inquiry_page)
    assert answer.status_code == 403
    assert "Your entries were not sent" in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    assert not Submission.objects.exists()


def test_without_a_csrf_token_too_in_her_language(japanese_page):
    html = without_csrf(japanese_page).content.decode()
    assert '<html lang="ja">' in html
    assert "送信できませんでした" in html


def test_a_form_without_required_fields_needs_one_answer(visitor):
    visitor.page.form_fields.update(required=False)
    assert "fill in at least one field" in refused(visitor.send())


def test_bytes_of_another_encoding_break_nothing(visitor):
    visitor.open()
    visitor.clock.shift(5)
    body = f"crm_stamp={visitor.stamp}&e_mail=hanako%40mail.example&family_name=%8D%B2"
    answer = visitor.client.post(
        visitor.url, body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 302
    assert Submission.objects.get().email_norm == "hanako@mail.example"


@pytest.mark.parametrize("script", ["<script>alert(1)</script>", "{{ 7|add:7 }}"])
def test_a_script_is_kept_as_the_words_that_it_is(visitor, script):
    visitor.send(**SAID | {"message": script})
    assert Inquiry.objects.get().touchpoint.body == script


def test_required_and_optional_are_said_in_words(visitor):
    html = visitor.open().content.decode()
    assert html.count(">required<") == 2
    assert html.count(">optional<") == 7


def test_every_control_has_a_label_and_the_right_autocomplete(visitor):
    html = visitor.open().content.decode()
    for name, token in {
        "family_name": "family-name",
        "given_name": "given-name",
        "e_mail": "email",
        "phone": "tel",
    }.items():
        assert f'<label for="id_{name}">' in html
        control = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)[0]
        assert f'autocomplete="{token}"' in control


def test_the_purpose_of_use_stands_by_the_button(visitor):
    html = visitor.open().content.decode()
    assert 0 < html.index("<button type") - html.index("To answer you.") < 200


def test_the_summary_of_errors_has_the_focus_and_the_title_says_so(visit, inquiry_page):
    html = visit(inquiry_page).send(e_mail="x").content.decode()
    assert re.search(r"<div[^>]* autofocus[^>]* id=.crm-errors", html)
    assert "<title>Please check these entries: Ask us" in html


def test_a_flood_of_honorifics_is_refused_for_its_length_at_once(visitor):
    visitor.open()
    began = time.process_time()
    sent = visitor.send(family_name="様" * 400_000 + "x", e_mail="a@mail.example")
    assert sent.status_code == 200
    assert time.process_time() - began < 5

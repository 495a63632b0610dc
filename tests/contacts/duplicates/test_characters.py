"""How the characters of names may be read."""

import time

import pytest

from crm_plugin import normalise
from crm_plugin.contacts.duplicates import characters


def reads(kanji, kana):
    return characters.reads(normalise.fold(kanji), normalise.sound(kana))


@pytest.mark.parametrize(
    ("kanji", "kana"),
    [
        ("石川", "イシカワ"),
        ("小川", "オガワ"),
        ("佐々木", "ササキ"),
        ("井上", "イノウエ"),
        ("木下", "キノシタ"),
        ("智男", "トモオ"),
        ("優子", "ゆうこ"),
        ("幸江", "サチエ"),
        ("一平", "イッペイ"),
        ("純平", "ジュンペイ"),
        ("髙橋", "タカハシ"),
        ("渡邊", "Watanabe"),
        ("まり子", "マリコ"),
    ],
)
def test_usual_readings_are_known(kanji, kana):
    assert reads(kanji, kana) is True


@pytest.mark.parametrize(
    ("kanji", "kana"), [("幸希子", "アカネ"), ("健太", "ケント"), ("佐藤", "Smith")]
)
def test_others_are_unlikely(kanji, kana):
    assert reads(kanji, kana) is False


@pytest.mark.parametrize(
    ("kanji", "kana"), [("鷗子", "オウコ"), ("", "ア"), ("愛", "")]
)
def test_of_a_character_that_is_not_known_nothing_is_said(kanji, kana):
    assert reads(kanji, kana) is None


def test_what_is_known_around_an_unknown_character_counts():
    assert reads("鷗子", "カモメ") is False


def test_two_names_may_have_one_sound():
    assert characters.agree("匠海", "巧")
    assert characters.agree("優子", "裕子")
    assert not characters.agree("太郎", "花子")


def test_the_longest_name_takes_no_time():
    started = time.perf_counter()
    assert reads("愛" * 80, "アイ" * 80) is True
    assert reads("愛" * 80, "カナ" * 80) is False
    assert time.perf_counter() - started < 1

import pytest

from crm_plugin import normalise


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("　佐藤　花子　", "佐藤 花子"),
        ("ＡＢＣ１２３", "ABC123"),
        ("ｻﾄｳ ﾊﾅｺ", "サトウ ハナコ"),
        ("ﾊﾟﾝﾀﾞ", "パンダ"),
        ("a\x00b\x07c", "abc"),
        ("a\tb\r\nc", "a b c"),
        ("a\u200bb\u202ec\ufeff", "abc"),
        ("a\u2028b", "a b"),
        ("bad\ud800pair", "badpair"),
        ("𠮷田", "𠮷田"),
        ("髙橋", "髙橋"),
        ("\ufa19田", "\ufa19田"),
        ("🍣 ありがとう 👨\u200d👩\u200d👧", "🍣 ありがとう 👨\u200d👩\u200d👧"),
        (None, ""),
        (42, "42"),
        ("", ""),
    ],
)
def test_text_has_ordinary_width_and_no_control_characters(typed, meant):
    assert normalise.text(typed) == meant


def test_text_keeps_line_breaks_when_asked():
    assert normalise.text("一行目 \r\n　二行目\x00\r", lines=True) == "一行目\n二行目"


@pytest.mark.parametrize(
    "typed",
    ["サトウ ハナコ", "さとう はなこ", "ｻﾄｳ ﾊﾅｺ", "サトウ　はなこ", " さとう  ﾊﾅｺ"],
)
def test_kana_is_full_width_katakana_from_any_script(typed):
    assert normalise.kana(typed) == "サトウ ハナコ"


def test_kana_keeps_voiced_marks_and_long_vowels():
    assert normalise.kana("ｶﾞｰﾙ ゔ ヴ") == "ガール ヴ ヴ"


def test_kana_leaves_other_letters_alone():
    assert normalise.kana("Smith") == "Smith"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙橋", "高橋"),
        ("𠮷田", "吉田"),
        ("山﨑", "山崎"),
        ("渡邊", "渡辺"),
        ("渡邉", "渡辺"),
        ("齋藤", "斉藤"),
        ("斎藤", "斉藤"),
        ("ﾀｶﾊｼ", "たかはし"),
        ("ハンカク", "ﾊﾝｶｸ"),
        ("Ｈａｎａｋｏ", "hanako"),
        ("佐藤 花子", "佐藤花子"),
        ("090-1234-5678", "０９０ー１２３４－５６７８"),
        ("メアリー・スミス", "メアリースミス"),
        ("O'Brien", "obrien"),
        ("STRASSE", "straße"),
        ("\ufa19田", "神田"),
    ],
)
def test_fold_makes_two_spellings_equal(one, other):
    assert normalise.fold(one) == normalise.fold(other)


def test_fold_keeps_a_long_vowel_apart_from_a_hyphen():
    assert normalise.fold("メアリー") == "メアリー"


def test_fold_keeps_different_names_apart():
    assert normalise.fold("畑") != normalise.fold("畠")


@pytest.mark.parametrize("value", ["ﾀｶﾊｼ 090ー1", "𠮷 ſtraße İ", "\ufa19", "・-ー"])
def test_fold_is_stable(value):
    once = normalise.fold(value)
    assert normalise.fold(once) == once

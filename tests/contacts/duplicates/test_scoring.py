"""Who is one person and who is not: pairs written by hand, for people in general."""

import pytest

from .people import meet, verdict

MAIL = "hanako.s@mail.example"
PHONE = "090-1234-5678"
HOME = "〒070-0030 旭川市緑町1丁目2番3号"

SAME = {
    "a moved phone, the address as before": (
        ("佐藤 花子", "サトウ ハナコ", {"email": MAIL, "phone": PHONE}),
        ("佐藤 花子", "サトウ ハナコ", {"email": MAIL, "phone": "080-9876-5432"}),
    ),
    "Latin letters and the same number": (
        ("大野 優子", "オオノ ユウコ", {"phone": PHONE}),
        ("Ōno Yūko", {"phone": PHONE}),
    ),
    "Latin letters without long vowels": (
        ("大野 優子", "オオノ ユウコ", {"phone": PHONE}),
        ("Ohno Yuko", {"phone": "+81 90 1234 5678"}),
    ),
    "half-width kana": (
        ("高橋 健太", "タカハシ ケンタ", {"email": "kenta77@mail.example"}),
        ("ﾀｶﾊｼ ｹﾝﾀ", {"email": "kenta77@mail.example"}),
    ),
    "hiragana and a birthday": (
        ("田中 美咲", "タナカ ミサキ", "1990-05-05", {}),
        ("たなか みさき", "", "1990-05-05", {}),
    ),
    "another form of a character": (
        ("斎藤 太郎", "サイトウ タロウ", {"phone": PHONE}),
        ("齋藤 太郎", "サイトウ タロウ", {"phone": PHONE}),
    ),
    "the ladder form of taka": (
        ("髙橋 健太", {"phone": PHONE}),
        ("高橋 健太", {"phone": PHONE}),
    ),
    "a birthday and a name read alike": (
        ("黒柳 徹", "クロヤナギ トオル", "1975-11-02", {}),
        ("Kuroyanagi Toru", "", "1975-11-02", {}),
    ),
    "names in the wrong boxes": (
        ("鈴木 花子", "スズキ ハナコ", {"phone": PHONE}),
        ("花子 鈴木", "ハナコ スズキ", {"phone": PHONE}),
    ),
    "the whole name in one box": (
        ("鈴木 花子", "スズキ ハナコ", {"email": MAIL}),
        ("鈴木花子", {"email": MAIL}),
    ),
    "a slip in the kana": (
        ("五十嵐 美咲", "イガラシ ミサキ", {"phone": PHONE}),
        ("五十嵐 美咲", "イガラシ ミサギ", {"phone": PHONE}),
    ),
    "a slip in Latin letters": (
        ("Igarashi Tsubasa", {"phone": PHONE}),
        ("Igarashi Tsubsaa", {"phone": PHONE}),
    ),
    "a slip in the e-mail address": (
        ("黒柳 徹", "クロヤナギ トオル", {"email": "blackwillow@mail.example"}),
        ("黒柳 徹", "クロヤナギ トオル", {"email": "blackwilow@mail.example"}),
    ),
    "a slip in the provider": (
        ("黒柳 徹", "クロヤナギ トオル", {"email": "blackwillow@gmail.com"}),
        ("黒柳 徹", "クロヤナギ トオル", {"email": "blackwillow@gmial.com"}),
    ),
    "two digits swapped in a number": (
        ("五十嵐 翼", "イガラシ ツバサ", {"phone": "090-1234-5678"}),
        ("五十嵐 翼", "イガラシ ツバサ", {"phone": "090-1234-6578"}),
    ),
    "married, with her number and birthday": (
        ("佐藤 美咲", "サトウ ミサキ", "1992-08-14", {"phone": PHONE}),
        ("高橋 美咲", "タカハシ ミサキ", "1992-08-14", {"phone": PHONE}),
    ),
    "married, with her e-mail address": (
        ("佐藤 美咲", "サトウ ミサキ", {"email": "misa0814@mail.example"}),
        ("高橋 美咲", "タカハシ ミサキ", {"email": "misa0814@mail.example"}),
    ),
    "married in the West": (
        ("Smith Mary", {"email": "maryk77@mail.example"}),
        ("Smith-Jones Mary", {"email": "maryk77@mail.example"}),
    ),
    "a short form of a Western name": (
        ("Smith Robert", {"phone": "+44 20 7946 0123"}),
        ("Smith Bob", {"phone": "+44 20 7946 0123"}),
    ),
    "the same member card and another number": (
        ("鈴木 太郎", "スズキ タロウ", {"card": "M-0042", "phone": PHONE}),
        ("鈴木 太郎", "スズキ タロウ", {"card": "m0042", "phone": "080-1111-2222"}),
    ),
    "the same house in two spellings": (
        ("五十嵐 翼", "イガラシ ツバサ", {"postal": HOME}),
        ("五十嵐 翼", "イガラシ ツバサ", {"postal": "旭川市緑町1-2-3"}),
    ),
    "kanji that nobody on record reads, and kana": (
        ("戸村 令佳", {"postal": HOME}),
        ("トムラ レイカ", {"postal": HOME}),
    ),
    "the same in one box, without a space": (
        ("戸村令佳", {"postal": HOME}),
        ("トムラ レイカ", {"postal": HOME}),
    ),
    "other kanji for one sound": (
        ("関口 匠海", {"email": "t.sekiguchi@hikari.example"}),
        ("関口 巧", {"email": "t.sekiguchi@hikari.example"}),
    ),
    "an address that says how the name is read": (
        ("加藤 尚子", {"email": "nahoko.k@mail.example", "phone": PHONE}),
        ("カトウ ナホコ", {"phone": PHONE}),
    ),
    "the firm before the name": (
        ("有限会社三和不動産 水野栄博", {"email": "s.mizuno@sanwa.example"}),
        ("水野 栄博", {"email": "s.mizuno@sanwa.example"}),
    ),
    "a former name behind the new one": (
        ("竹中(旧姓沢田) 亜子", {"phone": PHONE}),
        ("澤田 亜子", {"phone": PHONE}),
    ),
    "a tag in the address": (
        ("黒柳 徹", {"email": "blackwillow+shop@gmail.com"}),
        ("クロヤナギ トオル", {"email": "black.willow@gmail.com"}),
    ),
    "two letters swapped in a short Western name": (
        ("Lee Katie", {"phone": "+44 20 7946 0123"}),
        ("Lee Kaite", {"phone": "+44 20 7946 0123"}),
    ),
    "a birthday that a form filled in": (
        ("黒柳 徹", "クロヤナギ トオル", "2000-01-01", {"phone": PHONE}),
        ("黒柳 徹", "クロヤナギ トオル", "1975-11-02", {"phone": PHONE}),
    ),
    "one address at the same firm": (
        ("勅使河原 徹", {"email": "toru.t@hikari.example"}),
        ("勅使河原 徹", {"email": "teshigawara@hikari.example"}),
    ),
}

APART = {
    "two people called Satō Tarō": (
        ("佐藤 太郎", "サトウ タロウ", {"email": "a.day@mail.example"}),
        ("佐藤 太郎", "サトウ タロウ", {"email": "bonsai@mail.example"}),
    ),
    "a common name and nothing else": (
        ("佐藤 太郎", "サトウ タロウ", {}),
        ("佐藤 太郎", "サトウ タロウ", {}),
    ),
    "husband and wife with one telephone and one house": (
        ("鈴木 太郎", "スズキ タロウ", {"phone": PHONE, "postal": HOME}),
        ("鈴木 花子", "スズキ ハナコ", {"phone": PHONE, "postal": HOME}),
    ),
    "a family with one e-mail address": (
        ("鈴木 太郎", "スズキ タロウ", {"email": MAIL}),
        ("鈴木 花子", "スズキ ハナコ", {"email": MAIL}),
    ),
    "twins": (
        ("田中 健太", "タナカ ケンタ", "2001-04-01", {"phone": PHONE, "postal": HOME}),
        ("田中 健斗", "タナカ ケント", "2001-04-01", {"phone": PHONE, "postal": HOME}),
    ),
    "twins who write in kana": (
        ("タナカ ケンタ", "", "2001-04-01", {"phone": PHONE}),
        ("タナカ ケント", "", "2001-04-01", {"phone": PHONE}),
    ),
    "brothers whose kanji differ in one character": (
        ("田中 健一", {"phone": PHONE}),
        ("田中 健二", {"phone": PHONE}),
    ),
    "father and son with one name and one number": (
        ("Smith John", "", "1950-03-04", {"phone": "+44 20 7946 0123"}),
        ("Smith John", "", "1981-10-22", {"phone": "+44 20 7946 0123"}),
    ),
    "colleagues behind one address": (
        ("佐藤 花子", "サトウ ハナコ", {"email": "info@hikari.example"}),
        ("鈴木 太郎", "スズキ タロウ", {"email": "info@hikari.example"}),
    ),
    "namesakes born on other days": (
        ("鈴木 花子", "スズキ ハナコ", "1970-01-31", {"postal": HOME}),
        ("鈴木 花子", "スズキ ハナコ", "1988-09-09", {}),
    ),
    "one given name and birthday, nothing else": (
        ("佐藤 美咲", "サトウ ミサキ", "1992-08-14", {"phone": PHONE}),
        ("高橋 美咲", "タカハシ ミサキ", "1992-08-14", {"phone": "080-1111-2222"}),
    ),
    "one birthday": (
        ("佐藤 花子", "サトウ ハナコ", "1992-08-14", {}),
        ("田中 太郎", "タナカ タロウ", "1992-08-14", {}),
    ),
    "Yuki and Yūki in one house": (
        ("田中 由紀", "タナカ ユキ", {"phone": PHONE, "postal": HOME}),
        ("田中 優希", "タナカ ユウキ", {"phone": PHONE, "postal": HOME}),
    ),
    "sisters with one number, in kanji and in kana": (
        ("鈴木 幸希子", {"phone": PHONE, "postal": HOME}),
        ("スズキ アカネ", {"phone": PHONE, "postal": HOME}),
    ),
    "a family with one address, in kanji and in Latin letters": (
        ("清水 明美", {"email": "shimizu.family@mail.example"}),
        ("Shimizu Taichi", {"email": "shimizu.family@mail.example"}),
    ),
    "brothers whose kanji end otherwise": (
        ("松本 令司", {"postal": HOME}),
        ("松本 令也", {"postal": HOME}),
    ),
    "a firm and its accounts": (
        ("株式会社ひかり", {"phone": "03-3699-1794"}),
        ("株式会社ひかり 経理部", {"phone": "03-3699-1794"}),
    ),
    "a number that was typed to fill the box": (
        ("佐藤 太郎", "サトウ タロウ", {"phone": "000-0000-0000"}),
        ("佐藤 太郎", "サトウ タロウ", {"phone": "000-0000-0000", "email": MAIL}),
    ),
    "one handle, and nobody knows of which network": (
        ("佐藤 健太", {"sns": "taro"}),
        ("鈴木 太郎", {"sns": "@taro"}),
    ),
    "one handle on two networks": (
        ("佐藤 健太", {"sns": "instagram:taro"}),
        ("鈴木 太郎", {"sns": "https://x.com/taro"}),
    ),
    "numbers that count up": (
        ("佐藤 太郎", "サトウ タロウ", {"email": "taro1@mail.example"}),
        ("佐藤 太郎", "サトウ タロウ", {"email": "taro2@mail.example"}),
    ),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_they_are_one_person(pair):
    assert meet(*pair)
    assert verdict(*pair) is not None


@pytest.mark.parametrize("pair", APART.values(), ids=APART)
def test_they_are_two_people(pair):
    assert verdict(*pair) is None


def test_the_order_of_two_people_does_not_matter():
    for one, other in [*SAME.values(), *APART.values()]:
        assert verdict(one, other) == verdict(other, one)


def test_more_evidence_scores_higher():
    name = ("鈴木 花子", "スズキ ハナコ")
    few = verdict((*name, {"phone": PHONE}), (*name, {"phone": PHONE}))
    more = {"phone": PHONE, "email": MAIL}
    assert verdict((*name, more), (*name, more)).score > few.score


def test_a_number_that_many_share_says_less():
    pair = [("佐藤 太郎", "サトウ タロウ", {"phone": "03-1234-5678"})] * 2
    assert verdict(*pair).score > verdict(*pair, sharing=30).score
    assert "shared_phone" in verdict(*pair, sharing=30).reasons


def test_the_reasons_for_stand_before_those_against():
    one = ("佐藤 美咲", "サトウ ミサキ", {"email": MAIL, "phone": PHONE})
    other = ("高橋 美咲", "タカハシ ミサキ", {"email": MAIL, "phone": "080-1111-2222"})
    assert verdict(one, other).reasons == (
        "same_given_name",
        "same_email",
        "other_family_name",
        "other_phone",
    )


def test_colleagues_of_one_given_name_are_not_married():
    phone = {"phone": "092-378-1164"}
    one = ("清田 涼平", {"email": "kiyota-r@hikari.example", **phone})
    other = ("田中 涼平", {"email": "r.tanaka@hikari.example", **phone})
    assert verdict(one, other, sharing=6) is None


def test_a_family_name_alone_is_nobodys_where_two_bear_it():
    whole, bare = ("鈴木 花子", {"phone": PHONE}), ("スズキ", {"phone": PHONE})
    assert verdict(whole, bare).score == 0.75
    assert verdict(whole, bare, sharing=2) is None


def test_a_family_name_alone_and_a_landline_are_barely_possible():
    home = {"phone": "0166-22-3344"}
    assert verdict(("鈴木 花子", home), ("スズキ", home)).score <= 0.65


def test_a_household_member_without_a_given_name_is_only_possible():
    whole = ("鈴木 花子", "スズキ ハナコ", {"phone": PHONE, "postal": HOME})
    bare = ("鈴木", "スズキ", {"phone": PHONE, "postal": HOME})
    assert verdict(whole, bare).score <= 0.75

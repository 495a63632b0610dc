import pytest

from crm_plugin import normalise


@pytest.mark.parametrize(
    ("spellings", "sound"),
    [
        (["おおの", "オーノ", "ｵｵﾉ", "Ōno", "Oono", "Ohno", "ONO"], "ono"),
        (["サトウ", "さとう", "Satō", "Satou", "Satoh"], "sato"),
        (["シンイチ", "Shin'ichi", "Sinichi", "shin-ichi"], "shinichi"),
        (["ホンマ", "Honma", "Homma"], "honma"),
        (["フジ", "Fuji", "Huzi"], "fuji"),
        (["ツトム", "Tsutomu", "Tutomu"], "tsutomu"),
        (["エッチュウ", "Etchū", "Ecchuu"], "ecchu"),
        (["キョウコ", "Kyōko", "Kyouko"], "kyoko"),
        (["ティナ", "Tina"], "china"),
        (["リナ", "Lina", "Rina"], "rina"),
        (["シェリー", "Sherī"], "sheri"),
        (["Müller", "MULLER"], "murrer"),
    ],
)
def test_one_name_sounds_the_same_in_every_spelling(spellings, sound):
    assert {normalise.sound(text) for text in spellings} == {sound}


@pytest.mark.parametrize("text", ["服部", "田中ハナコ", "", None, "123", "김"])
def test_what_does_not_say_its_sound_has_none(text):
    assert normalise.sound(text) == ""


def test_smith_could_not_stand_in_kana():
    assert normalise.sounds_japanese(normalise.sound("ハットリ"))
    assert not normalise.sounds_japanese(normalise.sound("Smith"))

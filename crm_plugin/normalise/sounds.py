"""What a name sounds like, whichever script it is written in."""

import re
import unicodedata

import jaconv

from .words import fold

_KANA = re.compile("[\u30a1-\u30fc]+")
_SPOKEN = re.compile("[a-z\u30a1-\u30fc]+")
# Syllables that kana need two signs for and Latin letters write straight on.
_SMALL = [
    ("ティ", "チ"),
    ("ディ", "ジ"),
    ("トゥ", "ツ"),
    ("ドゥ", "ズ"),
    ("デュ", "ジュ"),
    ("テュ", "チュ"),
    ("ヂャ", "ジャ"),
    ("ヂュ", "ジュ"),
    ("ヂョ", "ジョ"),
    ("ウィ", "ヰ"),
    ("ウェ", "ヱ"),
    ("ヴァ", "バ"),
    ("ヴィ", "ビ"),
    ("ヴェ", "ベ"),
    ("ヴォ", "ボ"),
    ("ヴ", "ブ"),
    ("ヲ", "オ"),
]
_OLD = str.maketrans({"ヰ": "wi", "ヱ": "we", "ー": None})
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
# Kunrei, Nihon and passport spellings of the same syllable, made Hepburn; then what
# Japanese does not tell apart (l and r, v and b) and the length of vowels.
_SPELLINGS = [
    (re.compile(pattern), to)
    for pattern, to in (
        ("tch", "cch"),
        (r"(sh|ch|j)ie", r"\1e"),
        ("sy", "sh"),
        ("ty|cy", "ch"),
        ("zy|jy|dy", "j"),
        ("si", "shi"),
        ("ti", "chi"),
        ("zi|di", "ji"),
        ("tu", "tsu"),
        ("dzu|du", "zu"),
        ("(?<![sctp])hu", "fu"),
        ("m(?=[bpm])", "n"),
        ("oh(?![aiueoy])", "o"),
        ("o[ou]+", "o"),
        ("u{2,}", "u"),
        ("a{2,}", "a"),
        ("e{2,}", "e"),
        ("l", "r"),
        ("v", "b"),
    )
]
_JAPANESE = re.compile(
    r"(?:(?:sh|ch|ts|[kgnhbpmr]y|([kstpc])(?=\1)|[kgsztdnhbpmyrwfj])?[aiueo]|n"
    r"|([kstpc])(?=\2|[cst]h))+"
)


def sound(value: object) -> str:
    """The sound of a name in simple Latin letters; "" where its writing does not say.

    Long vowels, systems of romanisation and accents do not count:
    ``sound("おおの") == sound("Ōno") == sound("Ohno") == "ono"``.
    """
    spoken = fold(value)
    if not spoken.isascii():
        spoken = _latin(spoken)
    if not _SPOKEN.fullmatch(spoken):
        return ""
    spoken = _KANA.sub(lambda found: _romaji(found[0]), spoken)
    for pattern, to in _SPELLINGS:
        spoken = pattern.sub(to, spoken)
    return spoken if spoken.isascii() and spoken.isalpha() else ""


def is_kana(value: str) -> bool:
    """Whether a folded *value* is written in kana alone."""
    return bool(_KANA.fullmatch(value))


def sounds_japanese(spoken: str) -> bool:
    """Whether this sound could be that of kana (``smith`` could not)."""
    return bool(_JAPANESE.fullmatch(spoken))


def _latin(value: str) -> str:
    """Without accents; kana keep their voicing marks, which NFD would take off too."""
    plain = (
        letter
        if "\u3041" <= letter <= "\u30ff"
        else "".join(
            part
            for part in unicodedata.normalize("NFD", letter)
            if not unicodedata.combining(part)
        )
        for letter in value
    )
    return "".join(plain).translate(_LETTERS)


def _romaji(kana: str) -> str:
    for signs, simple in _SMALL:
        kana = kana.replace(signs, simple)
    return jaconv.kana2alphabet(jaconv.kata2hira(kana.translate(_OLD)))

"""Text as people meant it, and the key under which it is found again."""

import re
import unicodedata

import jaconv

# Compatibility ideographs are somebody's way of writing a name: NFKC would swap them
# for the common form, so only ``fold`` may touch them.
_OWN_FORMS = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f]+)")
_SPACES = re.compile(r"[^\S\n]+")
_FAMILY_FIRST = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―−﹣･・'’`]+")
_STRAY_LONG_MARK = re.compile("(?<![\u3041-\u30ff])ー+")
_JOINER = "\u200d"

# Other ways of writing the same name. 斎 and 斉 are two characters, but nobody at a
# counter can know which one a guest uses: they are found together.
_VARIANTS = str.maketrans(
    "髙﨑邊邉齋齊斎澤濱濵櫻廣國嶋嶌瀨龍眞惠德榮學實藏冨𠮷增吳淺關條萬與圓豐澁鐵爲壽會黑靜繩應將尙寬礒槇"
    "曾凜堯遙穗禮彌桒栁籔薮峯舘舩賴絲龜莊瀧渕佛來兒壯奧姬巖巢數晚曉樂檜槪歷殘氣淸溫滿獨盜祿竝粹緖縣"
    "聰臟莖藝號螢覺觀讀變豫貳轉辯辨遞遲邨鄕醫釋銳錄錢鎭隨雜靈顏顯餘騷驅驛髮鷄麥點齒",
    "高崎辺辺斉斉斉沢浜浜桜広国島島瀬竜真恵徳栄学実蔵富吉増呉浅関条万与円豊渋鉄為寿会黒静縄応将尚寛磯槙"
    "曽凛尭遥穂礼弥桑柳藪藪峰館船頼糸亀荘滝淵仏来児壮奥姫巌巣数晩暁楽桧概歴残気清温満独盗禄並粋緒県"
    "聡臓茎芸号蛍覚観読変予弐転弁弁逓遅村郷医釈鋭録銭鎮随雑霊顔顕余騒駆駅髪鶏麦点歯",
)


# A scheme, or anything that a mail client would turn into a link by itself. Every
# repetition has an end: whatever was typed, this stays linear. Behind "。" only what
# stands between Latin letters is an address; otherwise it ends a sentence. Four numbers
# with dots are one, too; a telephone number may have three or five.
LINKS = re.compile(
    r"[a-z][a-z0-9+.\-]{0,30}://\S*|\bwww\.\S+|[^\s@]{1,64}@[^\s@]+\.\w+"
    r"|(?:(?:[\w\-]{1,63}\.){1,8}[^\W\d_]{2,24}"
    r"|(?a:[a-z0-9\-]{1,63}[.。]){1,8}[a-z]{2,24}"
    r"|(?a:(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])))(?::\d+)?(?:/\S*)?",
    re.IGNORECASE,
)


def text(value: object, *, lines: bool = False) -> str:
    """*value* with ordinary width and without control characters, stripped.

    With ``lines`` line breaks stay; otherwise every run of white space is one space.
    """
    raw = "" if value is None else str(value)
    raw = raw.replace("\r\n", "\n").replace("\r", "\n")
    parts = _OWN_FORMS.split(raw)
    parts[::2] = [unicodedata.normalize("NFKC", part) for part in parts[::2]]
    kept = _printable("".join(parts))
    kept = _SPACES.sub(" ", kept)
    if lines:
        return "\n".join(line.strip() for line in kept.split("\n")).strip()
    return " ".join(kept.split())


def _printable(value: str) -> str:
    """Without control, format and surrogate characters; emoji keep their joiners."""
    result: list[str] = []
    for character in value:
        category = unicodedata.category(character)
        if character == "\n":
            result.append(character)
        elif character == _JOINER:
            if result and unicodedata.category(result[-1]) in {"So", "Sk", "Mn"}:
                result.append(character)
        elif category in {"Zl", "Zp"} or character == "\t":
            result.append(" ")
        elif category not in {"Cc", "Cf", "Cs"}:
            result.append(character)
    return "".join(result)


def kana(value: object) -> str:
    """Full-width katakana, whichever script or width was typed; other letters stay."""
    return jaconv.hira2kata(text(value))


def fold(value: object) -> str:
    """The search key: equal for every way of writing the same thing.

    Width, case, hiragana or katakana, old forms of a character, spaces and hyphens do
    not count. ``fold("ﾀｶﾊｼ") == fold("たかはし")``, ``fold("髙橋") == fold("高橋")``.
    """
    plain = unicodedata.normalize("NFKC", text(value)).casefold()
    plain = jaconv.hira2kata(plain).translate(_VARIANTS)
    plain = unicodedata.normalize("NFKC", plain)
    return _STRAY_LONG_MARK.sub("", _SEPARATORS.sub("", plain))


def family_first(value: str) -> bool:
    """Whether *value* is written so that the family name stands first (CJK, kana)."""
    return bool(_FAMILY_FIRST.search(value))

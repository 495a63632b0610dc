"""Seeded people with households, offices, twins and namesakes: hard to tell apart.

Names are composed of parts, so that there are thousands, some common and most rare;
``doubles.py`` writes some of these people down a second time, in another way.
"""

import datetime as dt
import random
from dataclasses import dataclass, field, replace
from itertools import product


def _list(text: str) -> list[str]:
    return text.split("|") if "|" in text else text.split()


FAMILY_STARTS = """山 ヤマ|川 カワ|田 タ|中 ナカ|小 コ|大 オオ|高 タカ|松 マツ|石 イシ|上 ウエ|北 キタ
西 ニシ|東 ヒガシ|南 ミナミ|木 キ|竹 タケ|藤 フジ|杉 スギ|森 モリ|岡 オカ|青 アオ|黒 クロ|白 シラ|金 カネ
岩 イワ|福 フク|宮 ミヤ|村 ムラ|吉 ヨシ|長 ナガ|平 ヒラ|広 ヒロ|古 フル|新 ニイ|今 イマ|前 マエ|島 シマ
浜 ハマ|沢 サワ|谷 タニ|池 イケ|水 ミズ|神 カミ|堀 ホリ|原 ハラ|桜 サクラ|梅 ウメ|花 ハナ|星 ホシ|秋 アキ"""
FAMILY_ENDS = """田 ダ|本 モト|川 カワ|村 ムラ|山 ヤマ|野 ノ|島 シマ|崎 サキ|井 イ|沢 ザワ|下 シタ|口 グチ
原 ハラ|木 キ|岡 オカ|谷 タニ|橋 ハシ|内 ウチ|林 バヤシ|尾 オ|森 モリ|瀬 セ|坂 サカ|越 コシ"""
COMMON_FAMILIES = """佐藤 サトウ|鈴木 スズキ|高橋 タカハシ|伊藤 イトウ|渡辺 ワタナベ|斎藤 サイトウ
加藤 カトウ|大野 オオノ|小野 オノ|後藤 ゴトウ|井上 イノウエ|工藤 クドウ|河野 コウノ|遠藤 エンドウ"""
MEN = _list(
    "健 ケン|大 ダイ|翔 ショウ|裕 ユウ|拓 タク|浩 ヒロ|雄 ユウ|和 カズ|正 マサ|隆 タカ|俊 トシ|直 ナオ"
    "|義 ヨシ|康 ヤス|慎 シン|光 ミツ|秀 ヒデ|智 トモ|達 タツ|英 エイ"
)
MEN_ENDS = _list(
    "太 タ|一 イチ|介 スケ|也 ヤ|人 ト|樹 キ|平 ヘイ|郎 ロウ|彦 ヒコ|之 ユキ|明 アキ|司 ジ|夫 オ"
    "|斗 ト|太郎 タロウ|二 ジ"
)
WOMEN = _list(
    "美 ミ|優 ユウ|陽 ヨウ|花 ハナ|由 ユ|真 マ|恵 エ|亜 ア|里 リ|沙 サ|千 チ|友 トモ|奈 ナ|明 アキ|久 ヒサ"
    "|麻 マ|彩 アヤ|春 ハル|瑞 ミズ|京 キョウ"
)
WOMEN_ENDS = _list(
    "子 コ|香 カ|奈 ナ|美 ミ|里 リ|菜 ナ|穂 ホ|恵 エ|代 ヨ|江 エ|衣 イ|紀 キ|希 キ|音 ネ|乃 ノ"
    "|咲 サキ"
)
LATIN_FAMILIES = _list(
    "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Martin"
    " Thompson White Harris Clark Lewis Walker Hall Young King Wright Scott Green Baker Adams Nelson Carter"
    " Mitchell Roberts Turner Phillips Campbell Parker Evans Edwards Collins Müller Schneider Fischer Weber"
    " Dubois Bernard Rossi Ferrari Novak Kowalski Jansen Larsen O'Brien McDonald Nguyen Kim Chen Singh"
)
LATIN_GIVENS = _list(
    "James Robert John Michael David William Richard Joseph Thomas Charles Daniel Matthew Anthony"
    " Mark Steven Andrew Paul Joshua Kenneth Kevin Brian George Timothy Mary Patricia Jennifer Linda Elizabeth"
    " Barbara Susan Jessica Sarah Karen Lisa Nancy Sandra Ashley Emily Kimberly Margaret Donna Michelle Carol"
    " Amanda Melissa Deborah Stephanie Rebecca Laura Hannah Emma Olivia Sophie Claire Marie Anna"
)
FREE = _list(
    "gmail.com yahoo.co.jp icloud.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp outlook.jp"
    " hotmail.com ocn.ne.jp"
)
TOWNS = _list(
    "旭川市緑町 東京都港区芝 大阪市北区梅田 札幌市中央区北 横浜市西区南幸 福岡市博多区住吉 名古屋市東区泉"
    " 仙台市青葉区本町 広島市南区皆実町 京都市左京区吉田 神戸市灘区桜口町 千葉市花見川区幕張"
)


@dataclass(frozen=True)
class Someone:
    """One person as written on one form."""

    family: str = ""
    given: str = ""
    family_kana: str = ""
    given_kana: str = ""
    birth: dt.date | None = None
    points: dict[str, str] = field(default_factory=dict)

    def but(self, **values) -> "Someone":
        points = values.pop("points", {})
        kept = {**self.points, **points}
        return replace(self, points={k: v for k, v in kept.items() if v}, **values)


def _named(text: str) -> list[tuple[str, str]]:
    return [tuple(entry.split()) for entry in text.replace("\n", "|").split("|")]


class World:
    """Draws people; the same seed gives the same people."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.taken: set[str] = set()
        rare = [
            (a + b, x + y)
            for (a, x), (b, y) in product(_named(FAMILY_STARTS), _named(FAMILY_ENDS))
            if a != b
        ]
        self.rng.shuffle(rare)
        self.families = _named(COMMON_FAMILIES) + rare
        self.givens = [
            (a.split()[0] + b.split()[0], a.split()[1] + b.split()[1])
            for starts, ends in ((MEN, MEN_ENDS), (WOMEN, WOMEN_ENDS))
            for a, b in product(starts, ends)
        ]
        self.rng.shuffle(self.givens)
        self.family_weights = [1 / (n + 8) for n in range(len(self.families))]
        self.given_weights = [1 / (n + 20) for n in range(len(self.givens))]

    def family(self) -> tuple[str, str]:
        return self.rng.choices(self.families, self.family_weights)[0]

    def given(self) -> tuple[str, str]:
        return self.rng.choices(self.givens, self.given_weights)[0]

    def birth(self) -> dt.date:
        return dt.date(1945, 1, 1) + dt.timedelta(days=self.rng.randrange(23_000))

    def mobile(self) -> str:
        return f"0{self.rng.choice('789')}0{self.rng.randrange(10_000_000, 99_999_999)}"

    def landline(self) -> str:
        return f"0{self.rng.choice(['3', '6'])}{self.rng.randrange(31_000_000, 59_999_999)}"

    def address(self) -> str:
        rng = self.rng
        lot = "-".join(str(rng.randrange(1, 30)) for _part in range(3))
        room = rng.choice(["", "", f" {rng.randrange(101, 999)}号室"])
        code = f"{rng.randrange(100, 999)}-{rng.randrange(10_000):04}"
        return f"〒{code} {rng.choice(TOWNS)}{lot}{room}"

    def email(self, family: str, given: str) -> str:
        """Some are made of the name, and namesakes make the same."""
        rng = self.rng
        number = str(
            rng.choice(["", "", rng.randrange(100), rng.randrange(1950, 2010)])
        )
        word = "".join(rng.choices("abcdefghikmnoprstuy", k=rng.randrange(5, 10)))
        local = rng.choice(
            [f"{given}.{family}{number}", f"{given[:1]}{family}{number}", word + number]
        )
        domain = rng.choice(FREE) if rng.random() < 0.8 else f"{word[:5]}.example"
        address = f"{local or word}@{domain}"
        while address in self.taken:
            local += str(rng.randrange(10))
            address = f"{local}@{domain}"
        self.taken.add(address)
        return address

    def japanese(self, **given) -> Someone:
        from .doubles import romaji

        (family, kana), (name, name_kana) = self.family(), self.given()
        person = Someone(family, name, kana, name_kana, birth=self.birth())
        person = person.but(**given)
        spoken = romaji(person.family_kana), romaji(person.given_kana)
        return self._reached(person, *spoken)

    def western(self) -> Someone:
        family = self.rng.choice(LATIN_FAMILIES)
        given = self.rng.choice(LATIN_GIVENS)
        person = Someone(family, given, birth=self.birth())
        letters = (
            "".join(c for c in n.lower() if c.isascii() and c.isalpha())
            for n in (family, given)
        )
        return self._reached(person, *letters)

    def _reached(self, person: Someone, family: str, given: str) -> Someone:
        rng = self.rng
        points = dict(person.points)
        if rng.random() < 0.75:
            points.setdefault("email", self.email(family, given))
        if rng.random() < 0.75 or not points:
            points.setdefault("phone", self.mobile())
        if rng.random() < 0.4:
            points.setdefault("postal", self.address())
        if rng.random() < 0.15:
            points["card"] = f"M{rng.randrange(10_000_000):07}"
        birth = person.birth if rng.random() < 0.6 else None
        return person.but(points=points, birth=birth)

    def household(self) -> list[Someone]:
        """People who share name, house, telephone, sometimes the address; or twins."""
        rng = self.rng
        family, kana = self.family()
        shared = {"phone": self.landline(), "postal": self.address()}
        if rng.random() < 0.3:
            shared["email"] = self.email(f"family{rng.randrange(999)}", "")
        twins = self.birth() if rng.random() < 0.2 else None
        names: dict[str, str] = {}
        while len(names) < rng.randrange(2, 5):
            names.setdefault(*self.given())
        people = []
        for name, name_kana in names.items():
            one = Someone(family, name, kana, name_kana, twins or self.birth())
            keep = {k: v for k, v in shared.items() if rng.random() < 0.8}
            people.append(one.but(points=keep or {"phone": shared["phone"]}))
        return people

    def office(self) -> list[Someone]:
        """Colleagues behind one address and one number."""
        domain = f"office{self.rng.randrange(10**6)}.example"
        shared = {"email": f"info@{domain}", "phone": self.landline()}
        people = [self.japanese() for _each in range(self.rng.randrange(2, 9))]
        return [one.but(points={**one.points, **shared}) for one in people]

    def namesakes(self) -> list[Someone]:
        """One name, several people."""
        first = self.japanese()
        names = ("family", "given", "family_kana", "given_kana")
        same = {name: getattr(first, name) for name in names}
        return [first] + [self.japanese(**same) for _each in range(2)]

    def people(self, size: int) -> list[Someone]:
        """*size* different people."""
        found: list[Someone] = []
        while len(found) < size:
            drawn = self.rng.random()
            if drawn < 0.10:
                found += self.household()
            elif drawn < 0.115:
                found += self.office()
            elif drawn < 0.13:
                found += self.namesakes()
            elif drawn < 0.25:
                found.append(self.western())
            else:
                found.append(self.japanese())
        return found[:size]

"""Sheets as shops really have them: a messy guest list and a till's export."""

import csv
import datetime as dt
import io
import random
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

from .names import FAMILIES, FIRMS, GIVENS
from .shop import CATEGORIES, PRODUCTS

SEED = 20250401
FIRST_MEMBER = 501
LOST_CARD = "900001"
TITLE = ["会員名簿(店頭の申込書より)", "作成: レジ横のパソコン"]
GUEST_HEADERS = [
    "No.",
    "お名前(漢字)",
    "ふりがな",
    "TEL",
    "メールアドレス※",
    "会社名",
    "誕生日",
    "会員番号",
    "お好み",
    "備考",
]
HONORIFICS = ["様", "さん", " 様", ""]
WIDE = {ord("0") + n: chr(0xFF10 + n) for n in range(10)} | {ord("-"): "-"}
TILL_HEADERS = ["日付", "時刻", "会員番号", "商品名", "カテゴリ", "金額", "支払方法", "返品"]  # fmt: skip
PAYMENTS = ["現金", "現金", "クレジット", "QR決済"]


def _hiragana(katakana: str) -> str:
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in katakana)


def guest_rows(rng: random.Random, count: int = 25) -> list[list[Any]]:
    """So many usable guests, then one double and two rows that cannot be used."""
    rows = [_guest(rng, number) for number in range(1, count + 1)]
    family, given = rows[2][1].split(" ")[0], rows[2][1].split(" ")[1]
    double = [count + 1, f"{family}{given}", "", rows[2][3], rows[2][4].upper()]
    rows.append([*double, "", "", "", "", "二枚目の申込書"])
    broken = _guest(rng, count + 2)
    broken[4] = "tanaka(at)mail.example"
    rows.append([*broken[:9], "アドレスが読めない"])
    rows.append([count + 3, "", "", "", "", "", "", "", "", "白紙"])
    return rows


def _guest(rng: random.Random, number: int) -> list[Any]:
    family, family_kana = rng.choice(FAMILIES)
    given, given_kana = rng.choice(GIVENS)
    reading = f"{family_kana} {given_kana}"
    phone = f"090-{rng.randint(1000, 9999)}-{rng.randint(1000, 9999)}"
    born = dt.date(rng.randint(1950, 2003), rng.randint(1, 12), rng.randint(1, 28))
    return [
        number,
        f"{family} {given}{rng.choice(HONORIFICS)}",
        _hiragana(reading) if number % 2 else reading,
        phone.translate(WIDE) if number % 3 == 0 else phone,
        f"member{FIRST_MEMBER + number}@mail.example" if number % 5 else "",
        f"㈱{rng.choice(FIRMS)}" if number % 4 == 0 else "",
        born if number % 2 else f"{born.year}年{born.month}月{born.day}日",
        f"M-{FIRST_MEMBER + number}",
        rng.choice(["ランチ", "ディナー", ""]),
        "",
    ]


def guest_list(rng: random.Random) -> bytes:
    """An .xlsx as a till's clerk keeps it: two lines of title, then the heading."""
    book = Workbook()
    sheet = book.active
    sheet.title = "名簿"
    for line in [*([text] for text in TITLE), GUEST_HEADERS, *guest_rows(rng)]:
        sheet.append(line)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def till_rows(
    rng: random.Random,
    today: dt.date,
    members: Sequence[Sequence[str]],
    count: int = 60,
) -> list[list[str]]:
    """Receipts of the last ten days: by *members* in groups, by nobody we know, one by
    a card that was thrown away; one line taken back."""
    labels = {key: label for key, _name, label in CATEGORIES}
    rows = []
    for number in range(count):
        day = today - dt.timedelta(days=1 + number * 10 // count)
        clock = rng.choice(["12:05", "12:40", "13:10", "18:30", "19:20", "20:10"])
        member = rng.choice(rng.choice([*filter(None, members), [""]]))
        if number == count // 2:
            member = LOST_CARD
        fitting = [
            p for p in PRODUCTS if p[2] == ("lunch" if clock < "15" else "dinner")
        ]
        payment = rng.choice(PAYMENTS)
        dishes = 1 if member == LOST_CARD else rng.randint(1, 2)
        for _code, name, category, price in rng.sample(fitting, dishes):
            line = [f"{day:%Y/%m/%d}", clock, member, name, labels[category]]
            rows.append([*line, f"{price:,}", payment, ""])
    rows.append([*rows[-1][:7], "返品"])
    return rows


def listed_members(count: int = 25) -> list[str]:
    """The member numbers that the guest list brings."""
    return [f"M-{FIRST_MEMBER + number}" for number in range(1, count + 1)]


def till_export(rng: random.Random, today: dt.date, *members: Sequence[str]) -> bytes:
    """A .csv in the encoding that Japanese tills write."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([TILL_HEADERS, *till_rows(rng, today, members)])
    return out.getvalue().encode("cp932")

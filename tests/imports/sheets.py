"""The sheets of the story: a messy guest list and a till's export."""

import csv
import datetime as dt
import io

from openpyxl import Workbook

GUEST_HEADERS = [
    "No",
    "お名前（漢字）",
    "フリガナ",
    "ＴＥＬ",
    "メールアドレス※",
    "会社名",
    "誕生日",
    "会員番号",
    "ご利用シーン",
    "備考",
]
GUESTS = [
    [
        "1",
        "髙橋　花子 様",
        "たかはし はなこ",
        "０９０－１２３４－５６７８",
        "Ｈanako@Mail.Example",
        "㈱ひかり商事",
        dt.date(1985, 5, 3),
        "M-0001",
        "家族",
        "えび アレルギー",
    ],
    [
        "2",
        "鈴木 一郎さん",
        "ｽｽﾞｷ ｲﾁﾛｳ",
        "0166-12-3456",
        "ichiro@mail.example",
        "",
        "昭和60年5月3日",
        "M-0002",
        "ビジネス",
        "",
    ],
    [
        "3",
        "田中 美咲",
        "タナカ ミサキ",
        "080-1111-2222",
        "misaki@mail.example",
        "株式会社ひかり商事",
        "",
        "M-0003",
        "",
        "",
    ],
    [
        "4",
        "高橋 花子",
        "タカハシ ハナコ",
        "090-1234-5678",
        "hanako@mail.example",
        "",
        "",
        "",
        "",
        "同じ人",
    ],
    [
        "5",
        "佐藤 健",
        "サトウ ケン",
        "",
        "ken(at)mail.example",
        "",
        "",
        "",
        "",
        "アドレスが変",
    ],
    ["6", "", "", "", "", "", "", "", "", "名前なし"],
    [
        "7",
        "山本 さくら",
        "ヤマモト サクラ",
        "090-9999-0000",
        "",
        "",
        "",
        "",
        "",
        "メールなし",
    ],
]
FIRST_ROW = 4  # the title, the date and the heading stand above


def workbook(rows, *, above=0, headers=None):
    book = Workbook()
    sheet = book.active
    for line in range(above):
        sheet.cell(line + 1, 2, f"title {line}")
    at = above + 1
    for line, row in enumerate([headers, *rows] if headers else rows):
        for column, value in enumerate(row):
            if value != "":
                sheet.cell(at + line, column + 1, value)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def guests(rows=None):
    """The messy list: two lines of title, then the heading in row 3."""
    return workbook(rows or GUESTS, above=2, headers=GUEST_HEADERS)


SALE_HEADERS = [
    "日付",
    "時刻",
    "会員番号",
    "商品名",
    "カテゴリ",
    "金額",
    "支払方法",
    "返品",
]
SALES = [
    ["2025/04/01", "12:10", "M-0001", "日替わりランチ", "ランチ", "1,200", "現金", ""],
    ["2025/04/01", "12:10", "M-0001", "コーヒー", "ドリンク", "300", "現金", ""],
    [
        "2025/04/01",
        "12:40",
        "M-0404",
        "日替わりランチ",
        "ランチ",
        "1,200",
        "PayPay",
        "",
    ],
    [
        "2025/04/02",
        "19:00",
        "M-0001",
        "コース",
        "ディナー",
        "￥5,500",
        "クレジットカード",
        "",
    ],
    [
        "2025/04/03",
        "11:00",
        "M-0001",
        "日替わりランチ",
        "ランチ",
        "1,200",
        "現金",
        "返品",
    ],
    ["2025/04/03", "20:00", "", "コース", "ディナー", "5,500", "現金", ""],
    ["2025/13/45", "20:00", "M-0001", "コース", "ディナー", "5,500", "現金", ""],
]


def csv_bytes(rows, *, headers=None, encoding="cp932"):
    out = io.StringIO(newline="")
    csv.writer(out).writerows([headers, *rows] if headers else rows)
    return out.getvalue().encode(encoding)


def till(rows=None):
    return csv_bytes(rows or SALES, headers=SALE_HEADERS)

"""Which row is the heading, and which column means which field."""

import re
from collections.abc import Iterable, Sequence

from crm_plugin import normalise, sheets
from crm_plugin.contacts.fields import Field

from .models import ImportBatch
from .nouns import REPEATABLE

LOOK_AHEAD = 15

# Ways in which people name their columns; written plainly, compared folded.
_EMAIL = "メール メールアドレス メアド eメール 電子メール email mail emailaddress mailaddress"
_PHONE = (
    "電話 電話番号 tel 携帯 携帯電話 携帯番号 携帯電話番号 ケータイ 連絡先 ご連絡先 自宅電話 tel1 tel2 電話1"
    " 電話2 phone phonenumber telephone mobile mobilephone cell"
)
CONTACT_WORDS = {
    "contact.name": "名前 お名前 氏名 ご氏名 顧客名 お客様名 会員名 姓名 担当者 担当者名 ご担当者名"
    " name fullname customer contact customername contactname",
    "contact.family_name": "姓 苗字 名字 氏 lastname familyname surname",
    "contact.given_name": "名 firstname givenname",
    "contact.kana": "フリガナ ふりがな カナ かな 氏名カナ 名前カナ 読み よみ ヨミガナ 読み仮名 顧客名カナ"
    " お名前カナ kana furigana namekana",
    "contact.family_kana": "セイ 姓カナ 姓フリガナ 姓かな familykana lastnamekana",
    "contact.given_kana": "メイ 名カナ 名フリガナ 名かな givenkana firstnamekana",
    "contact.birth_on": "誕生日 生年月日 お誕生日 生まれ birthday birthdate dateofbirth dob",
    "contact.language": "言語 使用言語 language lang",
    "contact.heard_from": "きっかけ 来店きっかけ 来店動機 知ったきっかけ 認知経路 heardfrom source",
    "contact.introduced_by": "紹介者 ご紹介者 紹介 introducedby referrer",
    "contact.note": "備考 メモ 備考欄 特記事項 コメント note notes memo remarks comment",
    "point.email": _EMAIL,
    "point.phone": _PHONE,
    "point.card": "会員番号 会員no 会員id カード番号 会員カード 顧客番号 顧客no 顧客id 会員コード 顧客コード"
    " member memberno membernumber memberid cardnumber customerno customerid",
    "point.postal": "住所 ご住所 郵便番号 〒 都道府県 市区町村 番地 住所1 住所2 建物名 建物 address postaladdress"
    " postcode zip zipcode postalcode prefecture city street",
    "point.line": "line lineid ラインid ライン",
    "point.sns": "sns snsid instagram インスタ twitter x facebook",
    "organisation.name": "会社 会社名 勤務先 法人名 団体名 企業名 御社名 貴社名 組織名 company companyname organisation"
    " organization employer",
    "organisation.department": "部署 部署名 部門 所属 所属部署 課 department division",
    "affiliation.title": "役職 役職名 肩書 肩書き title jobtitle position",
    "plan.name": "プラン プラン名 会員ランク 会員種別 ランク コース 契約プラン plan planname level membership"
    " subscription tier",
    "plan.since": "プラン開始日 契約日 契約開始日 加入日 plansince planstart subscribedsince",
    "preference.channel": "希望連絡方法 連絡方法 ご希望の連絡方法 preferredchannel",
}
SALE_WORDS = {
    "sale.on": "日付 売上日 取引日 購入日 来店日 利用日 会計日 年月日 販売日 date day saledate",
    "sale.time": "時刻 時間 取引時刻 会計時刻 売上時刻 time",
    "sale.at": "日時 取引日時 会計日時 売上日時 購入日時 datetime timestamp",
    "sale.receipt": "レシート番号 レシートno 伝票番号 伝票no 取引番号 取引id 会計番号 receipt receiptno"
    " receiptnumber transactionid orderid",
    "sale.member": "会員番号 会員no 会員id カード番号 会員コード 顧客番号 顧客コード member memberno"
    " membernumber memberid customerid card",
    "sale.email": _EMAIL,
    "sale.phone": _PHONE,
    "sale.item": "商品 商品名 品名 品目 メニュー 明細 内容 item itemname product productname menu description",
    "sale.category": "カテゴリ カテゴリー 部門 分類 区分 商品分類 category department group",
    "sale.quantity": "数量 個数 点数 数 qty quantity count",
    "sale.amount": "金額 売上 売上金額 小計 合計 合計金額 税込 税込金額 価格 amount total price sum sales",
    "sale.payment": "支払 支払方法 支払い 支払い方法 お支払い方法 決済 決済方法 決済種別 payment paymentmethod paidby",
    "sale.returned": "返品 返金 返品区分 取消 取引区分 return returned refund",
}
WORDS = {
    ImportBatch.Noun.CONTACTS: CONTACT_WORDS,
    ImportBatch.Noun.PURCHASES: SALE_WORDS,
}
# No opening bracket inside: a heading of nothing but brackets stays linear.
_ASIDE = re.compile(r"[(\[【〔《<][^()\[\]【】〔〕《》<>]*[)\]】〕》>]|[※*＊:：#]")


def guess(
    headers: Sequence[str], fields: Iterable[Field], *, noun: str
) -> dict[str, str]:
    """``{column index: field name}`` for the headings that are understood.

    Exact words win over words that are part of a longer heading; a field is given to
    one column only, unless several can fill it.
    """
    offered = list(fields)
    words = _words(offered, noun)
    found: dict[int, tuple[int, str]] = {}
    for index, header in enumerate(headers):
        if best := _best(header, words):
            found[index] = best
    mapping: dict[str, str] = {}
    taken: set[str] = set()
    for index, (_score, name) in sorted(
        found.items(), key=lambda entry: (-entry[1][0], entry[0])
    ):
        if name in taken and name not in REPEATABLE:
            continue
        taken.add(name)
        mapping[str(index)] = name
    return dict(sorted(mapping.items(), key=lambda entry: int(entry[0])))


def _words(fields: list[Field], noun: str) -> dict[str, str]:
    """{folded word: field name}: our synonyms, then labels and keys of the fields."""
    words: dict[str, str] = {}
    synonyms = WORDS[ImportBatch.Noun(noun)]
    for field in fields:
        for word in synonyms.get(field.name, "").split():
            words.setdefault(normalise.fold(word), field.name)
    for field in fields:
        spelt = [str(field.label)]
        if field.definition:
            spelt += [field.definition.label, field.definition.label_ja]
            spelt.append(field.definition.key)
        for word in filter(None, spelt):
            words.setdefault(normalise.fold(word), field.name)
    return words


def _best(header: str, words: dict[str, str]) -> tuple[int, str] | None:
    """How well a heading fits, and which field: 1000 exact, else the longest part."""
    whole = normalise.fold(header)
    for said in (whole, normalise.fold(_ASIDE.sub(" ", normalise.text(header)))):
        if said in words:
            return 1000, words[said]
    parts = [word for word in words if len(word) > 1 and word in whole]
    if not parts:
        return None
    longest = max(parts, key=lambda word: (len(word), whole.endswith(word)))
    return len(longest), words[longest]


def find_heading(
    rows: Sequence[tuple[int, list[str]]], fields: Iterable[Field], *, noun: str
) -> int:
    """The index in *rows* of the heading row.

    Titles and dates often stand above it: the first row with most headings that are
    understood wins. Raises ``sheets.Refused("no_header")`` where there is none.
    """
    words = _words(list(fields), noun)
    scores = [sum(bool(_best(c, words)) for c in cells if c) for _n, cells in rows]
    best = max(scores, default=0)
    if best and not _looks_like_data(rows[scores.index(best)][1]):
        return scores.index(best)
    if rows and not _looks_like_data(rows[0][1]):
        return 0
    raise sheets.Refused("no_header")


def _looks_like_data(cells: list[str]) -> bool:
    """Whether a row holds addresses, dates or numbers, as headings never do."""
    for cell in filter(None, map(normalise.text, cells)):
        if "@" in cell and normalise.email(cell):
            return True
        if sum(character.isdigit() for character in cell) > len(cell) / 2:
            return True
    return False

"""What a sheet can hold: contacts, or purchases of a till."""

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin import normalise
from crm_plugin.contacts import cleaning, fields
from crm_plugin.contacts.fields import Field
from crm_plugin.sales.models import Purchase

from .models import ImportBatch

# Fields that several columns may fill: parts of an address, a second phone number.
REPEATABLE = {
    "point.email",
    "point.phone",
    "point.postal",
    "point.sns",
    "contact.note",
}
IDENTIFYING = {
    "contact.name",
    "contact.family_name",
    "contact.given_name",
    "contact.kana",
    "contact.family_kana",
    "contact.given_kana",
    "point.email",
    "point.phone",
    "point.card",
}
JOINED = {"point.postal": " ", "contact.note": "\n"}

MOST = {"quantity": Decimal(10) ** 8, "amount": Decimal(10) ** 10}
_TIME = re.compile(r"(\d{1,2})[:時](\d{1,2})?(?:[:分](\d{1,2}))?[分秒]?")
_RETURNS = {"返品", "返金", "取消", "取消し", "return", "returned", "refund", "r"}
_PAYMENTS = {
    Purchase.Payment.CASH: "現金 cash genkin",
    Purchase.Payment.CARD: "カード クレジット クレカ クレジットカード card credit",
    Purchase.Payment.QR: "qr qr決済 コード決済 paypay 電子マネー 楽天ペイ d払い aupay suica",
    Purchase.Payment.INVOICE: "請求書 掛 売掛 掛売 振込 invoice",
}


def _time(field: Field, raw: Any) -> dt.time:
    plain = normalise.text(raw)
    found = _TIME.fullmatch(plain.rpartition(" ")[2])
    try:
        hour, minute, second = (int(part or 0) for part in found.groups())  # type: ignore[union-attr]
        return dt.time(hour, minute, second)
    except (AttributeError, ValueError):
        raise ValueError(
            _("“%(value)s” is not a time of day.") % cleaning.said(raw)
        ) from None


def _moment(field: Field, raw: Any) -> str:
    """Day and time of one cell, as ``2025-04-01 12:30:00``."""
    day, _space, clock = normalise.text(raw).replace("T", " ").partition(" ")
    on = normalise.date(day)
    if on is None:
        raise ValueError(_("“%(value)s” is not a date and time.") % cleaning.said(raw))
    at = _time(field, clock) if clock else dt.time(0)
    return f"{on.isoformat()} {at.isoformat()}"


def _day(field: Field, raw: Any) -> dt.date:
    """A day; a time that stands behind it says nothing here."""
    plain = normalise.text(raw)
    on = normalise.date(plain) or normalise.date(plain.partition(" ")[0])
    if on is None:
        raise ValueError(_("“%(value)s” is not a date.") % cleaning.said(raw))
    return on


def _figure(field: Field, raw: Any) -> Decimal:
    """A number of a receipt's line; a slip of the keyboard is none."""
    number = cleaning.number(field, raw)
    if abs(number) >= MOST[field.key]:
        text = _("“%(value)s” is more than can be recorded.")
        raise ValueError(text % cleaning.said(raw))
    return number


def _payment(field: Field, raw: Any) -> str:
    """How it was paid; what no till has called so before is "other"."""
    said = normalise.fold(raw)
    for payment, words in _PAYMENTS.items():
        if said in {normalise.fold(word) for word in words.split()}:
            return payment
    return Purchase.Payment.OTHER


def _returned(field: Field, raw: Any) -> bool:
    """Whether the line is a return; an unmarked or zero cell is a sale."""
    said = normalise.fold(raw)
    if said in {normalise.fold(word) for word in _RETURNS}:
        return True
    if said in {"0", "販売", "売上", "通常", "sale"}:
        return False
    return bool(cleaning.yes_no(field, raw))


SALE_FIELDS = [
    Field("sale.on", gettext_lazy("date"), "date", cleaner=_day),
    Field("sale.time", gettext_lazy("time"), cleaner=_time),
    Field("sale.at", gettext_lazy("date and time in one cell"), cleaner=_moment),
    Field("sale.receipt", gettext_lazy("receipt number"), max_length=60),
    Field("sale.member", gettext_lazy("member number"), max_length=40),
    Field("sale.email", gettext_lazy("e-mail"), "email"),
    Field("sale.phone", gettext_lazy("phone"), "phone", max_length=40),
    Field("sale.item", gettext_lazy("item"), max_length=120),
    Field("sale.category", gettext_lazy("category"), max_length=80),
    Field("sale.quantity", gettext_lazy("quantity"), "number", cleaner=_figure),
    Field("sale.amount", gettext_lazy("amount"), "number", cleaner=_figure),
    Field("sale.payment", gettext_lazy("payment"), cleaner=_payment),
    Field("sale.returned", gettext_lazy("return"), "yes_no", cleaner=_returned),
]


def fields_for(noun: str, user: Any) -> list[Field]:
    """The fields that *user* may match columns with."""
    if noun == ImportBatch.Noun.PURCHASES:
        return list(SALE_FIELDS)
    return fields.mappable(user)


def named(noun: str, names: Iterable[str]) -> dict[str, Field]:
    """The mapped fields by name; those that no longer exist are left out."""
    wanted = {name for name in names if name}
    if noun == ImportBatch.Noun.PURCHASES:
        return {field.name: field for field in SALE_FIELDS if field.name in wanted}
    return fields.named(wanted)


def lacking(noun: str, names: Iterable[str]) -> list[str]:
    """What a mapping of *noun* cannot do without, in words; empty when it is complete."""
    mapped = set(names)
    if noun == ImportBatch.Noun.PURCHASES:
        missing = []
        if not mapped & {"sale.on", "sale.at"}:
            missing.append(_("the date"))
        if "sale.amount" not in mapped:
            missing.append(_("the amount"))
        return missing
    if mapped & IDENTIFYING:
        return []
    return [_("a name, an e-mail address, a phone number or a member number")]


def identifies(values: dict[str, Any]) -> bool:
    """Whether a contact row names somebody or a way to reach or recognise them."""
    return any(values.get(name) for name in IDENTIFYING)

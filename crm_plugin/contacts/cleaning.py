"""What people type into a field, cleaned by the field's type.

Each cleaner takes the field and a raw value that is not blank, and raises
``ValueError`` with a translated reason for what cannot be meant. Cleaning twice
changes nothing, and a cleaned value survives JSON (dates and numbers as text).
"""

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext

from crm_plugin import normalise

if TYPE_CHECKING:
    from .fields import Field

LONG_TEXT_LENGTH = 10_000
NAME_LENGTH = 80
EARLIEST_BIRTH = dt.date(1880, 1, 1)
YES, NO = gettext_lazy("yes"), gettext_lazy("no")
_YES = {
    "yes",
    "y",
    "true",
    "1",
    "on",
    "はい",
    "有",
    "有り",
    "あり",
    "○",
    "◯",
    "〇",
    "済",
}
_NO = {"no", "n", "false", "0", "off", "いいえ", "無", "無し", "なし", "×", "✕", "未"}
_BETWEEN_CHOICES = re.compile(r"[,、，;；\n／/|]+")


class Refused(ValueError):
    """What cannot be meant: the ``reason`` to show beside its field; as text, the
    field's label as well."""

    def __init__(self, field: "Field", reason: str) -> None:
        said = {"label": field.label, "reason": reason}
        super().__init__(_("%(label)s: %(reason)s") % said)
        self.reason = reason


def clean(field: "Field", raw: Any) -> Any:
    """The value that *raw* means for *field*, None where it is blank.

    Raises ``Refused``.
    """
    blank = raw is None or (isinstance(raw, str) and not normalise.text(raw))
    if blank or raw in ([], ()):
        return None
    try:
        return (field.cleaner or BY_TYPE[field.type])(field, raw)
    except ValueError as error:
        raise Refused(field, str(error)) from error


def text(field: "Field", raw: Any) -> str:
    value = normalise.text(raw)
    if len(value) > field.max_length:
        raise ValueError(
            _("Please use at most %(count)s characters.") % {"count": field.max_length}
        )
    return value


def long_text(field: "Field", raw: Any) -> str:
    value = normalise.text(raw, lines=True)
    if len(value) > LONG_TEXT_LENGTH:
        raise ValueError(
            _("Please use at most %(count)s characters.") % {"count": LONG_TEXT_LENGTH}
        )
    return value


def number(field: "Field", raw: Any) -> Decimal:
    value = normalise.number(raw)
    if value is None or abs(value) >= Decimal("1e16"):
        raise ValueError(_("“%(value)s” is not a number.") % said(raw))
    return short(value.quantize(Decimal("0.0001")))


def short(value: Decimal) -> Decimal:
    """The same number without idle zeros and without an exponent."""
    digits = f"{value:f}"
    return Decimal(digits.rstrip("0").rstrip(".") if "." in digits else digits)


def yes_no(field: "Field", raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    value = normalise.text(raw).casefold()
    if value in _YES | {str(YES)}:
        return True
    if value in _NO | {str(NO)}:
        return False
    raise ValueError(_("“%(value)s” is neither yes nor no.") % said(raw))


def date(field: "Field", raw: Any) -> dt.date:
    value = normalise.date(raw)
    if value is None:
        raise ValueError(_("“%(value)s” is not a date.") % said(raw))
    return value


def birth(field: "Field", raw: Any) -> dt.date:
    value = date(field, raw)
    if not EARLIEST_BIRTH <= value <= timezone.localdate():
        raise ValueError(_("“%(value)s” cannot be a date of birth.") % said(raw))
    return value


def choice(field: "Field", raw: Any) -> str:
    key = field.spellings.get(normalise.fold(raw))
    if key is None:
        raise ValueError(_("“%(value)s” is not one of the choices.") % said(raw))
    return key


def multi_choice(field: "Field", raw: Any) -> list[str]:
    parts = raw if isinstance(raw, list | tuple | set) else [raw]
    chosen = set()
    for part in parts:
        # A label may itself hold a comma or a slash: the whole text comes first.
        if normalise.fold(part) in field.spellings:
            chosen.add(choice(field, part))
        else:
            words = _BETWEEN_CHOICES.split(str(part))
            chosen.update(choice(field, word) for word in words if word.strip())
    return [key for key in field.labels if key in chosen]


def email(field: "Field", raw: Any) -> str:
    value = normalise.email(raw)
    if not value:
        raise ValueError(_("“%(value)s” is not an e-mail address.") % said(raw))
    return value


def phone(field: "Field", raw: Any) -> str:
    value = text(field, raw)
    if not 5 <= len(normalise.phone(value).lstrip("+")) <= 20:
        raise ValueError(_("“%(value)s” is not a phone number.") % said(raw))
    return value


def name(field: "Field", raw: Any) -> str:
    return text(field, normalise.name(raw))


def kana(field: "Field", raw: Any) -> str:
    return text(field, normalise.kana(normalise.name(raw)))


def whole_name(field: "Field", raw: Any) -> str:
    """Family and given name in one; each of the two has a column of its own."""
    return _parted(name(field, raw))


def whole_kana(field: "Field", raw: Any) -> str:
    return _parted(kana(field, raw))


def _parted(value: str) -> str:
    if max(map(len, normalise.split_name(value))) > NAME_LENGTH:
        count = {"count": NAME_LENGTH}
        raise ValueError(_("Please use at most %(count)s characters.") % count)
    return value


def said(raw: Any) -> dict[str, str]:
    """What was typed, as far as a message repeats it."""
    return {"value": str(raw)[:60]}


BY_TYPE = {
    "text": text,
    "long_text": long_text,
    "number": number,
    "yes_no": yes_no,
    "date": date,
    "choice": choice,
    "multi_choice": multi_choice,
    "email": email,
    "phone": phone,
}


def spellings(pairs: Any) -> dict[str, str]:
    """Folded key and label, in English and Japanese, of each ``(key, label)``."""
    found: dict[str, str] = {}
    for language in ("en", "ja"):
        with override(language):
            for key, label in pairs:
                found.setdefault(normalise.fold(key), key)
                found.setdefault(normalise.fold(str(label)), key)
    return found


def display(field: "Field", value: Any) -> str:
    """A cleaned *value* as people read it."""
    if value is None or value == []:
        return ""
    if field.type == "yes_no":
        return str(YES if value else NO)
    if field.type == "date":
        day = normalise.date(value)
        return date_format(day, "SHORT_DATE_FORMAT") if day else str(value)
    if field.type == "number":
        return number_format(short(Decimal(str(value))), force_grouping=True)
    if field.type in ("choice", "multi_choice"):
        keys = value if isinstance(value, list) else [value]
        between = pgettext("between the words of a list", ", ")
        return between.join(field.labels.get(key, str(key)) for key in keys)
    return str(value)

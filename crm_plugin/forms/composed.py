"""Answers that are typed in parts: a Japanese postal address, a date of birth."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_plugin import normalise
from crm_plugin.contacts import points
from crm_plugin.contacts.cleaning import EARLIEST_BIRTH
from crm_plugin.contacts.prefectures import PREFECTURES, prefectures

_POSTCODE = re.compile(r"\d{3}-\d{4}")
Part = tuple[str, Any, forms.Widget]


class PartsWidget(forms.MultiWidget):
    """Several labelled inputs for one answer, in a group with its own legend."""

    template_name = "crm_plugin/forms/widgets/parts.html"
    use_fieldset = True
    # The class of the box around it, in place of the one around a list of choices.
    box = "crm-field__parts"

    def __init__(self, parts: list[Part], attrs: Any = None) -> None:
        self.labels = {name: label for name, label, _widget in parts}
        super().__init__({name: widget for name, _label, widget in parts}, attrs)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["subwidgets"]
        for part, (key, label) in zip(shown, self.labels.items(), strict=True):
            part |= {"key": key, "label": label}
        return context

    def id_for_label(self, id_: str) -> str:
        """The group has a legend; each input its own label."""
        return ""

    def decompress(self, value: Any) -> list[Any]:
        raise NotImplementedError


class PartsField(forms.Field):
    """What the parts mean together; every part is plain text at first."""

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            value = self.widget.decompress(value)
        parts = [normalise.text(part) for part in value]
        return self.join(parts) if any(parts) else None

    def join(self, parts: list[str]) -> Any:
        """The answer; raises ``ValidationError`` for parts that cannot be meant."""
        raise NotImplementedError


def _text(token: str, length: int, **attrs: str) -> forms.TextInput:
    return forms.TextInput({"autocomplete": token, "maxlength": length, **attrs})


def _prefectures() -> list[tuple[str, str]]:
    return [("", "―"), *prefectures()]


class PostalWidget(PartsWidget):
    """Postcode, prefecture, city, street, building: the order of Japanese forms."""

    def __init__(self, attrs: Any = None) -> None:
        prefecture = forms.Select(
            {"autocomplete": "address-level1"}, choices=_prefectures
        )
        parts = [
            ("code", _("Postcode"), _text("postal-code", 12, inputmode="numeric")),
            ("prefecture", _("Prefecture"), prefecture),
            ("city", _("City, ward, town"), _text("address-level2", 80)),
            ("street", _("Street and number"), _text("address-line1", 120)),
            ("building", _("Building and room"), _text("address-line2", 80)),
        ]
        super().__init__(parts, attrs)

    def decompress(self, value: Any) -> list[Any]:
        """An address that stands on the record, taken apart as far as it can be."""
        text = normalise.text(value)
        code, prefecture, city = points.postal_parts(text)
        rest = text.partition(city)[2] if city else text
        street, _space, building = rest.strip().partition(" ")
        return [code, prefecture, city, street, building]


class PostalField(PartsField):
    """An address as one line, 〒070-0031 北海道旭川市一条通1丁目 ひなたビル2階."""

    widget = PostalWidget
    default_error_messages = {
        "postcode": _("A postcode has seven digits. Example: 070-0031"),
        "prefecture": _("Please choose a prefecture from the list."),
        "part": _("Please fill in: %(part)s."),
        "long": _("This address is too long."),
    }

    def join(self, parts: list[str]) -> str:
        code, prefecture, city, street, building = parts
        code = normalise.postcode(code)
        wrong = [*self._odd(code, prefecture), *self._missing(parts)]
        if wrong:
            raise ValidationError(wrong)
        line = "".join([prefecture, city, street])
        if line.isascii():
            line = " ".join(filter(None, [prefecture, city, street]))
        whole = " ".join(filter(None, [f"〒{code}" if code else "", line, building]))
        if len(whole) > 300:
            raise ValidationError(self.error_messages["long"], code="long")
        return whole

    def _odd(self, code: str, prefecture: str) -> list[ValidationError]:
        """What no address in Japan can have; one abroad has no prefecture."""
        wrong = []
        if code and prefecture and not _POSTCODE.fullmatch(code):
            wrong.append("postcode")
        if prefecture and prefecture not in PREFECTURES:
            wrong.append("prefecture")
        return [ValidationError(self.error_messages[key], code=key) for key in wrong]

    def _missing(self, parts: list[str]) -> list[ValidationError]:
        """A required address needs all but the building; another one what it has."""
        if not self.required:
            return []
        labels = list(self.widget.labels.values())[:4]
        said = self.error_messages["part"]
        return [
            ValidationError(said, code="part", params={"part": label})
            for label, part in zip(labels, parts, strict=False)
            if not part
        ]


class BirthWidget(PartsWidget):
    """Year, month, day: nobody pages through a calendar to the year of their birth."""

    def __init__(self, attrs: Any = None) -> None:
        parts = [
            ("year", _("Year"), _text("bday-year", 8)),
            ("month", _("Month"), _text("bday-month", 2, inputmode="numeric")),
            (
                "day",
                pgettext_lazy("date of birth", "Day"),
                _text("bday-day", 2, inputmode="numeric"),
            ),
        ]
        super().__init__(parts, attrs)

    def decompress(self, value: Any) -> list[Any]:
        day = normalise.date(value)
        return [day.year, day.month, day.day] if day else ["", "", ""]


class BirthField(PartsField):
    """A day that somebody can be born on; the year may be one of an era (昭和60)."""

    widget = BirthWidget
    default_error_messages = {
        "invalid": _("This is not a date of birth. Please check year, month and day."),
    }

    def join(self, parts: list[str]) -> dt.date:
        year, month, day = (part.rstrip("年月日") for part in parts)
        born = normalise.date(f"{year}年{month}月{day}日")
        if born is None or not EARLIEST_BIRTH <= born <= timezone.localdate():
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return born

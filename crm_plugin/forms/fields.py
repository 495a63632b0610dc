"""Form fields that accept what people really type, and clean it once."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm_plugin import normalise

MESSAGE_LENGTH = 10_000
# How much of an over-long text is looked at before it is refused for its length.
TIMES = 4


class TextField(forms.CharField):
    """A line of text without control characters; a NUL is dropped, not refused."""

    def to_python(self, value: Any) -> str:
        return super().to_python(normalise.text(_bounded(self, value)))


def _bounded(field: forms.CharField, value: Any) -> Any:
    """Enough of *value* to tell that it is too long."""
    most = TIMES * (field.max_length or MESSAGE_LENGTH)
    return value[:most] if isinstance(value, str) else value


class LongTextField(forms.CharField):
    """Somebody's own words with their line breaks."""

    widget = forms.Textarea(attrs={"rows": 6})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": MESSAGE_LENGTH, **kwargs})

    def to_python(self, value: Any) -> str:
        return super().to_python(normalise.text(_bounded(self, value), lines=True))


class EmailField(TextField):
    """An address in any width; the dots of old carrier addresses are welcome."""

    # A browser refuses old carrier addresses in type="email": ask for its keyboard,
    # not for its judgement.
    widget = forms.TextInput(
        attrs={"inputmode": "email", "autocapitalize": "none", "spellcheck": "false"}
    )
    default_error_messages = {
        "invalid": _("This is not an e-mail address. Example: hanako@example.com"),
    }

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not normalise.email(value):
            raise ValidationError(self.error_messages["invalid"], code="invalid")


class PhoneField(TextField):
    """A phone number in any spelling; only something without digits is refused."""

    widget = forms.TextInput(attrs={"type": "tel"})
    default_error_messages = {
        "invalid": _("This is not a phone number. Example: 090-1234-5678"),
    }

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not 6 <= len(normalise.phone(value)) <= 20:
            raise ValidationError(self.error_messages["invalid"], code="invalid")


class KanaField(TextField):
    """A reading in either script, never refused; kept in full-width katakana."""

    def to_python(self, value: Any) -> str:
        return normalise.kana(super().to_python(value))


class DateField(forms.DateField):
    """A day in any spelling the normaliser knows, Japanese eras included."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        return super().to_python(normalise.date(value) or value)


class DateTimeField(forms.DateTimeField):
    """A day and a time, with the browser's own control where it has one."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
        super().__init__(**{"widget": widget, **kwargs})

    def to_python(self, value: Any) -> Any:
        return super().to_python(_plain(value))


class NumberField(forms.DecimalField):
    """A number in any width, with or without separators."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})
    default_error_messages = {"invalid": _("This is not a number. Example: 1200")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 20, "decimal_places": 4, **kwargs})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and (plain := normalise.text(value)):
            number = normalise.number(plain)
            if number is None:
                raise ValidationError(self.error_messages["invalid"], code="invalid")
            value = number
        return super().to_python(_plain(value))


class UrlField(forms.URLField):
    """A web address; one without a scheme means https."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"assume_scheme": "https", **kwargs})

    def to_python(self, value: Any) -> Any:
        return super().to_python(_plain(value))


def _plain(value: Any) -> Any:
    """Text as people meant it; anything else as it is."""
    return normalise.text(value) if isinstance(value, str) else value

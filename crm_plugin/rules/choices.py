"""Blocks whose choices are read at request time; what is stored is a key as text."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

EMPTY: tuple[Any, ...] = (None, "", [])


class Withdrawn(str):
    """The words of a choice that is shown where it is chosen, and not offered anew."""

    __slots__ = ()


class SelectWithdrawn(forms.Select):
    """A list that hides what is ``Withdrawn`` until a rule that names it is opened."""

    def create_option(
        self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        option = super().create_option(name, value, label, *args, **kwargs)
        if isinstance(label, Withdrawn):
            option["attrs"]["hidden"] = True
        return option


class KeysMixin:
    """Stored keys are text: loading a rule never looks up what is offered.

    The editor keeps a key that is gone, marked as such, and saving refuses it: to drop
    it in silence would choose more people.
    """

    def __init__(
        self,
        *args: Any,
        of: type[Model] | None = None,
        key: str = "key",
        **kwargs: Any,
    ) -> None:
        """*of*: whose keys they are, and *key* the column, where they name records."""
        self.of, self.key = of, key
        super().__init__(*args, **kwargs)

    def get_field(self, **kwargs: Any) -> forms.Field:
        field = super().get_field(**kwargs)  # type: ignore[misc]
        field.error_messages["invalid_choice"] = gettext_lazy(
            "“%(value)s” is gone: choose something else."
        )
        return field

    def normalize_choice(self, value: Any) -> Any:
        return value if value in EMPTY else str(value)


class KeyChoiceBlock(KeysMixin, blocks.ChoiceBlock):
    """One key out of choices that are read at request time."""


class KeyChoicesBlock(KeysMixin, blocks.MultipleChoiceBlock):
    """Several keys out of choices that are read at request time."""


class RecordsMixin(KeysMixin):
    """Choices that are records, read at request time and known to "usage"."""

    def __init__(self, records: Callable[[], QuerySet], **kwargs: Any) -> None:
        self.records = records
        super().__init__(choices=self.offered, of=records().model, **kwargs)

    def offered(self) -> list[tuple[Any, str]]:
        return [
            (str(getattr(record, self.key)), self.describe(record))
            for record in self.records()
        ]

    def describe(self, record: Any) -> str:
        if getattr(record, "active", True):
            return str(record)
        return _("%(name)s (switched off)") % {"name": record}

    def extract_references(self, value: Any) -> Any:
        keys = value if isinstance(value, list) else [value]
        wanted = [key for key in keys if key not in EMPTY]
        if wanted:
            found = self.records().filter(**{f"{self.key}__in": wanted})
            for pk in found.values_list("pk", flat=True):
                yield found.model, str(pk), "", ""


class RecordChoiceBlock(RecordsMixin, blocks.ChoiceBlock):
    """One record out of a few (topics, categories, segments), stored by its key."""

    def __init__(
        self,
        records: Callable[[], QuerySet],
        *,
        blank: Any = None,
        **kwargs: Any,
    ) -> None:
        """*blank*: what choosing none means; makes the choice optional."""
        self.blank = blank
        kwargs.setdefault("required", blank is None)
        super().__init__(records, **kwargs)

    def offered(self) -> list[tuple[Any, str]]:
        blank = [] if self.blank is None else [("", self.blank)]
        return [*blank, *super().offered()]


class RecordChoicesBlock(RecordsMixin, blocks.MultipleChoiceBlock):
    """Several records out of a few, ticked in a list, stored by their keys."""

    def __init__(self, records: Callable[[], QuerySet], **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        kwargs.setdefault("default", [])
        super().__init__(records, **kwargs)


class Suggesting(forms.TextInput):
    """A text input that offers what is known already; anything else may be typed."""

    template_name = "crm_plugin/ui/suggesting.html"

    def __init__(self, suggested: Callable[[], Any], attrs: Any = None) -> None:
        super().__init__(attrs)
        self.suggested = suggested

    def get_context(self, *args: Any) -> dict[str, Any]:
        context = super().get_context(*args)
        attrs = context["widget"]["attrs"]
        attrs["list"] = f"{attrs.get('id', '')}-known"
        return {**context, "suggested": self.suggested()}


class SuggestingBlock(blocks.CharBlock):
    """Words, with (value, label) pairs to choose from, read at request time."""

    def __init__(self, suggested: Callable[[], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.field.widget = Suggesting(suggested)
        length = kwargs.get("max_length")
        self.field.widget.attrs.update({"maxlength": str(length)} if length else {})

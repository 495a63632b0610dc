"""The form that a visitor fills in: its steps, its conditions, what it says of errors."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.forms.forms import BaseForm

from . import only_if
from .only_if import OnlyIf
from .steps import Step, carried

CONSENT = "crm_consent"


class VisitorForm(BaseForm):
    """The form of a page; the consent tick is its only field without a row."""

    # Fields that the template draws itself, apart from the editor's.
    apart: tuple[str, ...] = (CONSENT,)
    steps: Sequence[Step] = (Step("", ()),)
    only_ifs: dict[str, OnlyIf] = {}
    # The template says what is required; see ``crm_parts``.
    use_required_attribute = False
    # The step that is shown, the furthest one that was, and what was posted so far.
    at = 0
    seen = 0
    posted: Any = None
    # Whether what was posted was compared with what had been shown, see ``changed``.
    compared = False
    # To whom the message went that led here, see ``known``.
    invited: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept: dict[str, Any] = {}
        wording = getattr(self.page, "tick_wording", "")
        if wording:
            self.fields[CONSENT] = forms.BooleanField(label=wording, required=False)

    @cached_property
    def idle(self) -> frozenset[str]:
        """The fields that are not asked, by the answers so far."""
        return only_if.idle(self)

    def full_clean(self) -> None:
        """Judge what is asked; a field that is not may hold anything."""
        unasked = [self.fields[name] for name in self.idle]
        required = [field.required for field in unasked]
        initial = self.initial
        self.initial = {**initial, **dict.fromkeys(self.idle)}
        for field in unasked:
            field.disabled, field.required = True, False
        super().full_clean()
        for field, was in zip(unasked, required, strict=True):
            field.disabled, field.required = False, was
        self.initial = initial

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not any(self.answered()):
            raise ValidationError(_("Please fill in at least one field."), code="empty")
        return cleaned

    def answered(self) -> list[str]:
        """The names of the editor's fields that hold something; a zero is something."""
        return [
            name
            for name in self.mapped_names
            if name not in self.idle and _says(self.cleaned_data.get(name))
        ]

    @property
    def mapped_names(self) -> list[str]:
        return [n for n, field in self.fields.items() if hasattr(field, "maps_to")]

    # Steps

    def step_of(self, name: str) -> int:
        """In which step a field stands; what has no row stands in the first, the tick
        in the last."""
        if name == CONSENT:
            return self.last
        places = [n for n, step in enumerate(self.steps) if name in step.names]
        return places[0] if places else 0

    @property
    def last(self) -> int:
        return len(self.steps) - 1

    @property
    def on_last(self) -> bool:
        return self.at == self.last

    def _asks(self, number: int) -> bool:
        """Whether a step has something to ask; the last has at least the button."""
        if number in (0, self.last):
            return True
        names = self.steps[number].names
        return any(name in self.fields and name not in self.idle for name in names)

    def step_beside(self, number: int, way: int) -> int:
        """The next step that asks something, forwards (1) or backwards (-1)."""
        number += way
        while 0 < number < self.last and not self._asks(number):
            number += way
        return max(0, min(number, self.last))

    def wrong_step(self, up_to: int | None = None) -> int | None:
        """The first step with an error, none beyond *up_to*; of the whole, the last."""
        places = [self.step_of(name) for name in self.errors if name in self.fields]
        if up_to is not None:
            return min((n for n in places if n <= up_to), default=None)
        return min(places, default=self.last if self.errors else None)

    @property
    def progress(self) -> dict[str, Any]:
        """Which of the steps that ask something is shown; {} where there is but one."""
        asked = [n for n in range(len(self.steps)) if self._asks(n)]
        if len(asked) < 2:
            return {}
        title = self.steps[self.at].title
        return {"number": asked.index(self.at) + 1, "count": len(asked), "title": title}

    # Drawing

    def bound_fields(self) -> list[forms.BoundField]:
        """What the template shows field by field; the tick stands by the button."""
        return [
            self[name]
            for name in self.fields
            if name not in self.apart and self._shown(name)
        ]

    def _shown(self, name: str) -> bool:
        """Whether the step that is shown shows the field; what decides beside it may
        still change."""
        if self.step_of(name) != self.at:
            return False
        return name not in self.idle or self.condition_beside(name) is not None

    def condition_beside(self, name: str) -> OnlyIf | None:
        """The condition of a field whose deciding field is shown with it."""
        condition = self.only_ifs.get(name)
        if condition and condition.name in self.fields and self._shown(condition.name):
            return condition
        return None

    def consent_field(self) -> forms.BoundField | None:
        return self[CONSENT] if CONSENT in self.fields and self.on_last else None

    def carried(self) -> list[tuple[str, str]]:
        """The answers of the other steps as they were typed, for hidden inputs."""
        if self.posted is None or len(self.steps) == 1:
            return []
        return [
            pair
            for name, field in self.fields.items()
            if not self.drawn(name)
            for pair in carried(field.widget, name, self.posted)
        ]

    def drawn(self, name: str) -> bool:
        """Whether the step that is shown shows the field, or the tick."""
        if name in self.apart:
            return self.step_of(name) == self.at
        return self._shown(name)

    def error_links(self) -> list[tuple[str, str]]:
        """(anchor, message) for the summary at the top, in the form's order."""
        links = [("", message) for message in self.non_field_errors()]
        for bound in self:
            if self.drawn(bound.name):
                anchor = first_id(bound)
                links += [(anchor, f"{bound.label}: {text}") for text in bound.errors]
        return links


def _says(value: Any) -> bool:
    return value is not None and value is not False and value != "" and value != []


def typed_so_far(form: VisitorForm, request: Any, seen: int) -> dict[str, Any]:
    """What a post holds, as initial values: to show a form again without judging it.

    Steps beyond *seen* were not shown yet and keep what they start with.
    """
    return {
        name: field.widget.value_from_datadict(request.POST, request.FILES, name)
        for name, field in form.fields.items()
        if form.step_of(name) <= seen
    }


def first_id(bound: forms.BoundField) -> str:
    """The id that a link to this field may jump to: a group's first input."""
    return f"{bound.auto_id}_0" if bound.field.widget.use_fieldset else bound.auto_id

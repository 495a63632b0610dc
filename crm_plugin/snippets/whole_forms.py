"""Forms that come back mutilated, or that nothing can be saved of: told, no breakdown."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDictKeyError

from crm_plugin import normalise

# What counts the blocks of a stream; Wagtail's editor always sends it.
COUNT = "-count"


def whole_only(view: Callable) -> Callable:
    """Answer 400 where the editor's own inputs are missing or are no numbers.

    No browser sends such a form; Wagtail's stream fields take for granted that all of
    their inputs are there.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        for name, value in request.POST.items():
            if name.endswith(COUNT) and normalise.whole(value) is None:
                raise BadRequest("A count is no number.")
        try:
            return view(request, *args, **kwargs)
        except MultiValueDictKeyError as error:
            raise BadRequest("Part of the form is missing.") from error

    return guarded


class TellsWhatLacksMixin:
    """An older version may lack what every version has to have: say it by the field."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)  # type: ignore[misc]
        except ValidationError as error:
            known = hasattr(error, "error_dict") and set(error.error_dict) <= set(
                form.fields
            )
            form.add_error(None, error if known else error.messages)
        self.produced_error_code = "validation_error"
        self.produced_error_message = self.get_error_message()  # type: ignore[attr-defined]
        return self.form_invalid(form)  # type: ignore[attr-defined]

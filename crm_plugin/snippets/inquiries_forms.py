"""What staff fill in on the answer screen and after it."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def new_key() -> str:
    return uuid.uuid4().hex


class AnswerForm(forms.Form):
    """The answer by mail; the key makes a double click one mail."""

    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = forms.CharField(
        label=_("Your answer"),
        widget=forms.Textarea(attrs={"rows": 12}),
        max_length=20_000,
    )
    note = forms.CharField(
        label=_("What was said on the phone"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=20_000,
        required=False,
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, calling: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if calling:
            self.fields["subject"].required = False
            self.fields["body"].required = False

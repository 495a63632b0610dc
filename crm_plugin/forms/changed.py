"""A form whose fields changed while somebody was filling it in."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm_plugin import normalise

from .gate import Stamp

LONGEST = 2_000


def tell(form: Any, stamp: Stamp) -> bool:
    """Say what she typed into a field that is gone; true if there was something.

    She may say it elsewhere and send once more. It is not stored: whoever took the
    field away had a reason.
    """
    gone = [name for name in stamp.names if name not in form.fields]
    said = {name: _typed(form, name) for name in gone}
    for name, text in said.items():
        if text:
            message = _("This is not asked any more: %(label)s. You typed: “%(text)s”")
            values = {"label": name.replace("_", " "), "text": text}
            form.add_error(None, ValidationError(message % values, code="changed"))
    return any(said.values())


def _typed(form: Any, name: str) -> str:
    """What was posted for *name*, in one input or in parts."""
    parts = [
        value
        for sent, values in form.data.lists()
        if sent == name or (sent.startswith(f"{name}_") and not _known(form, sent))
        for value in values
    ]
    return normalise.text(" ".join(parts))[:LONGEST]


def _known(form: Any, sent: str) -> bool:
    return any(sent == name or sent.startswith(f"{name}_") for name in form.fields)

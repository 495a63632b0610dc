"""A form whose fields or words changed while somebody was filling it in."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm_plugin import normalise

from . import seen
from .gate import Stamp
from .visitor_form import CONSENT

LONGEST = 2_000


def tell(form: Any, stamp: Stamp) -> bool:
    """Say what is not as she saw it; true if there was something, and nothing is
    stored.
    """
    gone, reworded = _gone(form, stamp), _reworded(form, stamp)
    return gone or reworded


def _gone(form: Any, stamp: Stamp) -> bool:
    """What she typed into a field that is gone.

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


def _reworded(form: Any, stamp: Stamp) -> bool:
    """What she agreed to stands there in other words now: its tick is taken away."""
    found = seen.unread(form, stamp.words)
    form.compared = True
    if found:
        form.data = form.posted = form.data.copy()
    for name, keys in found.items():
        left = [key for key in form.data.getlist(name) if key not in keys]
        form.data.setlist(name, [] if name == CONSENT else left)
        if name in form.fields:
            message = _("These words have changed. Please read them and tick again.")
            form.add_error(name, ValidationError(message, code="reworded"))
        else:
            message = _(
                "The words about our news have changed. Please read them and send the"
                " form again."
            )
            form.add_error(None, ValidationError(message, code="reworded"))
    return bool(found)


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

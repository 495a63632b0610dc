"""A segment in use stays switched on: what asks for it would stand still, or show itself
to nobody."""

from collections.abc import Iterator

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from . import places
from .models import Segment


def refusal(segment: Segment) -> str:
    """Why *segment*, switched off in memory, must stay on as it is stored, or empty."""
    if not Segment.objects.live().filter(pk=segment.pk).exists():
        return ""
    said = _("“%(name)s” cannot be switched off.") % {"name": segment}
    if segment.rest:
        why = _("It takes everybody whom no other group of “%(scheme)s” takes.")
        return f"{said} {why % {'scheme': segment.scheme}}"
    found = sorted(_places(segment))
    why = _("It is used here; take it out there first:")
    return f"{said} {why} {', '.join(found)}" if found else ""


def _places(segment: Segment) -> Iterator[str]:
    """In words; one that reads something sensitive is not named."""
    for model, pk in places.uses(segment):
        noun = capfirst(str(model._meta.verbose_name))
        row = model._default_manager.filter(pk=pk).first()
        if row is not None:
            hidden = getattr(row, "reads_sensitive", False)
            yield noun if hidden else f"{noun} “{row}”"

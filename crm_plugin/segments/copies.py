"""A segment that begins as another one: the same rule, and an identity of its own."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from .models import Segment

# What a name may hold, less the word "(copy)".
LONGEST = 70


def copy_of(segment: Segment) -> Segment:
    """An unsaved draft with the rule of another one, in no scheme."""
    return Segment(
        name=_called(segment.name),
        name_ja=_japanese(segment.name_ja),
        description=segment.description,
        rule=segment.rule,
        private=segment.private,
        excludes_always=segment.excludes_always,
        live=False,
    )


def _japanese(name: str) -> str:
    with override("ja"):
        return _called(name) if name else ""


def _called(name: str) -> str:
    return _("%(name)s (copy)") % {"name": name[:LONGEST]}

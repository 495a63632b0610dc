"""Rules that lost what they name, or have it again: noticed although nobody changed."""

from crm_plugin import queue, rules

from .models import Segment
from .refresh import start

CHORE = "rules"


@rules.naming.follow
def look_soon() -> None:
    """After this transaction, once, however many records it deleted or saved."""
    queue.wake(CHORE)


@queue.chore(CHORE, every=86_400)
def look_at_rules() -> None:
    """Refresh what does not stand still though its rule is broken, or does though it
    is not. A class is told by its own rule: the others of its scheme wait for it."""
    with rules.remembering():
        for segment in Segment.objects.live().of_people().filter(rest=False):
            broken = bool(rules.why_broken(segment.rule))
            if broken is (segment.frozen_at is None):
                start(segment)

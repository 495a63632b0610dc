"""The queue: long work as rows, wake-ups through django-q2, one heartbeat.

Our tables carry the truth, the queue carries wake-ups: losing or doubling one costs
a moment, never a message. Only this room knows django-q2.
"""

from .backend import DjangoQBackend, ensure_tick
from .mistakes import place_of, trace_of
from .models import Heartbeat, LostLease, Work
from .running import (
    alive,
    beat,
    chore,
    due,
    handler,
    last_beat,
    names,
    run_due,
    start,
    under_way,
    wake,
)

__all__ = [
    "DjangoQBackend",
    "Heartbeat",
    "LostLease",
    "Work",
    "alive",
    "beat",
    "chore",
    "due",
    "ensure_tick",
    "handler",
    "last_beat",
    "names",
    "place_of",
    "run_due",
    "start",
    "trace_of",
    "under_way",
    "wake",
]

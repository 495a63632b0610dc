"""How many messages a minute may leave, shared by all workers."""

import datetime as dt
import time

from django.db import transaction
from django.utils import timezone

from crm_plugin.conf import setting

from .models import Pace

# A little slower than asked, so that no clock shows one message too many.
MARGIN = 1.01


class Pacer:
    """Waits for the next free moment; ``CRM_SEND_PER_MINUTE = 0`` never waits."""

    def __init__(self) -> None:
        self.per_minute = setting("CRM_SEND_PER_MINUTE")
        self.slots: list[float] = []
        self.taken = 0.0

    @property
    def portion(self) -> int:
        """How many to claim at once: what five seconds allow, 100 at most."""
        if not self.per_minute:
            return 100
        return min(100, max(1, self.per_minute // 12))

    def wait(self, until: float) -> bool:
        """Sleep until one message may go; false when that is after *until*."""
        if not self.per_minute:
            return True
        if not self.slots:
            self.slots = self._reserve(max(1, self.per_minute // 60))
        slot = self.slots[0]
        if slot > until:
            return False
        time.sleep(max(0, slot - time.monotonic()))
        self.taken = self.slots.pop(0)
        return True

    def give_back(self) -> None:
        """The moment just waited for was not used."""
        if self.per_minute:
            self.slots.insert(0, self.taken)

    def _reserve(self, count: int) -> list[float]:
        """The next *count* moments that nobody else took, on the monotonic clock."""
        gap = dt.timedelta(minutes=MARGIN / self.per_minute)
        with transaction.atomic():
            now = timezone.now()
            pace, _created = Pace.objects.select_for_update().get_or_create(
                name="email", defaults={"next_at": now}
            )
            first = min(max(now, pace.next_at), now + dt.timedelta(minutes=1))
            pace.next_at = first + count * gap
            pace.save(update_fields=["next_at"])
        start = time.monotonic() + (first - now).total_seconds()
        return [start + number * gap.total_seconds() for number in range(count)]

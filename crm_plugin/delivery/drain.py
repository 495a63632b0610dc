"""A worker's slice of sending: claim, fill in, ask the gates, hand over, record."""

import time
from collections import defaultdict

from django.utils import timezone

from crm_plugin import merge_tags, queue
from crm_plugin.conf import setting
from crm_plugin.contacts import changes

from . import links, mailings, messages, outbox
from .bounces import bounced
from .headers import address
from .mime import Skeleton
from .models import Delivery, Rendering, Sender
from .origin import origin_of
from .outbox import Outcome
from .pace import Pacer
from .transport import Lost, Refused, Transport, Unavailable, Unclear, transport

State = Delivery.State


@queue.chore("deliver", every=30)
def drain(seconds: float | None = None) -> bool:
    """Send for one slice; true while rows are due."""
    seconds = setting("CRM_WORK_SLICE_SECONDS") if seconds is None else seconds
    mailings.begin_due()
    outbox.recover()
    run = Run(transport(), until=time.monotonic() + seconds)
    try:
        return run.go()
    finally:
        run.close()
        mailings.finish_done()


class Run:
    """One slice with its connection and the skeletons it prepared."""

    def __init__(self, out: Transport, *, until: float) -> None:
        self.out, self.until = out, until
        self.pacer = Pacer()
        self.writer = outbox.Writer()
        self.skeletons: dict[tuple[int | None, int | None], Skeleton] = {}
        self.bases: dict[int | None, str] = {}
        self.sent: set[int] = set()

    def go(self) -> bool:
        """Send until nothing is due or the slice is over; true when more is due."""
        while time.monotonic() < self.until:
            batch = outbox.claim(self.pacer.portion)
            if not batch:
                return False
            if not self._send(batch):
                return False
        return True

    def close(self) -> None:
        self.out.close()
        changes.note(self.sent, "responses")

    def _send(self, rows: list[Delivery]) -> bool:
        """Send a batch; false when there is no server."""
        self._prepare(rows)
        refused: list[Delivery] = []
        try:
            for position, row in enumerate(rows):
                if not self._ready():
                    outbox.release(rows[position:])
                    return True
                if not self._one(row):
                    refused.append(row)
                    self.pacer.give_back()
        except Unavailable as error:
            outbox.release(rows[position:], error=f"no mail server: {error}")
            return False
        finally:
            outbox.settle_refused(refused)
        return True

    def _ready(self) -> bool:
        """A server listens, and there is time and a free moment for one more."""
        self.out.open()
        return time.monotonic() < self.until and self.pacer.wait(self.until)

    def _one(self, row: Delivery) -> bool:
        """Send one message; false when a gate was closed."""
        try:
            data = self._message(row)
        except (ValueError, LookupError) as error:
            outbox.record(row, Outcome(State.FAILED, type(error).__name__))
            return True
        if not self.writer.take(row):
            return False
        outcome = self._hand_over(row, data)
        if outcome.state == State.SENT:
            if self.writer.sent(row) and row.contact_id:
                self.sent.add(row.contact_id)
        elif outbox.record(row, outcome) and outcome.state == State.BOUNCED:
            bounced(row)
        return True

    def _hand_over(self, row: Delivery, data: bytes) -> Outcome:
        origin = self._skeleton(row).origin
        try:
            self.out.send(origin.envelope, address(row.address), data)
        except Refused as error:
            if error.bounced:
                return Outcome(State.BOUNCED, str(error))
            return Outcome(State.FAILED, str(error), again=not error.permanent)
        except (Lost, Unavailable) as error:
            return Outcome(State.FAILED, f"connection lost: {error}", again=True)
        except Unclear as error:
            again = row.topic_id is None and messages.may_double(row.kind)
            return Outcome(State.UNCERTAIN, f"no answer: {error}", again=again)
        return Outcome(State.SENT)

    def _message(self, row: Delivery) -> bytes:
        """The bytes for one row; its merge values are ready."""
        skeleton = self._skeleton(row)
        base = self._base(row.sender)
        tokens = links.for_delivery(row, base, skeleton.names)
        row.message_id = f"<{row.public_id.hex}.{row.fence}@{skeleton.origin.domain}>"
        return skeleton.message(
            row.address,
            values={**row.values, **tokens},
            message_id=row.message_id,
            at=timezone.localtime(),
            unsubscribe=tokens.get(links.UNSUBSCRIBE_URL, ""),
            attachment=messages.attachment(row),
        )

    def _prepare(self, rows: list[Delivery]) -> None:
        """Renderings and merge values of a batch, in as many queries as languages."""
        needed = {row.rendering_id for row in rows}
        known = {rendering_id for rendering_id, _sender in self.skeletons}
        renderings = Rendering.objects.in_bulk(needed - known - {None})
        for row in rows:
            key = (row.rendering_id, row.sender_id)
            if key not in self.skeletons and row.rendering_id in renderings:
                kind = messages.kinds().get(row.kind)
                automatic = kind.automatic if kind else True
                rendering = renderings[row.rendering_id]
                self.skeletons[key] = Skeleton(
                    rendering,
                    origin_of(row.sender, rendering.language),
                    automatic=automatic,
                )
        self._fill(rows)

    def _fill(self, rows: list[Delivery]) -> None:
        """Merge values of the rows that have none yet, for all contacts at once."""
        groups: dict[str, list[Delivery]] = defaultdict(list)
        for row in rows:
            if row.mailing_id and row.contact_id and not row.values:
                groups[row.language].append(row)
        for language, same in groups.items():
            wanted = {name for row in same for name in self._skeleton(row).names}
            values = merge_tags.values_for(
                [row.contact_id for row in same if row.contact_id],
                sorted(wanted),
                language=language,
            )
            for row in same:
                row.values = values[row.contact_id or 0]

    def _skeleton(self, row: Delivery) -> Skeleton:
        return self.skeletons[row.rendering_id, row.sender_id]

    def _base(self, sender: Sender | None) -> str:
        key = sender.pk if sender else None
        if key not in self.bases:
            self.bases[key] = links.base_url(sender)
        return self.bases[key]

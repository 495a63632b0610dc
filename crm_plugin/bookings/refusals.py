"""Why something cannot be booked; each reason has words that a guest understands."""

from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Any] = {
    "retired": _("This can no longer be booked."),
    "past": _("This time is over. Please choose a later one."),
    "soon": _("It is too late to book this time online. Please call us."),
    "far": _("We do not take bookings for this day yet. Please choose an earlier one."),
    "skipped": _("This time does not exist on that day: the clocks change."),
    "no_slot": _("This time is not offered. Please choose one of the times below."),
    "few": _("This is booked for more people. Please choose a larger number."),
    "many": _("This is too many people to book online. Please call us."),
    "over": _("This booking is over: it can no longer be changed."),
    "late": _("It is too late to change this booking online. Please call us."),
}
TAKEN = _("This time is no longer free. Please choose another one.")


class NotBookable(Exception):
    """No such slot, too soon, too far ahead, too many people; ``reason`` says which."""

    def __init__(self, reason: str = "no_slot") -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def words(self) -> str:
        """The reason, for people."""
        return str(WORDS[self.reason])


class SlotTaken(Exception):
    """The places went to somebody else."""

    words = TAKEN


class AlreadyCancelled(Exception):
    """A cancelled booking has no place any more: undo the cancelling first."""

"""Why two records cannot be merged, or a merge cannot be undone."""

from django.utils.translation import gettext_lazy as _

from crm_plugin.journal import Operation


class Refused(Exception):
    """Nothing was written; ``message`` says why, for people."""

    message = _("These records cannot be merged.")

    def __str__(self) -> str:
        return str(self.message)


class SameContact(Refused):
    message = _("A record cannot be merged with itself.")


class AlreadyMerged(Refused):
    """One of the two is gone; ``led_to`` is the contact that it was merged into."""

    message = _("One of these records was merged meanwhile. Please look again.")

    def __init__(self, led_to: int | None) -> None:
        super().__init__()
        self.led_to = led_to


class Archived(Refused):
    message = _("An archived record cannot be merged.")


class TooLate(Refused):
    message = _("A merge can be undone for 30 days; this one is older.")


class AlreadyUndone(Refused):
    message = _("This merge was undone already.")


class Gone(Refused):
    message = _("The record is not there any more, so there is nothing to undo.")


class MergedOn(Refused):
    """The survivor was merged again; ``later`` is the merge to undo first."""

    message = _("The record was merged again since. Please undo that merge first.")

    def __init__(self, later: Operation) -> None:
        super().__init__()
        self.later = later

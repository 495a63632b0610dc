"""On what basis people may be written to: a closed list, stated once per sheet."""

from django.db import models
from django.utils.translation import gettext_lazy as _

NONE = "none"


class Basis(models.TextChoices):
    """What staff can state; "none" leaves people who never agreed not mailable."""

    AGREED = "agreed", _("They agreed on paper or at the counter")
    CUSTOMER = (
        "customer",
        _(
            "They are existing customers and gave us their address (existing transaction)"
        ),
    )
    NONE = NONE, _("No basis, or not sure: do not write to them")


def stated(basis: str) -> bool:
    """Whether *basis* allows writing to people who did not refuse."""
    return basis in {Basis.AGREED, Basis.CUSTOMER}

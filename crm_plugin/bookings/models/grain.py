"""The grain of the calendar: everything begins and ends on a quarter of an hour."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

GRAIN_MINUTES = 15


def on_the_quarter(time: dt.time) -> None:
    if time.minute % GRAIN_MINUTES or time.second or time.microsecond:
        raise ValidationError(
            _("%(time)s does not stand on a quarter of an hour."),
            params={"time": f"{time:%H:%M}"},
        )


def in_quarters(minutes: int) -> None:
    if minutes % GRAIN_MINUTES:
        raise ValidationError(
            _("%(minutes)s minutes are not whole quarters of an hour."),
            params={"minutes": minutes},
        )

"""Tables, rooms and people, and when they can be had."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import dates
from django.utils.formats import time_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from .grain import on_the_quarter

# The day of a week's plan that stands for public holidays.
HOLIDAY = 7
WEEKDAYS = [*dates.WEEKDAYS.items(), (HOLIDAY, _("Public holidays"))]


class Resource(ClusterableModel):
    """A table, a room or a person, with so many places at once."""

    class Kind(models.TextChoices):
        ROOM = "room", _("room or group of tables")
        TABLE = "table", _("table")
        PERSON = "person", _("person")

    class Holidays(models.TextChoices):
        USUAL = "usual", _("open as on any other day")
        CLOSED = "closed", pgettext_lazy("opening hours", "closed")
        OWN = "own", _("hours of their own, in the plan below")

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.ROOM)
    places = models.PositiveSmallIntegerField(
        _("places"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("How many people at once: seats of a room, 1 for a person."),
    )
    whole = models.BooleanField(
        _("one booking at a time"),
        default=False,
        help_text=_("A table or private room that is not shared with others."),
    )
    holidays = models.CharField(
        _("on public holidays"),
        max_length=6,
        choices=Holidays,
        default=Holidays.USUAL,
    )
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering = ["order", "name", "id"]

    def __str__(self) -> str:
        return self.name


def span_words(opens: dt.time | None, closes: dt.time | None) -> str:
    """The two times, such as “11:30–14:00”."""
    return "–".join(time_format(t, "H:i") for t in (opens, closes) if t)


class OpeningHours(models.Model):
    """One interval of a week's plan; a day may have several.

    Closing at or before opening is on the next day.
    """

    resource = ParentalKey(Resource, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(_("day"), choices=WEEKDAYS)
    opens = models.TimeField(_("from"), validators=[on_the_quarter])
    closes = models.TimeField(_("until"), validators=[on_the_quarter])

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["weekday", "opens"]
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "weekday", "opens"], name="crm_hours_once"
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=HOLIDAY), name="crm_hours_weekday"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.words}"

    @property
    def words(self) -> str:
        return span_words(self.opens, self.closes)


class SpecialDays(models.Model):
    """Days that differ from the week's plan: other hours, or closed."""

    resource = ParentalKey(
        Resource, on_delete=models.CASCADE, related_name="special_days"
    )
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(
        _("last day"), blank=True, null=True, help_text=_("Empty: one day.")
    )
    opens = models.TimeField(
        _("from"),
        null=True,
        blank=True,
        validators=[on_the_quarter],
        help_text=_("Both empty: closed."),
    )
    closes = models.TimeField(
        _("until"), null=True, blank=True, validators=[on_the_quarter]
    )
    note = models.CharField(
        _("note"), max_length=80, blank=True, help_text=_("Why; visitors see it.")
    )

    class Meta:
        verbose_name = _("special days")
        verbose_name_plural = _("special days")
        ordering = ["first_on", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on=None) | Q(last_on__gte=models.F("first_on")),
                name="crm_special_days_order",
            ),
            models.CheckConstraint(
                condition=Q(opens=None, closes=None)
                | Q(opens__isnull=False, closes__isnull=False),
                name="crm_special_days_hours",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_on} {self.words}".strip()

    @property
    def words(self) -> str:
        return span_words(self.opens, self.closes)

    def clean(self) -> None:
        super().clean()
        if self.first_on and self.last_on and self.last_on < self.first_on:
            raise ValidationError({"last_on": _("This is before the first day.")})
        if (self.opens is None) != (self.closes is None):
            missing = "opens" if self.opens is None else "closes"
            raise ValidationError({missing: _("Give both times, or none: closed.")})

    @property
    def closed(self) -> bool:
        return self.opens is None

    @property
    def days(self) -> int:
        """How many days it covers: the shortest one decides about a day."""
        return ((self.last_on or self.first_on) - self.first_on).days + 1

    def covers(self, day: dt.date) -> bool:
        return self.first_on <= day <= (self.last_on or self.first_on)

"""What can be booked: how long, for how many, how early, and at what price."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crm_plugin.consents.models import Topic
from crm_plugin.touchpoints.models import Phase

from .grain import GRAIN_MINUTES, in_quarters, on_the_quarter
from .resources import HOLIDAY, WEEKDAYS, Resource

MOST_MINUTES, MOST_DAYS = 24 * 60, 730
MOST_THANKS_HOURS = 90 * 24
MINUTES: list[Any] = [
    MinValueValidator(GRAIN_MINUTES),
    MaxValueValidator(MOST_MINUTES),
    in_quarters,
]


PAGE = getattr(settings, "WAGTAIL_PAGE_MODEL", "wagtailcore.Page")
PLAN = ("slots", "resources__hours", "resources__special_days")


AT_MOST: list[Any] = [MaxValueValidator(MOST_MINUTES), in_quarters]


class ServiceQuerySet(models.QuerySet):
    def with_plan(self) -> "ServiceQuerySet":
        """With all that the calendar asks of them: four more queries, however many."""
        return self.prefetch_related(*PLAN)


class Service(models.Model):
    """Something that can be booked, at one of several resources."""

    class Per(models.TextChoices):
        PERSON = "person", _("per person")
        BOOKING = "booking", _("per booking")

    key = models.SlugField(_("key"), unique=True, max_length=40)
    name = models.CharField(_("name"), max_length=80)
    name_ja = models.CharField(_("Japanese name"), max_length=80, blank=True)
    resources = models.ManyToManyField(
        Resource,
        related_name="services",
        verbose_name=_("at one of"),
        help_text=_("A booking takes one that is free, the smallest that fits."),
    )
    category = models.ForeignKey(
        "crm_plugin.ProductCategory",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("category"),
    )
    phase = models.CharField(
        _("phase"),
        max_length=10,
        choices=Phase,
        blank=True,
        help_text=_("A training or seminar for customers belongs to their success."),
    )
    duration_minutes = models.PositiveSmallIntegerField(
        _("duration (minutes)"), default=90, validators=MINUTES
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        _("pause after it (minutes)"),
        default=0,
        validators=AT_MOST,
        help_text=_("To clear the table or air the room; nobody can book it."),
    )
    step_minutes = models.PositiveSmallIntegerField(
        _("may start every (minutes)"),
        null=True,
        blank=True,
        validators=MINUTES,
        help_text=_("Within the opening hours. Empty: at the fixed times below."),
    )
    capacity = models.PositiveSmallIntegerField(
        _("at most at once (people)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: as many as there are places."),
    )
    min_party = models.PositiveSmallIntegerField(
        _("smallest party"), default=1, validators=[MinValueValidator(1)]
    )
    max_party = models.PositiveSmallIntegerField(
        _("largest party"), default=8, validators=[MinValueValidator(1)]
    )
    price = models.DecimalField(
        _("price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Shown to visitors. Empty: nothing is said."),
    )
    price_per = models.CharField(
        _("price for"), max_length=8, choices=Per, default=Per.PERSON
    )
    lead_hours = models.PositiveSmallIntegerField(_("book ahead (hours)"), default=2)
    days_ahead = models.PositiveSmallIntegerField(
        _("bookable days ahead"), default=30, validators=[MaxValueValidator(MOST_DAYS)]
    )
    change_hours = models.PositiveSmallIntegerField(
        _("change or cancel until (hours before)"),
        null=True,
        blank=True,
        default=24,
        help_text=_("By the link in the mail. Empty: only by telephone."),
    )
    remind_hours = models.PositiveSmallIntegerField(
        _("remind (hours before)"),
        null=True,
        blank=True,
        help_text=_("By e-mail, once. Empty: no reminder."),
    )
    thanks_hours = models.PositiveSmallIntegerField(
        _("thank (hours after the visit)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_THANKS_HOURS)],
        help_text=_(
            "By e-mail, once, when the booking is marked as came. 24 is a day, 168 a"
            " week. Empty: no message."
        ),
    )
    thanks_topic = models.ForeignKey(
        Topic,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("to those who agreed to"),
        help_text=_("It is advertising by law: only who agreed to this topic gets it."),
    )
    feedback_page = models.ForeignKey(
        PAGE,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("asks for feedback on"),
        help_text=_("A tap on a score in the message opens this page with it chosen."),
    )
    booking_page = models.ForeignKey(
        PAGE,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("leads to book again on"),
    )
    waiting_list = models.BooleanField(
        _("waiting list"),
        default=True,
        help_text=_("Who finds a day full may ask to be told when a place gets free."),
    )
    active = models.BooleanField(_("active"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["order", "name"]

    def __str__(self) -> str:
        if self.name_ja and (get_language() or "").startswith("ja"):
            return self.name_ja
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.min_party and self.max_party and self.min_party > self.max_party:
            message = _("This is more than the largest party.")
            raise ValidationError({"min_party": message})
        if self.thanks_hours and not self.thanks_topic_id:
            message = _("Choose to whom it goes: a topic that people agree to.")
            raise ValidationError({"thanks_topic": message})

    def read_plan(self) -> None:
        """Fetch what ``with_plan`` does, where this one came without it."""
        models.prefetch_related_objects([self], *PLAN)

    @property
    def stay(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.duration_minutes)

    @property
    def blocked(self) -> dt.timedelta:
        """How long a booking keeps its place: the stay and the pause after it."""
        return dt.timedelta(minutes=self.duration_minutes + self.buffer_minutes)

    def places_of(self, resource: Resource) -> int:
        """How many people this service may bring to *resource* at once."""
        return min(resource.places, self.capacity or resource.places)

    @property
    def largest_party(self) -> int:
        """The largest party that a visitor may book."""
        rooms = (self.places_of(room) for room in self.resources.all())
        return min(self.max_party, max(rooms, default=0))

    def price_for(self, party: int) -> Decimal | None:
        """What a booking for *party* costs; None where no price is said."""
        if self.price is None:
            return None
        return self.price * (party if self.price_per == self.Per.PERSON else 1)


class ServiceSlot(models.Model):
    """A fixed weekly start time; weekday 0 is Monday, 7 a public holiday."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="slots")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=WEEKDAYS)
    starts = models.TimeField(_("starts at"), validators=[on_the_quarter])

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering = ["weekday", "starts"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "weekday", "starts"], name="crm_slot_once"
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=HOLIDAY), name="crm_slot_weekday"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts}"

"""Services, fixed slots and bookings; a place is taken by a unique row."""

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact

GRAIN_MINUTES = 15


class Resource(models.Model):
    """A room, a table group or a person, with so many places at once."""

    name = models.CharField(_("name"), max_length=80)
    places = models.PositiveSmallIntegerField(
        _("places"), default=1, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """Something that can be booked."""

    key = models.SlugField(_("key"), unique=True, max_length=40)
    name = models.CharField(_("name"), max_length=80)
    name_ja = models.CharField(_("Japanese name"), max_length=80, blank=True)
    resource = models.ForeignKey(
        Resource,
        on_delete=models.PROTECT,
        related_name="services",
        verbose_name=_("room or people"),
    )
    category = models.ForeignKey(
        "crm_plugin.ProductCategory",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("category"),
    )
    duration_minutes = models.PositiveSmallIntegerField(
        _("duration (minutes)"), default=90
    )
    lead_hours = models.PositiveSmallIntegerField(_("book ahead (hours)"), default=2)
    days_ahead = models.PositiveSmallIntegerField(_("bookable days ahead"), default=30)
    max_party = models.PositiveSmallIntegerField(_("largest party"), default=8)
    active = models.BooleanField(_("active"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["order", "name"]

    def __str__(self) -> str:
        if self.name_ja and (get_language() or "").startswith("ja"):
            return self.name_ja
        return self.name


class ServiceSlot(models.Model):
    """A fixed weekly start time; weekday 0 is Monday."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="slots")
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    starts = models.TimeField(_("starts at"))

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering = ["weekday", "starts"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "weekday", "starts"], name="crm_slot_once"
            ),
            models.CheckConstraint(
                condition=models.Q(weekday__lte=6), name="crm_slot_weekday"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts}"


class BookingQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "BookingQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_booking"):
            return self
        return self.none()

    def attended(self) -> "BookingQuerySet":
        return self.exclude(came_at=None)


class Booking(models.Model):
    """A reserved slot; came, cancelled and no-show are moments with an author."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(_("reference"), max_length=20, unique=True)
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="bookings"
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="bookings"
    )
    starts_at = models.DateTimeField(_("starts at"), db_index=True)
    ends_at = models.DateTimeField(_("ends at"))
    party_size = models.PositiveSmallIntegerField(_("party size"), default=1)
    note = models.TextField(_("note"), blank=True)
    channel = models.CharField(max_length=8, default="web")
    unverified = models.BooleanField(default=False)
    key = models.CharField(max_length=80, null=True, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    came_at = models.DateTimeField(_("came"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    no_show_at = models.DateTimeField(_("did not come"), null=True, blank=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = BookingQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        indexes = [
            models.Index(fields=["contact", "starts_at"], name="crm_booking_contact")
        ]

    def __str__(self) -> str:
        return self.reference

    def get_admin_url(self) -> str:
        return reverse("crm_booking:detail", args=[self.pk])

    @property
    def state(self) -> str:
        """``came``, ``no_show``, ``cancelled`` or, before any mark, ``booked``."""
        for name in ("came", "no_show", "cancelled"):
            if getattr(self, f"{name}_at"):
                return name
        return "booked"


class BookedTick(models.Model):
    """One place of one resource for one quarter of an hour: taken by INSERT."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="ticks")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("booked quarter hour")
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "starts_at", "place"], name="crm_tick_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.place} {self.starts_at}"

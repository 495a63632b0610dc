"""Bookings; a place is taken by a unique row."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.delivery.models import Delivery

from .resources import Resource
from .service import Service


class BookingQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "BookingQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_booking"):
            return self
        return self.none()

    def attended(self) -> "BookingQuerySet":
        return self.exclude(came_at=None)

    def standing(self) -> "BookingQuerySet":
        """Those of which nothing has become yet."""
        return self.filter(came_at=None, no_show_at=None, cancelled_at=None)


class Booking(models.Model):
    """A reserved slot; came, cancelled and no-show are moments with an author."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(_("reference"), max_length=20, unique=True)
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="bookings"
    )
    point = models.ForeignKey(
        ContactPoint,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The address that was given for it: what we write goes there."),
    )
    service = models.ForeignKey(
        Service,
        on_delete=models.PROTECT,
        related_name="bookings",
        verbose_name=_("service"),
    )
    resource = models.ForeignKey(
        Resource,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bookings",
        verbose_name=_("place"),
    )
    starts_at = models.DateTimeField(_("starts at"), db_index=True)
    ends_at = models.DateTimeField(_("ends at"))
    party_size = models.PositiveSmallIntegerField(_("party size"), default=1)
    note = models.TextField(_("note"), blank=True)
    channel = models.CharField(max_length=8, default="web")
    unverified = models.BooleanField(default=False)
    key = models.CharField(max_length=80, null=True, unique=True)
    sequence = models.PositiveSmallIntegerField(
        default=0, help_text=_("Grows with each change, for calendars.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    moved_at = models.DateTimeField(_("moved"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)
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

    thanks_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the thanks are to go out.")
    )
    thanks_held_at = models.DateTimeField(_("thanks held back"), null=True, blank=True)
    thanked_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Dealt with, once and for all.")
    )
    thanks = models.ForeignKey(
        Delivery, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = BookingQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        indexes = [
            models.Index(fields=["contact", "starts_at"], name="crm_booking_contact"),
            models.Index(
                fields=["starts_at"],
                name="crm_booking_unreminded",
                condition=Q(
                    reminded_at=None,
                    came_at=None,
                    no_show_at=None,
                    cancelled_at=None,
                ),
            ),
            models.Index(
                fields=["thanks_at"],
                name="crm_booking_unthanked",
                condition=Q(
                    thanks_at__isnull=False, thanked_at=None, thanks_held_at=None
                ),
            ),
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

    @property
    def change_until(self) -> dt.datetime | None:
        """Until when the guest may move or cancel it by the link; None: never."""
        hours = self.service.change_hours
        if hours is None:
            return None
        return self.starts_at - dt.timedelta(hours=hours)


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

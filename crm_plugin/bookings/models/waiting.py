"""Who asked to be told when a place gets free on a day that was full."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact, ContactPoint

from .bookings import Booking
from .service import Service


class WaitingQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "WaitingQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_waitingentry"):
            return self
        return self.none()

    def open(self) -> "WaitingQuerySet":
        """Those who still wait for a day to come."""
        today = timezone.localdate(timezone=timezone.get_default_timezone())
        return self.filter(booking=None, left_at=None, on__gte=today)


class WaitingEntry(models.Model):
    """One contact who waits for a place of a service on one of the site's days.

    Nothing is held for them: who takes the place first has it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(_("reference"), max_length=20, unique=True)
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="waiting"
    )
    point = models.ForeignKey(
        ContactPoint,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    service = models.ForeignKey(
        Service,
        on_delete=models.CASCADE,
        related_name="waiting",
        verbose_name=_("service"),
    )
    on = models.DateField(_("day"))
    party_size = models.PositiveSmallIntegerField(_("party size"), default=1)
    note = models.TextField(_("note"), blank=True)
    channel = models.CharField(max_length=8, default="web")
    unverified = models.BooleanField(default=False)
    key = models.CharField(max_length=80, null=True, unique=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    told_at = models.DateTimeField(_("told"), null=True, blank=True)
    told_count = models.PositiveSmallIntegerField(default=0)
    freed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When a place got free on this day, last.")
    )
    booking = models.OneToOneField(
        Booking,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="waited",
    )
    left_at = models.DateTimeField(_("left the list"), null=True, blank=True)
    left_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = WaitingQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("waiting list entry")
        verbose_name_plural = _("waiting list")
        ordering = ["on", "created_at", "id"]
        indexes = [
            models.Index(
                fields=["on", "service"],
                name="crm_waiting_open",
                condition=Q(booking=None, left_at=None),
            ),
            models.Index(fields=["contact", "-created_at"], name="crm_waiting_contact"),
        ]

    def __str__(self) -> str:
        return self.reference

"""The outbox: one row per message and person, and what came back."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_plugin.consents.models import Topic
from crm_plugin.contacts.models import Contact, ContactPoint

from .mailing import Link, Mailing, Rendering, Sender


class DeliveryQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "DeliveryQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_delivery"):
            return self
        return self.none()


class Delivery(models.Model):
    """One message to one contact, in the states of the outbox.

    ``values`` holds the merge values that were filled in; with its rendering the
    message can be shown again without looking anything else up.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        CLAIMED = "claimed", _("taken")
        HANDING = "handing", _("being handed over")
        SENT = "sent", _("sent")
        BOUNCED = "bounced", _("undeliverable")
        FAILED = "failed", _("failed")
        SKIPPED = "skipped", _("held back")
        UNCERTAIN = "uncertain", _("may have arrived")

    class Reason(models.TextChoices):
        NO_CONSENT = "no_consent", _("no consent")
        SUPPRESSED = "suppressed", _("unsubscribed or undeliverable")
        NO_ADDRESS = "no_address", _("no address")
        SAME_ADDRESS = "same_address", _("address already gets this message")
        OPEN_INQUIRY = "open_inquiry", _("an inquiry or complaint is open")
        PAUSED = "paused", _("asked for a pause")
        DIGEST = "digest", _("held for the weekly or monthly digest")
        CAP = "cap", _("had enough messages lately")
        EXCLUDED = "excluded", _("in an excluded segment")
        CANCELLED = "cancelled", _("mailing taken back")
        HOLDOUT = "holdout", _("comparison group")
        ERASED = "erased", _("record gone")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mailing = models.ForeignKey(
        Mailing,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
        verbose_name=_("mailing"),
    )
    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(max_length=80, null=True, unique=True)
    contact = models.ForeignKey(
        Contact, null=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    point = models.ForeignKey(
        ContactPoint, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    topic = models.ForeignKey(
        Topic,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("topic"),
        help_text=_("Empty: a service message, which needs no consent."),
    )
    sender = models.ForeignKey(Sender, null=True, on_delete=models.PROTECT)
    channel = models.CharField(max_length=12, default="email")
    address = models.CharField(_("address"), max_length=320)
    address_norm = models.CharField(max_length=320)
    language = models.CharField(max_length=10, blank=True)
    variant = models.CharField(max_length=120, blank=True)
    rendering = models.ForeignKey(
        Rendering, null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    values = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PENDING
    )
    reason = models.CharField(_("reason"), max_length=14, choices=Reason, blank=True)
    not_before = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    handed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    message_id = models.CharField(max_length=120, blank=True)
    error = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DeliveryQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "channel", "address_norm"],
                condition=Q(mailing__isnull=False) & ~Q(state="skipped"),
                name="crm_delivery_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["mailing", "not_before", "id"],
                name="crm_delivery_due",
                condition=Q(state="pending"),
            ),
            models.Index(
                fields=["lease_until"],
                name="crm_delivery_leased",
                condition=Q(lease_until__isnull=False),
            ),
            models.Index(fields=["contact", "-id"], name="crm_delivery_contact"),
            models.Index(
                fields=["mailing", "state", "reason"], name="crm_delivery_mailing"
            ),
            models.Index(
                # The last two spare SQLite a look at the row.
                fields=["contact", "sent_at", "state", "mailing"],
                name="crm_delivery_sent",
                condition=Q(mailing__isnull=False, state="sent"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class Response(models.Model):
    """What came back from one delivery; append-only."""

    class Kind(models.TextChoices):
        CLICK = "click", _("click")
        OPEN = "open", _("open")
        BOUNCE = "bounce", _("undeliverable")
        COMPLAINT = "complaint", _("marked as spam")
        UNSUBSCRIBE = "unsubscribe", _("unsubscribed")

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="responses"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    link = models.ForeignKey(
        Link, null=True, blank=True, on_delete=models.SET_NULL, related_name="responses"
    )
    machine = models.BooleanField(_("suspected machine"), default=False)
    at = models.DateTimeField(_("at"))
    key = models.CharField(max_length=120, null=True, unique=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        indexes = [
            models.Index(fields=["delivery", "kind"], name="crm_response_delivery"),
            models.Index(fields=["kind", "at"], name="crm_response_kind"),
        ]

    def __str__(self) -> str:
        return self.kind


class Pace(models.Model):
    """When the next message may go: one row that all workers share."""

    name = models.CharField(max_length=40, unique=True)
    next_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sending pace")
        verbose_name_plural = _("sending paces")

    def __str__(self) -> str:
        return self.name

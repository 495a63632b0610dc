"""Completed sales and what each contact bought."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact, OfContactQuerySet, Organisation
from crm_plugin.touchpoints.models import Channel

from .catalogue import Product, ProductCategory

# Feeds of our own screens: by hand, at the counter, from a deal that was won.
COUNTER, DEAL = "counter", "deal"
OURS = ("", COUNTER, DEAL)


class PurchaseQuerySet(OfContactQuerySet):
    def visible_to(self, user: Any) -> "PurchaseQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_purchase"):
            return self
        return self.none()


class Purchase(models.Model):
    """One completed sale; a return is a purchase with a negative amount."""

    class Payment(models.TextChoices):
        CASH = "cash", _("cash")
        CARD = "card", _("card")
        QR = "qr", _("QR payment")
        INVOICE = "invoice", _("invoice")
        OTHER = "other", _("other")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    contact = models.ForeignKey(
        Contact,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="purchases",
    )
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="purchases",
    )
    booking = models.ForeignKey(
        "crm_plugin.Booking",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="purchases",
    )
    at = models.DateTimeField(_("date and time"))
    on = models.DateField(_("day"))
    channel = models.CharField(
        _("channel"), max_length=8, choices=Channel, default=Channel.SHOP
    )
    payment = models.CharField(
        _("payment"), max_length=8, choices=Payment, default=Payment.OTHER
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    returns = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="returned",
    )
    feed = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=80, null=True, blank=True)
    member_number = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PurchaseQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "external_id"], name="crm_purchase_once"
            )
        ]
        indexes = [
            models.Index(fields=["contact", "on"], name="crm_purchase_contact"),
            models.Index(fields=["on", "contact"], name="crm_purchase_day"),
            models.Index(fields=["-at", "-id"], name="crm_purchase_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.amount}"

    def get_admin_url(self) -> str:
        return reverse("crm_purchase:edit", args=[self.pk])

    @property
    def is_return(self) -> bool:
        return self.amount < 0

    @property
    def is_ours(self) -> bool:
        """Recorded by people here; what a till delivered is corrected there."""
        return self.feed in OURS

    def when(self) -> str:
        """Day and time in short, for lists."""
        return date_format(timezone.localtime(self.at), "SHORT_DATETIME_FORMAT")

    when.short_description = _("date and time")  # type: ignore[attr-defined]
    when.admin_order_field = "at"  # type: ignore[attr-defined]


class PurchaseLine(models.Model):
    purchase = models.ForeignKey(
        Purchase, on_delete=models.CASCADE, related_name="lines"
    )
    product = models.ForeignKey(
        Product, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    category = models.ForeignKey(
        ProductCategory,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    name = models.CharField(_("item"), max_length=120)
    quantity = models.DecimalField(
        _("quantity"), max_digits=10, decimal_places=2, default=1
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    returns = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="returned",
        help_text=_("The line of the earlier purchase that this one gives back."),
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")

    def __str__(self) -> str:
        return self.name


class ContactSales(models.Model):
    """Summary: sales of one contact; written only by this room's verb."""

    contact = models.OneToOneField(
        Contact, on_delete=models.CASCADE, primary_key=True, related_name="sales"
    )
    count = models.PositiveIntegerField(default=0)
    net = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    net_365 = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    count_365 = models.PositiveIntegerField(default=0, db_default=0)
    counted_on = models.DateField(null=True)
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    first_item = models.CharField(max_length=120, blank=True)
    first_category = models.ForeignKey(
        ProductCategory, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("sales of a contact")
        indexes = [
            models.Index(
                fields=["net_365", "contact"],
                name="crm_sales_year",
                condition=Q(net_365__gt=0),
            ),
            models.Index(
                fields=["count_365", "contact"],
                name="crm_sales_times",
                condition=Q(count_365__gt=0),
            ),
            models.Index(fields=["last_on", "contact"], name="crm_sales_last"),
            models.Index(fields=["first_on", "contact"], name="crm_sales_first"),
        ]

    def __str__(self) -> str:
        return str(self.net)

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact


class ContactFrequency(models.Model):
    """Summary: contact days per period; written only by this room's verb."""

    contact = models.OneToOneField(
        Contact, on_delete=models.CASCADE, primary_key=True, related_name="frequency"
    )
    days_30 = models.PositiveIntegerField(default=0)
    days_90 = models.PositiveIntegerField(default=0)
    days_365 = models.PositiveIntegerField(default=0)
    before_90 = models.PositiveIntegerField(
        default=0, help_text=_("Contact days in the 90 days before the last 90.")
    )
    outbound_365 = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    counted_on = models.DateField(null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("contact frequency")
        indexes = [
            models.Index(fields=["last_at", "contact"], name="crm_frequency_last"),
            models.Index(
                fields=["days_365", "contact"],
                name="crm_frequency_days",
                condition=Q(days_365__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return str(self.days_365)

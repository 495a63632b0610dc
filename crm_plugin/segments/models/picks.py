"""Who was put into a segment by hand."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact

from .segment import Segment


class SegmentPick(models.Model):
    """Somebody put this contact into this segment; the rule asks for it."""

    segment = models.ForeignKey(
        Segment,
        on_delete=models.CASCADE,
        related_name="picks",
        db_index=False,
        verbose_name=_("segment"),
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.CASCADE,
        related_name="segment_picks",
        verbose_name=_("contact"),
    )
    picked_at = models.DateTimeField(_("at"), default=timezone.now)
    picked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("by"),
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("hand-picked member")
        verbose_name_plural = _("hand-picked members")
        constraints = [
            models.UniqueConstraint(fields=["segment", "contact"], name="crm_pick_once")
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.segment_id}"

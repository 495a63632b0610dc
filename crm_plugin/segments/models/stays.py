"""Each contact's dated stays in segments, and what each refresh changed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.models import Contact

from .segment import Segment


class SegmentMembership(models.Model):
    """One stay of one contact in one segment; still there while ``left_at`` is null."""

    pk = models.CompositePrimaryKey("segment_id", "contact_id", "entered_at")
    segment = models.ForeignKey(
        Segment,
        on_delete=models.CASCADE,
        related_name="memberships",
        db_constraint=False,
        db_index=False,
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.CASCADE,
        related_name="memberships",
        db_constraint=False,
        db_index=False,
    )
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("stay in a segment")
        verbose_name_plural = _("stays in segments")
        # Each index is a tree in which each stay has a page of its own: as few as the
        # questions need. Who is in a segment, and that nobody is twice, is one of them.
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "contact"],
                condition=Q(left_at=None),
                name="crm_membership_members",
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("entered_at")),
                name="crm_membership_in_order",
            ),
        ]
        indexes = [
            models.Index(
                fields=["contact", "left_at", "segment"],
                name="crm_membership_contact",
            ),
            models.Index(
                fields=["segment", "-entered_at", "contact"],
                name="crm_membership_newest",
            ),
            models.Index(
                fields=["segment", "left_at", "contact"],
                condition=Q(left_at__isnull=False),
                name="crm_membership_left",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.segment_id}"


class SegmentRefresh(models.Model):
    """One refresh of one segment: when, how long, how many entered and left."""

    class Kind(models.TextChoices):
        FULL = "full", _("all contacts")
        CHANGES = "changes", _("changed contacts")
        CLOCK = "clock", _("on the clock")

    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="refreshes"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(default=0)
    entered = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("refresh")
        verbose_name_plural = _("refreshes")
        indexes = [models.Index(fields=["segment", "-at"], name="crm_refresh_segment")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.at}"

"""How many a segment would have held on past days, before it was there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .segment import Segment


class SegmentPastCount(models.Model):
    """Recomputed from dated data by the rule of *computed_at*; never a refresh."""

    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="past_counts"
    )
    on = models.DateField(_("day"))
    size = models.PositiveIntegerField(_("members"))
    computed_at = models.DateTimeField(_("recomputed"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("recomputed number of members")
        verbose_name_plural = _("recomputed numbers of members")
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "on"], name="crm_past_count_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.on}"

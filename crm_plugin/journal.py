"""The one journal: what was changed, from what to what, by whom, and its undo.

Written set-based by merge, import, bulk edit and form save; history reads it, undo
replays it backwards.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Operation(models.Model):
    """One act of a person or of the system that changed records."""

    kind = models.CharField(_("kind"), max_length=40)
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("by"),
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.summary or self.kind


class Change(models.Model):
    """One field of one record, before and after; ``field=""`` is the whole row."""

    operation = models.ForeignKey(
        Operation, on_delete=models.CASCADE, related_name="changes"
    )
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    field = models.CharField(max_length=60, blank=True)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [
            models.Index(fields=["model", "object_id"], name="crm_change_object_idx")
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.object_id} {self.field}"

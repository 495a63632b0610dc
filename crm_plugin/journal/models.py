"""Operations, and what each of them changed."""

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
    about = models.BigIntegerField(
        help_text=_("The record whose story tells it: a value's or point's owner.")
    )
    field = models.CharField(max_length=60, blank=True)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [models.Index(fields=["about", "model"], name="crm_change_about_idx")]

    def __str__(self) -> str:
        return f"{self.model} {self.object_id} {self.field}"


class Bundle(models.Model):
    """Many rows of one model that an operation treated alike, in one entry.

    Moving ten thousand rows from one record to another is one fact, not ten thousand.
    """

    class Kind(models.TextChoices):
        SHIFTED = "shifted", _("one field was changed alike")
        TAKEN = "taken", _("the rows were taken out")
        ADDED = "added", _("the rows were added")
        KEPT = "kept", _("how the rows stood before")

    operation = models.ForeignKey(
        Operation, on_delete=models.CASCADE, related_name="bundles"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    model = models.CharField(max_length=100)
    field = models.CharField(max_length=60, blank=True)
    rows = models.JSONField(help_text=_("Keys of what was shifted, else whole rows."))
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        verbose_name = _("bundle of changes")
        verbose_name_plural = _("bundles of changes")

    def __str__(self) -> str:
        return f"{self.kind} {self.model} {self.field}".strip()

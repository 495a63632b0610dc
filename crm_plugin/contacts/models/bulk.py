"""One change to everybody whom a rule chooses: what, to whom, how far, taken back."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class BulkEditQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "BulkEditQuerySet":
        """Who may change contacts sees what colleagues changed, others their own.

        What tells something sensitive, or has come to, is for those with that right.
        """
        if user is None or not user.is_active:
            return self.none()
        everybodys = user.has_perm("crm_plugin.change_contact")
        rows = self if everybodys else self.filter(by=user)
        if user.has_perm("crm_plugin.view_sensitive"):
            return rows
        return rows.filter(sensitive=False)


class BulkEdit(models.Model):
    """A rule, an act, and what became of it; the work reads everything from here."""

    class Act(models.TextChoices):
        OWNER = "owner", _("Set the owner")
        SET = "set", _("Set an attribute")
        CLEAR = "clear", _("Empty an attribute")
        ARCHIVE = "archive", _("Archive")
        PICK = "pick", _("Put into a hand-picked segment")
        UNPICK = "unpick", _("Take out of a hand-picked segment")

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        UNDOING = "undoing", _("being taken back")
        UNDONE = "undone", _("taken back")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rule = models.JSONField()
    act = models.CharField(_("act"), max_length=8, choices=Act)
    definition = models.ForeignKey(
        "crm_plugin.AttributeDefinition",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("attribute"),
    )
    value = models.JSONField(
        null=True, help_text=_("The owner's or segment's id, or a value.")
    )
    sensitive = models.BooleanField(default=False)
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.RUNNING
    )
    last_id = models.BigIntegerField(
        default=0, help_text=_("Who came later was never chosen.")
    )
    counts = models.JSONField(default=dict, blank=True)
    operation = models.ForeignKey(
        "crm_plugin.Operation", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BulkEditQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.Act(self.act).label)

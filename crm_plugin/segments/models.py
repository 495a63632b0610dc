"""Segments: a named group with a rule, and each contact's dated stay in it."""

import uuid
from typing import Any

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from crm_plugin.contacts.models import Contact
from crm_plugin.rules import RuleField


class SegmentQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "SegmentQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_segment"):
            return self
        return self.none()

    def live(self) -> "SegmentQuerySet":
        return self.filter(live=True, active=True)


class Segment(
    PreviewableMixin,
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    models.Model,
):
    """People described by a rule; membership is stored, never evaluated on request."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.SlugField(_("key"), unique=True, max_length=60)
    name = models.CharField(_("name"), max_length=80)
    name_ja = models.CharField(_("Japanese name"), max_length=80, blank=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    rule = RuleField(verbose_name=_("rule"))
    private = models.BooleanField(
        _("private"),
        default=False,
        help_text=_("Its page content shows only to visitors known for certain."),
    )
    excludes_always = models.BooleanField(
        _("exclusion segment"),
        default=False,
        help_text=_("Its members never get personal content or campaigns."),
    )
    active = models.BooleanField(_("active"), default=True)
    reads_sensitive = models.BooleanField(default=False, editable=False)
    next_change_at = models.DateTimeField(null=True, editable=False)
    size = models.PositiveIntegerField(_("members"), default=0, editable=False)
    refreshed_at = models.DateTimeField(
        _("refreshed at"), null=True, blank=True, editable=False
    )

    workflow_states = GenericRelation(
        "wagtailcore.WorkflowState",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="crm_segment",
        for_concrete_model=False,
    )
    _revisions = GenericRelation(
        "wagtailcore.Revision",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="crm_segment",
        for_concrete_model=False,
    )

    objects = SegmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name"]

    def __str__(self) -> str:
        if self.name_ja and (get_language() or "").startswith("ja"):
            return self.name_ja
        return self.name

    @property
    def revisions(self) -> Any:
        return self._revisions


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
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "segment"],
                condition=Q(left_at=None),
                name="crm_membership_current",
            )
        ]
        indexes = [
            models.Index(
                fields=["segment", "contact"],
                condition=Q(left_at=None),
                name="crm_membership_members",
            ),
            models.Index(fields=["contact"], name="crm_membership_contact"),
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

"""Campaigns: planned communication, and its text in one language for one arm."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from crm_plugin import merge_tags
from crm_plugin.consents.models import Topic
from crm_plugin.delivery.models import Sender
from crm_plugin.segments.models import Segment

from . import preview
from .fields import MailBodyField


class CampaignQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "CampaignQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_campaign"):
            return self
        return self.none()


class Campaign(
    PreviewableMixin,
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    ClusterableModel,
):
    """Plan, audience, topic, sender and goal, with a version per arm and language."""

    class Goal(models.TextChoices):
        BOOKING = "booking", _("bookings")
        USE = "use", _("uses")
        SALES = "sales", _("sales")
        ANSWER = "answer", _("answers")
        SUBMIT = "submit", _("forms sent")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("topic")
    )
    sender = models.ForeignKey(
        Sender, on_delete=models.PROTECT, related_name="+", verbose_name=_("sender")
    )
    include_segments = ParentalManyToManyField(
        Segment,
        blank=True,
        related_name="+",
        verbose_name=_("send to"),
        help_text=_("Nobody chosen: everybody who agreed to the topic."),
    )
    exclude_segments = ParentalManyToManyField(
        Segment, blank=True, related_name="+", verbose_name=_("but not to")
    )
    goal = models.CharField(_("goal"), max_length=8, choices=Goal, default=Goal.BOOKING)
    goal_days = models.PositiveSmallIntegerField(_("counted for (days)"), default=30)
    lesson = models.TextField(_("what we learned"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    workflow_states = GenericRelation(
        "wagtailcore.WorkflowState",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="crm_campaign",
        for_concrete_model=False,
    )
    _revisions = GenericRelation(
        "wagtailcore.Revision",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="crm_campaign",
        for_concrete_model=False,
    )

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-id"]
        permissions = [("launch_campaign", _("Can launch campaigns"))]

    def __str__(self) -> str:
        return self.name or gettext("(no name yet)")

    @property
    def revisions(self) -> Any:
        return self._revisions

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        return preview.modes(self)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The letter on a page that runs no script and posts no form."""
        mode = preview.Mode.named(mode_name or "")
        letter = preview.letter_in_mode(self, mode)
        return preview.inert(HttpResponse(preview.document(letter, mode.medium)))


def site_language() -> str:
    return settings.LANGUAGE_CODE


class Version(models.Model):
    """The text of a campaign in one language for one arm."""

    campaign = ParentalKey(Campaign, on_delete=models.CASCADE, related_name="versions")
    arm = models.CharField(_("arm"), max_length=8, default="A")
    language = models.CharField(_("language"), max_length=10, default=site_language)
    subject = models.CharField(_("subject"), max_length=200)
    preheader = models.CharField(_("preview line"), max_length=200, blank=True)
    body = MailBodyField(verbose_name=_("content"))

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "arm", "language"], name="crm_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.arm} {self.language}"

    def clean(self) -> None:
        """Unknown merge tags are an error beside the field, long before sending."""
        super().clean()
        errors = {}
        for name in ("subject", "preheader"):
            try:
                merge_tags.parse(getattr(self, name))
            except merge_tags.MergeTagError as error:
                errors[name] = str(error)
        if errors:
            raise ValidationError(errors)

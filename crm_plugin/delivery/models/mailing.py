"""What is said, and to whom in bulk."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import PreviewableMixin, RevisionMixin

from .sender import Sender


class ServiceMessage(RevisionMixin, PreviewableMixin, models.Model):
    """The editable text of one kind of automatic or prepared message."""

    kind = models.SlugField(_("kind"), max_length=40)
    language = models.CharField(_("language"), max_length=10)
    title = models.CharField(_("title"), max_length=120)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(
        _("text"), help_text=_("Plain text with merge tags; links stand on a line.")
    )
    for_answers = models.BooleanField(_("offer as a start for answers"), default=False)

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language"], name="crm_service_message_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        return [("", _("HTML")), ("text", _("plain text"))]

    def get_preview_template(self, request: Any, mode_name: str) -> str:
        return "crm_plugin/delivery/preview.html"

    def get_preview_context(self, request: Any, mode_name: str) -> dict[str, Any]:
        return {"message": self, "mode": mode_name}


class MailingQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "MailingQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_campaign"):
            return self
        return self.none()


class Mailing(models.Model):
    """One launch of a campaign: content and audience frozen at that moment."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        PREPARING = "preparing", _("preparing")
        BROKEN = "broken", _("could not be prepared")
        WAITING = "waiting", _("about to start")
        SENDING = "sending", _("sending")
        PAUSED = "paused", _("paused")
        FINISHED = "finished", _("finished")
        CANCELLED = "cancelled", _("taken back")
        MISSED = "missed", _("missed, please confirm")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    campaign = models.ForeignKey(
        "crm_plugin.Campaign",
        null=True,
        on_delete=models.PROTECT,
        related_name="mailings",
    )
    name = models.CharField(_("name"), max_length=120)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PREPARING
    )
    channel = models.CharField(max_length=12, default="email")
    topic = models.ForeignKey(
        "crm_plugin.Topic", on_delete=models.PROTECT, related_name="+"
    )
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField(
        help_text=_("The approved versions, copied: a list of arms and languages.")
    )
    audience = models.JSONField(help_text=_("Include and exclude segments, copied."))
    audience_count = models.PositiveIntegerField(_("audience"), default=0)
    holdout_percent = models.PositiveSmallIntegerField(default=0)
    launched_at = models.DateTimeField(_("launched at"))
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("launched by"),
    )
    starts_at = models.DateTimeField(_("starts at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = MailingQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        indexes = [models.Index(fields=["state"], name="crm_mailing_state")]

    def __str__(self) -> str:
        return self.name


class Rendering(models.Model):
    """One compiled message: literal text with places for merge values and tokens.

    ``variant`` names the chosen variant of each personalised block, such as ``0.2.e``;
    one row per combination that the audience needs, never one per recipient.
    """

    mailing = models.ForeignKey(
        Mailing,
        null=True,
        on_delete=models.CASCADE,
        related_name="renderings",
    )
    kind = models.CharField(max_length=40, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    arm = models.CharField(max_length=8, blank=True)
    language = models.CharField(max_length=10, blank=True)
    variant = models.CharField(max_length=120, blank=True)
    subject = models.TextField()
    html = models.TextField(blank=True)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("rendering")
        verbose_name_plural = _("renderings")

    def __str__(self) -> str:
        return self.subject[:60]


class Link(models.Model):
    """A URL that stood in a rendering; clicks go only to stored links."""

    rendering = models.ForeignKey(
        Rendering, on_delete=models.CASCADE, related_name="links"
    )
    position = models.PositiveSmallIntegerField()
    url = models.TextField()
    label = models.CharField(max_length=200, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.UniqueConstraint(
                fields=["rendering", "position"], name="crm_link_once"
            )
        ]

    def __str__(self) -> str:
        return self.url[:80]
